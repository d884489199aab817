/* Reads fields of messages that come from another process. */

/** Returns whether a field is an object, and not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns a string. @param name the field's, for the error @throws Error if it is something else */
export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new Error(`Invalid message: ${name} must be a string, got ${typeof value}`);
  return value;
}

/** Returns an integer of at least 0. @throws Error if it is something else */
export function count(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error(
    `Invalid message: ${name} must be an integer of at least 0, got ${typeof value} ${String(value).slice(0, 20)}`,
  );
}

/** Returns a list. @throws Error if it is something else */
export function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`Invalid message: ${name} must be an array, got ${typeof value}`);
  return value;
}

/** Returns the beginning of a value for an error: messages of other processes can be large. */
export function shown(value: unknown): string {
  const isNested = typeof value === "object" && value !== null;
  return isNested ? "of another type" : String(JSON.stringify(value)).slice(0, 50);
}
