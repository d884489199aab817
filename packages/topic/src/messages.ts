import * as z from "zod/mini";

/** The `id` of a frame, echoed in its reply: a string of at most 64 characters, or a safe integer. */
export const messageId = z.union([z.string().check(z.maxLength(64)), z.int()]);

const counter = z.int().check(z.nonnegative());

/** A position in one run of a topic's source, see PROTOCOL.md#positions. */
export const position = z.object({
  /** One run of the source. */
  epoch: z.string().check(z.minLength(1), z.maxLength(64)),
  /** The offset of the last update received; 0 for none. */
  offset: counter,
});

/** The envelope of every frame, see PROTOCOL.md#envelope. The schema of the payload depends on the type. */
export const envelope = z.object({
  type: z.string().check(z.minLength(1), z.maxLength(256)),
  payload: z.optional(z.unknown()),
  id: z.optional(messageId),
  resume: z.optional(position),
});

/** The payload of a subscribe or unsubscribe reply, see PROTOCOL.md#subscribe-reply. */
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
    /** `""` if no topic could be built. */
    topic: z.string(),
    /** Missing in replies of a legacy server. */
    code: z.optional(z.string()),
    /** Whether a later retry may succeed. */
    retryable: z.optional(z.boolean()),
  }),
]);

/** Returns the schema of an update's payload, which contains the route's update schema. See PROTOCOL.md#update. */
export function updatePayload<const Update extends z.ZodMiniType>(update: Update) {
  return z.object({ topic: z.string(), offset: z.optional(counter), payload: update });
}

/** The payload of `error`, see PROTOCOL.md#error. */
export const errorPayload = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(counter),
  id: z.optional(messageId),
});

/** The payload schemas of the session extension, by message type. See PROTOCOL.md#session-extension. */
export const sessionMessages = {
  "session.welcome": z.object({
    connectionId: z.string(),
    protocol: z.int().check(z.minimum(2)),
    heartbeatIntervalMs: counter,
    maxConnectionLifespanMs: counter,
    /** Unix milliseconds. */
    serverTime: z.int(),
    server: z.string(),
    maxBatchBytes: z.optional(z.int().check(z.minimum(1))),
  }),
  ping: z.optional(z.unknown()),
  pong: z.optional(z.unknown()),
  "auth.login": z.object({ token: z.string().check(z.minLength(1)) }),
  "auth.login.response": z.object({
    status: z.enum(["ok", "error"]),
    message: z.string(),
    subject: z.optional(z.string()),
    code: z.optional(z.string()),
    retryable: z.optional(z.boolean()),
  }),
  "auth.expiring": z.object({ expiresInMs: counter }),
  "subscription.ended": z.object({ topic: z.string(), code: z.string(), retryable: z.boolean() }),
  "subscription.current": z.object({ topic: z.string(), epoch: z.string(), offset: counter }),
  "server.draining": z.object({ reconnectAfterMs: counter }),
  error: errorPayload,
} as const;

/** A parsed frame. */
export type Message = z.output<typeof envelope>;
export type Position = z.output<typeof position>;
export type SubscriptionReply = z.output<typeof subscriptionReply>;
export type ErrorPayload = z.output<typeof errorPayload>;
export type SessionMessageType = keyof typeof sessionMessages;
export type SessionPayload<Type extends SessionMessageType> = z.output<(typeof sessionMessages)[Type]>;
