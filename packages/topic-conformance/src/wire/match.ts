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
