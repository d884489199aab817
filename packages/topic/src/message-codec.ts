import { preview, TopicError } from "./errors.js";
import { excessOf, type ParseLimits } from "./frame-limits.js";
import { envelope, type Message } from "./messages.js";

/**
 * Parses a frame: JSON within the limits that matches the envelope. Drops unknown members.
 *
 * @throws TopicError `invalid_message`
 */
export function parseMessage(text: string, limits: ParseLimits = {}): Message {
  if (typeof text !== "string") throw invalid("expected text", text);
  const excess = excessOf(text, limits);
  if (excess) throw invalid(excess, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("not JSON", text);
  }
  const result = safeParse(value);
  if (result?.success) return result.data;
  const issue = result?.error.issues[0];
  throw invalid(`/${issue?.path.join("/") ?? ""}: ${issue?.message ?? "not an envelope"}`, text);
}

/**
 * Parses an envelope; undefined if zod throws. zod reads the `length` of any value in place of a string, and throws if that
 * is an object that cannot be converted to a number.
 */
function safeParse(value: unknown): ReturnType<typeof envelope.safeParse> | undefined {
  try {
    return envelope.safeParse(value);
  } catch {
    return undefined;
  }
}

/** Serializes a frame with `JSON.stringify`. The payload must be representable in JSON. */
export function encodeMessage(message: Message): string {
  return JSON.stringify(message);
}

function invalid(problem: string, text: unknown): TopicError {
  return new TopicError("invalid_message", "", `Invalid message: ${problem}; got ${preview(text)}`);
}
