/** A condition for a value, with the text that describes it in a failure. */
export class Matcher {
  readonly description: string;
  readonly test: (value: unknown) => boolean;

  constructor(description: string, test: (value: unknown) => boolean) {
    this.description = description;
    this.test = test;
  }

  toJSON(): string {
    return `<${this.description}>`;
  }
}

/** Conditions for members of a frame whose value the protocol leaves open. */
export const is = {
  any: new Matcher("any value", () => true),
  text: new Matcher("a text that is not empty", (value) => typeof value === "string" && value !== ""),
  integer: new Matcher("an integer of at least 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0),
  id: new Matcher("an id", (value) => typeof value === "string" || Number.isSafeInteger(value)),
  boolean: new Matcher("true or false", (value) => typeof value === "boolean"),
  /** The member must not be in the frame. */
  absent: new Matcher("absent", (value) => value === undefined),
  oneOf: (...values: readonly unknown[]) =>
    new Matcher(values.map((value) => (value === undefined ? "absent" : JSON.stringify(value))).join(" or "), (value) =>
      values.includes(value),
    ),
  between: (least: number, most: number) =>
    new Matcher(
      `a number from ${least} to ${most}`,
      (value) => typeof value === "number" && value >= least && value <= most,
    ),
  not: (other: unknown) => new Matcher(`not ${JSON.stringify(other)}`, (value) => value !== other),
} as const;

/**
 * Returns whether a value has every member of a pattern. Arrays must be equal; objects can have further members, because
 * receivers drop unknown fields.
 */
export function matches(pattern: unknown, value: unknown): boolean {
  if (pattern instanceof Matcher) return pattern.test(value);
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(value) &&
      value.length === pattern.length &&
      pattern.every((item, index) => matches(item, value[index]))
    );
  }
  if (typeof pattern === "object" && pattern !== null) {
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(pattern).every(([key, member]) => matches(member, (value as Record<string, unknown>)[key]));
  }
  return Object.is(pattern, value);
}

/**
 * Returns the first place at which a value does not match a pattern, in the order of the pattern: `/payload/code: expected
 * "forbidden", received "unauthorized"`. Returns undefined if it matches.
 */
export function firstMismatch(pattern: unknown, value: unknown, path = ""): string | undefined {
  if (matches(pattern, value)) return undefined;
  const isObject = (one: unknown) => typeof one === "object" && one !== null;
  if (isObject(pattern) && !(pattern instanceof Matcher) && isObject(value)) {
    if (Array.isArray(pattern) === Array.isArray(value)) {
      for (const [key, member] of Object.entries(pattern as object)) {
        const mismatch = firstMismatch(member, (value as Record<string, unknown>)[key], `${path}/${key}`);
        if (mismatch !== undefined) return mismatch;
      }
    }
  }
  const show = (one: unknown) => (one instanceof Matcher ? one.description : (JSON.stringify(one) ?? "absent"));
  return `${path || "/"}: expected ${show(pattern)}, received ${show(value)}`;
}
