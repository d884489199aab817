/** The reaction to a close: do not reconnect, reconnect at a random moment within a second, or back off first. */
export type Reconnect = "no" | "now" | "backoff";

/** One row of the close-code table. */
export interface CloseCode {
  readonly code: number;
  /** A fixed text of at most 123 bytes, the limit of a close frame. */
  readonly reason: string;
  readonly reconnect: Reconnect;
  /** The connections on which it occurs: base protocol, session extension, or both. */
  readonly seenBy: "base" | "session" | "both";
  readonly meaning: string;
}

/** All close codes of the protocol. The tables in PROTOCOL.md#close-codes and in the AsyncAPI documents are generated from it. */
export const closeCodes = {
  normal: {
    code: 1000,
    reason: "Normal closure",
    reconnect: "no",
    seenBy: "both",
    meaning: "One side closed the connection normally.",
  },
  invalidPayload: {
    code: 1003,
    reason: "Could not validate payload",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "A frame was binary, not JSON, or did not match the schema of its operation.",
  },
  noMatchingType: {
    code: 1003,
    reason: "No matching type",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "The server has no operation of the frame's type.",
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
    seenBy: "both",
    meaning:
      "The client is not authenticated or not authorized, or its token expired. Or too many fragments, pings or pongs.",
  },
  tooBig: {
    code: 1009,
    reason: "Message too big",
    reconnect: "backoff",
    seenBy: "both",
    meaning: "A frame exceeded the server's size limit.",
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
    meaning: "The server is shutting down or restarting.",
  },
  overload: {
    code: 1013,
    reason: "Try again later",
    reconnect: "backoff",
    seenBy: "base",
    meaning: "The server is overloaded, the consumer was too slow, or a topic's source ended the topic.",
  },
  unauthorized: {
    code: 4001,
    reason: "Unauthorized",
    reconnect: "no",
    seenBy: "session",
    meaning: "The client sent no valid token.",
  },
  forbidden: {
    code: 4003,
    reason: "Forbidden",
    reconnect: "no",
    seenBy: "session",
    meaning: "The token is valid but does not grant access.",
  },
  slowConsumer: {
    code: 4101,
    reason: "Slow consumer",
    reconnect: "backoff",
    seenBy: "session",
    meaning: "The server evicted updates before the consumer could receive them.",
  },
  tooManyErrors: {
    code: 4102,
    reason: "Too many errors",
    reconnect: "backoff",
    seenBy: "session",
    meaning: "The client sent too many invalid frames.",
  },
  lifespanReached: {
    code: 4201,
    reason: "Lifespan reached",
    reconnect: "now",
    seenBy: "session",
    meaning: "The connection reached its lifespan.",
  },
  tokenExpired: {
    code: 4202,
    reason: "Token expired",
    reconnect: "now",
    seenBy: "session",
    meaning: "The token expired before the client sent a new one.",
  },
  idle: {
    code: 4203,
    reason: "Idle",
    reconnect: "now",
    seenBy: "session",
    meaning: "The server received nothing from the client within the heartbeat interval.",
  },
} as const satisfies { readonly [name: string]: CloseCode };

/**
 * Returns how to reconnect after a close. For a code that is not in the table, its range decides, so that an old client
 * handles new codes. A legacy server closes with 1003 for several reasons, so for 1003 the reason decides.
 */
export function reconnectAfter(code: number, reason: string): Reconnect {
  if (code === 1003) return reason.includes(closeCodes.timedOut.reason) ? "now" : "backoff";
  if (code >= 4000 && code < 4100) return "no";
  if (code >= 4200 && code < 4300) return "now";
  const known = Object.values<CloseCode>(closeCodes).find((row) => row.code === code);
  return known?.reconnect ?? "backoff";
}
