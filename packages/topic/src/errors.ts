/**
 * Why a value, a topic, a route or a message was refused. The same words name the same refusals in the Python
 * reference and in the conformance vectors.
 */
export type TopicErrorCode = keyof typeof REMEDIES | "contract" | "invalid_params" | "invalid_message";

/** What is wrong and what to write instead, one sentence a code. */
const REMEDIES = {
  unsupported_type: "is not plain data: write strings, numbers, booleans, null, arrays and plain objects",
  ambiguous_number: "may be rounded: write a bigint for an integer, float() for a float",
  not_finite: "is no JSON number: write a finite one",
  integer_too_long: "has more than 4300 digits: write a string",
  too_deep: "is nested deeper than 64 containers: flatten it",
  cycle: "contains itself: break the cycle",
  sparse_array: "is an array with holes or named properties: fill or remove them",
  symbol_key: "has a symbol as a key: use strings",
  accessor: "is a getter or setter: write the value itself",
  too_long: "makes more than 16777216 characters: shorten it",
  unreadable: "threw while it was read: pass plain data",
  lone_surrogate: "holds half a surrogate pair: write well-formed text",
  missing: "is missing: every route parameter is required",
  invalid_route: "is no route name: write letters, digits, - _ . and start with a letter or digit",
  invalid_topic: "is not a canonical topic: build it with buildTopic",
};

/**
 * The one error base of `@trading/topic`: the value cannot be what it is used as. Nothing was lost or changed.
 *
 * `code` is stable and meant for programs, `message` for people; `path` is the JSON Pointer (RFC 6901) to the offending
 * value, `""` for the top level.
 */
export class TopicError extends Error {
  override readonly name: string = "TopicError";
  readonly code: TopicErrorCode;
  readonly path: string;

  constructor(code: TopicErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** The refusal of `value` at `path`, worded from the table above. */
export function refusal(code: keyof typeof REMEDIES, path: string, value: unknown, cause?: unknown): TopicError {
  return new TopicError(
    code,
    path,
    `${preview(value)} at ${path || "the top level"} ${REMEDIES[code]} (${code})`,
    cause === undefined ? undefined : { cause },
  );
}

/** A value in at most 40 characters, without trusting it: anything it throws is swallowed. */
export function preview(value: unknown): string {
  try {
    const text =
      typeof value === "string"
        ? JSON.stringify(value.slice(0, 40))
        : typeof value === "object" || typeof value === "function"
          ? Object.prototype.toString.call(value)
          : String(value);
    return text.length > 40 ? `${text.slice(0, 40)}…` : text;
  } catch {
    return typeof value;
  }
}
