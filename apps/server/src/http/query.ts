import { z } from "zod";

/** A whole number in a query, where everything is text: digits alone, so that neither "" nor "1e3" is one. */
export function wholeNumber(
  least: number,
  most: number,
  error = `give a whole number from ${least} to ${most}`,
): z.ZodType<number, string> {
  return z
    .string({ error })
    .refine((text) => /^-?\d{1,16}$/.test(text), { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, error).max(most, error))
    .meta({ type: "integer", minimum: least, maximum: most });
}
