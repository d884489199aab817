/**
 * Why a value, a topic, a route or a message was refused. The Python reference and the conformance vectors use the same
 * words for the same refusals.
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
 * The one error base of `@trading/topic`: a value cannot be what it is used as. Nothing was lost or changed.
 *
 * `code` is stable and meant for programs, `message` for people: it holds the value, where it is and what to write
 * instead. `path` is the JSON Pointer (RFC 6901) to the offending value, `""` for the top level.
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

/** The refusal of `value` at `path`; `remedy` says what to write instead. */
export function refusal(
  code: TopicErrorCode,
  path: string,
  value: unknown,
  remedy: string,
  cause?: unknown,
): TopicError {
  return new TopicError(code, path, `${code} at "${path.slice(0, 99)}": ${preview(value)}, ${remedy}`, cause);
}

/** A value in about 40 characters, without trusting it: what it throws is swallowed. */
export function preview(value: unknown): string {
  try {
    if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
    return (Object(value) === value ? Object.prototype.toString.call(value) : String(value)).slice(0, 40);
  } catch {
    return typeof value;
  }
}

/** One step of a JSON Pointer. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replace(/[~/]/g, (mark) => (mark === "~" ? "~0" : "~1"))}`;
}
