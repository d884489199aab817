import { pointerStep, preview, TopicError, type TopicErrorCode } from "./errors.js";
import { asRefusal, isMembers } from "./fields.js";

/**
 * What a value must be, as plain data: what is left of a schema when zod is not there to read it. Written by
 * `npm run generate`, which refuses a schema that would lose something here.
 *
 * A number is finite, an int a safe integer; an object's other members are dropped.
 */
export type Check =
  | Scalar
  | { readonly enum: readonly unknown[] }
  | { readonly nullable: Check }
  | { readonly optional: Check }
  | (Bounds & { readonly of: Scalar })
  | (Bounds & { readonly array: Check })
  | ObjectCheck
  /** One of several objects, told apart by the member `by`, which is an enum in each. */
  | { readonly by: string; readonly oneOf: readonly ObjectCheck[] };

type Scalar = "string" | "number" | "int" | "boolean";

interface ObjectCheck {
  readonly object: { readonly [name: string]: Check };
}

/** Of a number itself, of a text's code points, of an array's items. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** More than this. */
  readonly above?: number;
  /** Less than this. */
  readonly below?: number;
}

/** Where a value is being read, and how its refusal begins. */
interface Place {
  readonly code: TopicErrorCode;
  readonly what: string;
  readonly path: (string | number)[];
}

/**
 * The parser of a check: gives what zod gives for the schema that the check was made from, and refuses what zod refuses,
 * at the first offending value.
 *
 * @param what it parses, for the refusal's text
 * @param prepare what is done with an input before it is checked
 */
export function checkerOf(
  check: Check,
  code: TopicErrorCode,
  what: string,
  prepare = (input: unknown) => input,
): (input: unknown) => unknown {
  return (input) => {
    try {
      return read(check, prepare(input), { code, what, path: [] });
    } catch (error) {
      throw asRefusal(error, input);
    }
  };
}

function read(check: Check, value: unknown, place: Place): unknown {
  if (typeof check === "string") return isScalar(check, value) ? value : refuse(place, `be ${SCALARS[check]}`, value);
  if ("enum" in check) {
    return check.enum.includes(value) ? value : refuse(place, `be one of ${JSON.stringify(check.enum)}`, value);
  }
  if ("nullable" in check) return value === null ? null : read(check.nullable, value, place);
  if ("optional" in check) return value === undefined ? undefined : read(check.optional, value, place);
  if ("of" in check) return within(check, read(check.of, value, place), place);
  if ("array" in check) return readArray(check, value, place);
  if (!isMembers(value)) return refuse(place, "be an object", value);
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
  if (!Array.isArray(value)) return refuse(place, "be an array", value);
  // One that is too long is refused before its items are read, however many they are.
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
    const isThere = name in value;
    if (!isThere && typeof check === "object" && "optional" in check) continue;
    place.path.push(name);
    members[name] = read(check, member, place);
    // A proxy may give a member that it denies.
    if (!isThere) refuse(place, "be there", undefined);
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
  return refuse(place, `be one of ${JSON.stringify(enums.flat())}`, tag);
}

/** The value, if its size is within the bounds. */
function within({ min, max, above, below }: Bounds, value: unknown, place: Place): unknown {
  const sized = typeof value !== "number";
  const size = sized ? sizeOf(value as string | unknown[]) : value;
  const must = sized ? "have a length of" : "be";
  if (min !== undefined && !(size >= min)) refuse(place, `${must} at least ${min}`, value);
  if (max !== undefined && !(size <= max)) refuse(place, `${must} at most ${max}`, value);
  if (above !== undefined && !(size > above)) refuse(place, `${must} more than ${above}`, value);
  if (below !== undefined && !(size < below)) refuse(place, `${must} less than ${below}`, value);
  return value;
}

/** A pair of surrogates is one character. */
function sizeOf(value: string | unknown[]): number {
  return typeof value === "string" ? value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "-").length : value.length;
}

function refuse({ code, what, path }: Place, must: string, value: unknown): never {
  const at = path.map(pointerStep).join("");
  const got = value === undefined ? "is missing" : `is ${preview(value)}`;
  throw new TopicError(code, at, `Invalid ${what}: ${at || "it"} must ${must}, but ${got}`);
}
