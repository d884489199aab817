import { z } from "zod";

export const text = (maxLength: number) => z.string().max(maxLength);

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** A comma-separated list; whitespace around items is ignored. */
export const list = text(4_096).transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

export const path = text(4_096);
export const host = text(255).regex(/^[\w.:-]+$/);
export const port = wholeNumber(0, 65_535);
export const ANY_PORT = "a whole number from 0 (any free port) to 65535";
export const HOST = "a host name or an IP address, such as 127.0.0.1 or 0.0.0.0";
export const PATH = "the path of a file";
export const MAX_INT32 = 2_147_483_647;
export const LIMIT_FROM_1 = `a whole number from 1 to ${MAX_INT32}`;
export const LIMIT = `a whole number from 0 to ${MAX_INT32}; 0 means no limit`;

/** The parser of one variable, and its text in `--help`. */
export interface Variable {
  readonly schema: z.ZodType<unknown, string>;
  /** Empty means not set. */
  readonly default: string;
  /** Completes "expected …" in an error message. */
  readonly expected: string;
  readonly description: string;
  /** Whether the value is never printed, and `{NAME}_FILE` can name a file that contains it. @default false */
  readonly secret?: true;
  /** For a limit: whether a running server keeps the value that it was started with. @default false */
  readonly restart?: true;
}

/** Returns whether a variable is a list: an empty one is refused, because it could mean everything or nothing. */
export function isList({ schema }: Variable): boolean {
  return schema === list || (schema instanceof z.ZodPipe && schema.in === list);
}

/**
 * Returns whether a text is a PostgreSQL URL. A password with a character that ends it would otherwise be read as the
 * host, and printed when that is not found.
 */
export function isDatabaseUrl(value: string): boolean {
  if (!/^postgres(?:ql)?:\/\//.test(value)) return false;
  // The host of a Unix socket is in the query.
  const withHost = value.replace("@/", "@socket/");
  if (!URL.canParse(withHost)) return false;
  const { hash, pathname, search } = new URL(withHost);
  return hash === "" && !`${pathname}${search}`.includes("@");
}
