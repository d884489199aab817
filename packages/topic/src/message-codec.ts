import { preview, TopicError } from "./errors.js";
import { envelope, type Message } from "./messages.js";

/** Limits of a frame. They are checked before any step that recurses or collects issues. */
export interface ParseLimits {
  /** Maximum number of characters. 0 = no limit. @default 65_536 */
  readonly maxLength?: number;
  /** Maximum number of nested arrays and objects. 0 = no limit. @default 32 */
  readonly maxDepth?: number;
  /**
   * Maximum number of elements and members in all arrays and objects. A schema collects an issue for each invalid one,
   * so a small frame could be expensive to reject. 0 = no limit. @default 4096
   */
  readonly maxElements?: number;
}

/**
 * Parses a frame: JSON within the limits that matches the envelope. Drops unknown members.
 *
 * @throws TopicError `invalid_message`
 */
export function parseMessage(
  text: string,
  { maxLength = 65_536, maxDepth = 32, maxElements = 4_096 }: ParseLimits = {},
): Message {
  if (typeof text !== "string") throw invalid("expected text", text);
  if (maxLength > 0 && text.length > maxLength) throw invalid(`longer than ${maxLength} characters`, text);
  assertBounded(text, maxDepth || Number.POSITIVE_INFINITY, maxElements || Number.POSITIVE_INFINITY);
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

/** Enforces the limits by counting brackets and commas outside of strings, without recursion. */
function assertBounded(text: string, maxDepth: number, maxElements: number): void {
  let depth = 0;
  let elements = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (inString) {
      if (unit === 0x5c) index++;
      else if (unit === 0x22) inString = false;
    } else if (unit === 0x22) inString = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > maxDepth) throw invalid(`nested deeper than ${maxDepth}`, text);
      elements++;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x2c) elements++;
    if (elements > maxElements) throw invalid(`more than ${maxElements} elements and members`, text);
  }
}
