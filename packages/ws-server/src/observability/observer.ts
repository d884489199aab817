/**
 * Told what happens, for metrics and traces. Every method is optional, called synchronously, and isolated: what it
 * throws is logged and changes nothing. Counts that only grow are read from the server instead, when somebody asks.
 */
export interface Observer {
  /** A request was answered, or refused. `type` is the message type: one of the server's own, never a client's text. */
  operation?(event: OperationEvent): void;
  /** A connection has ended. */
  closed?(event: ClosedEvent): void;
}

export interface OperationEvent {
  readonly type: string;
  /** "ok", or the refusal's code. */
  readonly outcome: string;
  /** Milliseconds from the request's arrival until its reply was queued. */
  readonly durationMs: number;
}

export interface ClosedEvent {
  /** As the WebSocket closed; 1006 where it was cut. */
  readonly code: number;
  readonly protocol: "base" | "session";
  /** Milliseconds it has lived. */
  readonly livedMs: number;
}

/** A close code as a label. A client chooses the one that it closes with out of two thousand, so most are "other". */
export function closeLabel(code: number): string {
  return code < 1_016 || (code >= 4_000 && code < 4_300) ? String(code) : "other";
}
