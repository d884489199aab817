import * as z from "zod/mini";
import { preview, TopicError } from "./errors.js";

/** A frame's `id`, echoed in the reply: a string of at most 64 characters, or a safe integer. */
export const messageId = z.union([z.string().check(z.maxLength(64)), z.int()]);

const counter = z.int().check(z.nonnegative());

/** A place in one run of a topic's source: what a client that comes back has seen last. */
export const position = z.object({
  /** One run of the source. */
  epoch: z.string().check(z.minLength(1), z.maxLength(64)),
  /** The last update seen, 0 for none. */
  offset: counter,
});

/** What every frame is. The payload is checked against its operation's schema, not here. */
export const envelope = z.object({
  type: z.string().check(z.minLength(1), z.maxLength(256)),
  payload: z.optional(z.unknown()),
  id: z.optional(messageId),
  resume: z.optional(position),
});

/** The payload of a subscribe or unsubscribe reply. */
export const subscriptionReply = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("ok"),
    message: z.string(),
    topic: z.string(),
    epoch: z.optional(z.string()),
    retention: z.optional(z.enum(["keyed", "log"])),
    offset: z.optional(counter),
    snapshot: z.optional(z.boolean()),
    recovered: z.optional(z.boolean()),
  }),
  z.object({
    status: z.literal("error"),
    message: z.string(),
    /** `""` where no topic could be built. */
    topic: z.string(),
    /** Absent from an origin server. */
    code: z.optional(z.string()),
    /** Whether asking again later may help. */
    retryable: z.optional(z.boolean()),
  }),
]);

/** The payload of an update, with the route's own update schema inside. */
export function updatePayload<const Update extends z.ZodMiniType>(update: Update) {
  return z.object({ topic: z.string(), offset: z.optional(counter), payload: update });
}

/** What is in `error`: something went wrong that is not the reply to one request of a topic. */
export const errorPayload = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(counter),
  id: z.optional(messageId),
});

/** The payloads of the session extension, by message type. */
export const sessionMessages = {
  "session.welcome": z.object({
    connectionId: z.string(),
    protocol: z.int().check(z.minimum(2)),
    heartbeatIntervalMs: counter,
    maxConnectionLifespanMs: counter,
    /** Unix milliseconds. */
    serverTime: z.int(),
    server: z.string(),
  }),
  ping: z.optional(z.unknown()),
  pong: z.optional(z.unknown()),
  "auth.login": z.object({ token: z.string().check(z.minLength(1)) }),
  "auth.login.response": z.object({
    status: z.enum(["ok", "error"]),
    message: z.string(),
    code: z.optional(z.string()),
    retryable: z.optional(z.boolean()),
  }),
  "auth.expiring": z.object({ expiresInMs: counter }),
  "subscription.ended": z.object({ topic: z.string(), code: z.string(), retryable: z.boolean() }),
  "subscription.current": z.object({ topic: z.string(), epoch: z.string(), offset: counter }),
  "server.draining": z.object({ reconnectAfterMs: counter }),
  error: errorPayload,
} as const;

/** A frame, parsed. */
export type Message = z.output<typeof envelope>;
export type Position = z.output<typeof position>;
export type SubscriptionReply = z.output<typeof subscriptionReply>;
export type ErrorPayload = z.output<typeof errorPayload>;
export type SessionMessageType = keyof typeof sessionMessages;
export type SessionPayload<Type extends SessionMessageType> = z.output<(typeof sessionMessages)[Type]>;

/** The limits a frame is held to before anything that recurses or collects problems looks at it. */
export interface ParseLimits {
  /** Characters of the text. 0 = no limit. @default 65_536 */
  readonly maxLength?: number;
  /** Nested arrays and objects. 0 = no limit. @default 32 */
  readonly maxDepth?: number;
  /**
   * Elements and members over all arrays and objects. A schema collects a problem for each wrong one, which is what makes
   * a small frame expensive. 0 = no limit. @default 4096
   */
  readonly maxElements?: number;
}

/**
 * Reads a frame: JSON within the limits, and an envelope. Unknown members are dropped.
 *
 * @throws TopicError `invalid_message`
 */
export function parseMessage(
  text: string,
  { maxLength = 65_536, maxDepth = 32, maxElements = 4_096 }: ParseLimits = {},
): Message {
  if (typeof text !== "string") throw invalid("a frame is text", text);
  if (maxLength > 0 && text.length > maxLength) throw invalid(`over ${maxLength} characters`, text);
  assertBounded(text, maxDepth || Number.POSITIVE_INFINITY, maxElements || Number.POSITIVE_INFINITY);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("not JSON", text);
  }
  const result = read(value);
  if (result?.success) return result.data;
  const issue = result?.error.issues[0];
  throw invalid(`/${issue?.path.join("/") ?? ""}: ${issue?.message ?? "not an envelope"}`, text);
}

/**
 * zod compares the length of whatever has one, also where a text should stand. A length that is an object without a text
 * or a number of its own throws then.
 */
function read(value: unknown): ReturnType<typeof envelope.safeParse> | undefined {
  try {
    return envelope.safeParse(value);
  } catch {
    return undefined;
  }
}

/** Writes a frame. What JSON cannot carry is the caller's to avoid: the payload is written as `JSON.stringify` does. */
export function encodeMessage(message: Message): string {
  return JSON.stringify(message);
}

function invalid(problem: string, text: unknown): TopicError {
  return new TopicError("invalid_message", "", `Invalid message: ${problem}; got ${preview(text)}`);
}

/** Counts brackets and commas outside of strings, so that no parser has to recurse to find out. */
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
    if (elements > maxElements) throw invalid(`over ${maxElements} elements and members`, text);
  }
}
