import { closeCodes } from "@trading/topic";
/**
 * Receives events for metrics and traces. Every method is optional and called synchronously. An error is logged and has no
 * other effect. Cumulative counts are available from the server's `stats` instead.
 */
export interface Observer {
  /** A reply was queued. `type` is the message type of a served operation, never text from a client. */
  operation?(event: OperationEvent): void;
  /** A connection has closed. */
  closed?(event: ClosedEvent): void;
  /** A limit has refused a client's request or closed its connection. */
  limitReached?(event: LimitEvent): void;
  /** A handshake was refused. */
  handshakeRefused?(event: RefusedHandshakeEvent): void;
  /** A connection has a principal: by the token of its handshake, or by `auth.login`. */
  loggedIn?(event: LoginEvent): void;
  /** The token of a login was refused, of a client whose connection was accepted. */
  loginRefused?(event: RefusedLoginEvent): void;
}

export interface LoginEvent {
  readonly connectionId: string;
  readonly subject: string;
  readonly address: string;
  /** Whether the connection had a token of the subject before. */
  readonly isRenewal: boolean;
}

export interface RefusedLoginEvent {
  readonly address: string;
  /** The code of the reply, such as `unauthorized`. */
  readonly code: string;
}

export interface LimitEvent {
  /** The name of the limit, such as `anonymous maxSubscriptions`, `maxTopics` or `control_frames`. */
  readonly limit: string;
}

export interface RefusedHandshakeEvent {
  /** The HTTP status of the reply. */
  readonly status: number;
  /** The cause, such as `origin`, `host`, `token`, `connections` or `malformed`. */
  readonly cause: string;
}

export interface OperationEvent {
  readonly type: string;
  /** "ok", or the error code. */
  readonly outcome: string;
  /** Milliseconds from the start of the request's handling until its reply was queued. Time in which it waited for its turn is not included. */
  readonly durationMs: number;
}

export interface ClosedEvent {
  /** The WebSocket close code; 1006 without a closing handshake. */
  readonly code: number;
  readonly protocol: "base" | "session";
  /** Milliseconds for which it was open. */
  readonly livedMs: number;
}

/** The codes of RFC 6455 and of the protocol. */
const LABELED_CODES: ReadonlySet<number> = new Set([
  ...Array.from({ length: 16 }, (_, index) => 1_000 + index),
  ...Object.values(closeCodes).map(({ code }) => code),
]);

/** Returns the label of a close code. Clients can close with thousands of codes, so those of no standard are "other". */
export function closeLabel(code: number): string {
  return LABELED_CODES.has(code) ? String(code) : "other";
}
