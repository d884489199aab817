/** What a client does after a close: nothing, reconnect within a second at random, or back off first. */
export type Reconnect = "no" | "now" | "backoff";

/** One row of the close-code table. */
export interface CloseCode {
  readonly code: number;
  /** A fixed text of at most 123 bytes, which is what a close frame carries. */
  readonly reason: string;
  readonly reconnect: Reconnect;
  /** Which connections see it: those of the base protocol, those with the session extension, or both. */
  readonly seenBy: "base" | "session" | "both";
  readonly meaning: string;
}

/** Every close code of the protocol. PROTOCOL.md and the AsyncAPI document are rendered from it. */
export const closeCodes = {
  normal: {
    code: 1000,
    reason: "Normal closure",
    reconnect: "no",
    seenBy: "both",
    meaning: "One side is done.",
  },
  invalidPayload: {
    code: 1003,
    reason: "Could not validate payload",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "A frame was binary, not JSON, or against the schema of its operation.",
  },
  noMatchingType: {
    code: 1003,
    reason: "No matching type",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "The frame's type is no operation of this server.",
  },
  timedOut: {
    code: 1003,
    reason: "Connection timed out",
    reconnect: "now",
    seenBy: "base",
    meaning: "No message within the heartbeat interval, or the maximum lifespan was reached.",
  },
  policy: {
    code: 1008,
    reason: "Policy violation",
    reconnect: "no",
    seenBy: "base",
    meaning: "Not authenticated, not allowed, or the token expired.",
  },
  tooBig: {
    code: 1009,
    reason: "Message too big",
    reconnect: "backoff",
    seenBy: "both",
    meaning: "A frame was larger than the server accepts.",
  },
  internal: {
    code: 1011,
    reason: "Internal error",
    reconnect: "backoff",
    seenBy: "both",
    meaning: "The server failed. Details are in its log.",
  },
  restart: {
    code: 1012,
    reason: "Service restart",
    reconnect: "now",
    seenBy: "both",
    meaning: "The server drains or restarts.",
  },
  overload: {
    code: 1013,
    reason: "Try again later",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "The server is overloaded, this consumer was too slow, or the source of a topic gave it up.",
  },
  unauthorized: {
    code: 4001,
    reason: "Unauthorized",
    reconnect: "no",
    seenBy: "session",
    meaning: "No valid token was given.",
  },
  forbidden: {
    code: 4003,
    reason: "Forbidden",
    reconnect: "no",
    seenBy: "session",
    meaning: "The token is valid, and may not do this.",
  },
  slowConsumer: {
    code: 4101,
    reason: "Slow consumer",
    reconnect: "backoff",
    seenBy: "session",
    meaning: "Updates were lost to this consumer before it could read them.",
  },
  tooManyErrors: {
    code: 4102,
    reason: "Too many errors",
    reconnect: "backoff",
    seenBy: "session",
    meaning: "The client kept sending what the server refuses.",
  },
  lifespanReached: {
    code: 4201,
    reason: "Lifespan reached",
    reconnect: "now",
    seenBy: "session",
    meaning: "The connection reached its share of the maximum lifespan.",
  },
  tokenExpired: {
    code: 4202,
    reason: "Token expired",
    reconnect: "now",
    seenBy: "session",
    meaning: "The token ran out before a fresh one came.",
  },
  idle: {
    code: 4203,
    reason: "Idle",
    reconnect: "now",
    seenBy: "session",
    meaning: "Nothing was heard of the client for the heartbeat interval.",
  },
} as const satisfies { readonly [name: string]: CloseCode };

/**
 * What to do after a close. The ranges alone decide for codes this table does not know, so that an old client does the
 * right thing with a new code. An origin server closes for many reasons with 1003: there the reason decides.
 */
export function reconnectAfter(code: number, reason: string): Reconnect {
  if (code === 1003) return reason.includes(closeCodes.timedOut.reason) ? "now" : "backoff";
  if (code >= 4000 && code < 4100) return "no";
  if (code >= 4200 && code < 4300) return "now";
  const known = Object.values<CloseCode>(closeCodes).find((row) => row.code === code);
  return known?.reconnect ?? "backoff";
}
