import { asTopicError, pointerStep, preview, TopicError, type TopicErrorCode } from "./errors.js";
import { isRecord } from "./fields.js";

/**
 * A schema as plain data, for validation without zod. `npm run generate` creates it from a zod schema, and fails if a
 * check cannot represent that schema exactly.
 *
 * A number is finite; an int is a safe integer. Unknown keys of an object are dropped.
 */
export type Check =
  | Scalar
  | { readonly enum: readonly unknown[] }
  | { readonly nullable: Check }
  | { readonly optional: Check }
  | (Bounds & { readonly of: Scalar })
  | (Bounds & { readonly array: Check })
  | ObjectCheck
  /** A union of objects, discriminated by the property `by`, which is an enum in each. */
  | { readonly by: string; readonly oneOf: readonly ObjectCheck[] };

type Scalar = "string" | "number" | "int" | "boolean";

interface ObjectCheck {
  readonly object: { readonly [name: string]: Check };
}

/** Bounds of a number, of a string's length in code points, or of an array's length. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
}

/** The path of the value being checked, and the code and subject of its error. */
interface Place {
  readonly code: TopicErrorCode;
  readonly subject: string;
  readonly path: (string | number)[];
}

/**
 * Creates the parser of a check. It returns the same values as zod does for the check's schema and rejects the same
 * inputs, at the first invalid value.
 *
 * @param subject the name of the parsed value, for error messages
 * @param prepare applied to an input before the check
 */
export function createChecker(
  check: Check,
  code: TopicErrorCode,
  subject: string,
  prepare = (input: unknown) => input,
): (input: unknown) => unknown {
  return (input) => {
    try {
      return read(check, prepare(input), { code, subject, path: [] });
    } catch (error) {
      throw asTopicError(error, input);
    }
  };
}

function read(check: Check, value: unknown, place: Place): unknown {
  if (typeof check === "string") return isScalar(check, value) ? value : fail(place, `be ${SCALARS[check]}`, value);
  if ("enum" in check) {
    return check.enum.includes(value) ? value : fail(place, `be one of ${JSON.stringify(check.enum)}`, value);
  }
  if ("nullable" in check) return value === null ? null : read(check.nullable, value, place);
  if ("optional" in check) return value === undefined ? undefined : read(check.optional, value, place);
  if ("of" in check) return within(check, read(check.of, value, place), place);
  if ("array" in check) return readArray(check, value, place);
  if (!isRecord(value)) return fail(place, "be an object", value);
  return readObject("by" in check ? choose(check, value, place) : check, value, place);
}

const SCALARS = {
  string: "a string",
  number: "a finite number",
  int: "a safe integer",
  boolean: "a boolean",
} as const satisfies { readonly [kind in Scalar]: string };

function isScalar(kind: Scalar, value: unknown): boolean {
  if (kind === "number") return Number.isFinite(value);
  return kind === "int" ? Number.isSafeInteger(value) : typeof value === kind;
}

function readArray(check: Bounds & { readonly array: Check }, value: unknown, place: Place): unknown {
  if (!Array.isArray(value)) return fail(place, "be an array", value);
  // Checked before the items are read, because there can be any number of them.
  if (check.max !== undefined) within({ max: check.max }, value, place);
  const { length } = value;
  const items: unknown[] = [];
  for (let index = 0; index < length; index++) {
    place.path.push(index);
    items.push(read(check.array, value[index], place));
    place.path.pop();
  }
  return within(check, items, place);
}

function readObject({ object }: ObjectCheck, value: Record<string, unknown>, place: Place): unknown {
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const check = object[name] as Check;
    const member = value[name];
    const isPresent = name in value;
    if (!isPresent && typeof check === "object" && "optional" in check) continue;
    place.path.push(name);
    members[name] = read(check, member, place);
    // A proxy can return a property that its `has` trap denies.
    if (!isPresent) fail(place, "be present", undefined);
    place.path.pop();
  }
  return members;
}

function choose(
  { by, oneOf }: { readonly by: string; readonly oneOf: readonly ObjectCheck[] },
  value: Record<string, unknown>,
  place: Place,
): ObjectCheck {
  const tag = value[by];
  const enums = oneOf.map(({ object }) => (object[by] as { readonly enum: readonly unknown[] }).enum);
  const chosen = oneOf[enums.findIndex((values) => values.includes(tag))];
  if (chosen) return chosen;
  place.path.push(by);
  return fail(place, `be one of ${JSON.stringify(enums.flat())}`, tag);
}

/** Returns the value if its size is within the bounds, else throws. */
function within({ min, max, above, below }: Bounds, value: unknown, place: Place): unknown {
  const sized = typeof value !== "number";
  const size = sized ? sizeOf(value as string | unknown[]) : value;
  const must = sized ? "have a length of" : "be";
  if (min !== undefined && !(size >= min)) fail(place, `${must} at least ${min}`, value);
  if (max !== undefined && !(size <= max)) fail(place, `${must} at most ${max}`, value);
  if (above !== undefined && !(size > above)) fail(place, `${must} more than ${above}`, value);
  if (below !== undefined && !(size < below)) fail(place, `${must} less than ${below}`, value);
  return value;
}

/** Returns the length of a string in code points, or of an array. */
function sizeOf(value: string | unknown[]): number {
  return typeof value === "string" ? value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "-").length : value.length;
}

function fail({ code, subject, path }: Place, must: string, value: unknown): never {
  const at = path.map(pointerStep).join("");
  const got = value === undefined ? "is missing" : `is ${preview(value)}`;
  throw new TopicError(code, at, `Invalid ${subject}: ${at || "it"} must ${must}, but ${got}`);
}
