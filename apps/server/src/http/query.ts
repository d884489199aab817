import { z } from "zod";

/** Returns a schema for an integer in a query string. It accepts digits only, so neither "" nor "1e3" is a number. */
export function wholeNumber(
  min: number,
  max: number,
  error = `expected a whole number from ${min} to ${max}`,
): z.ZodType<number, string> {
  return z
    .string({ error })
    .refine((text) => /^-?\d{1,16}$/.test(text), { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error))
    .meta({ type: "integer", minimum: min, maximum: max });
}
