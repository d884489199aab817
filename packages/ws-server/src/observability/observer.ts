/**
 * Receives events for metrics and traces. Every method is optional and called synchronously. An error is logged and has no
 * other effect. Cumulative counts are available from the server's `stats` instead.
 */
export interface Observer {
  /** A reply was queued. `type` is the message type of a served operation, never text from a client. */
  operation?(event: OperationEvent): void;
  /** A connection has closed. */
  closed?(event: ClosedEvent): void;
}

export interface OperationEvent {
  readonly type: string;
  /** "ok", or the error code. */
  readonly outcome: string;
  /** Milliseconds from the request's arrival until its reply was queued. */
  readonly durationMs: number;
}

export interface ClosedEvent {
  /** The WebSocket close code; 1006 without a closing handshake. */
  readonly code: number;
  readonly protocol: "base" | "session";
  /** Milliseconds for which it was open. */
  readonly livedMs: number;
}

/** Returns the label of a close code. Clients can close with thousands of codes, so most are "other". */
export function closeLabel(code: number): string {
  return code < 1_016 || (code >= 4_000 && code < 4_300) ? String(code) : "other";
}
