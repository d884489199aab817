/**
 * The reason why a value, a topic, a route or a message was rejected. The Python reference and the conformance vectors
 * use the same codes.
 */
export type TopicErrorCode =
  | "unsupported_type"
  | "ambiguous_number"
  | "not_finite"
  | "integer_too_long"
  | "too_deep"
  | "cycle"
  | "sparse_array"
  | "symbol_key"
  | "accessor"
  | "too_long"
  | "unreadable"
  | "lone_surrogate"
  | "missing"
  | "invalid_params"
  | "invalid_route"
  | "invalid_topic"
  | "invalid_message"
  | "contract";

/**
 * The base class of all errors of `@trading/topic`: a value is not valid for its use.
 *
 * `code` is stable, for programs. `message` is for people: it contains the value, its path and a remedy. `path` is the
 * JSON Pointer (RFC 6901) to the invalid value, `""` for the top level.
 */
export class TopicError extends Error {
  override readonly name: string = "TopicError";
  declare readonly code: TopicErrorCode;
  declare readonly path: string;

  constructor(code: TopicErrorCode, path: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.path = path;
  }
}

/** Creates the error for `value` at `path`. `remedy` says what to use instead. */
export function valueError(
  code: TopicErrorCode,
  path: string,
  value: unknown,
  remedy: string,
  cause?: unknown,
): TopicError {
  return new TopicError(code, path, `${code} at "${path.slice(0, 99)}": ${preview(value)}, ${remedy}`, cause);
}

/** Returns a `TopicError` unchanged, and wraps an error that a value threw while it was read (a getter, a proxy). */
export function asTopicError(error: unknown, value: unknown): TopicError {
  return error instanceof TopicError ? error : valueError("unreadable", "", value, "use plain data", error);
}

/** Describes a value in about 40 characters. Never throws, even if the value does. */
export function preview(value: unknown): string {
  try {
    if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
    return (Object(value) === value ? Object.prototype.toString.call(value) : String(value)).slice(0, 40);
  } catch {
    return typeof value;
  }
}

/** Returns one step of a JSON Pointer, escaped. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replace(/[~/]/g, (mark) => (mark === "~" ? "~0" : "~1"))}`;
}
