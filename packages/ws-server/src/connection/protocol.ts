import type { CloseCode, Message, Position } from "@trading/topic";

/** A close code and its reason. */
export type Close = Pick<CloseCode, "code" | "reason">;

/** The reason why a frame could not be handled. */
export interface Problem {
  readonly code: "invalid_message" | "unknown_type" | "internal";
  readonly message: string;
  readonly id?: string | number | undefined;
}

/** The part of a connection that a protocol uses. */
export interface ProtocolConnection {
  /** @param topic of the updates that the message belongs to: both are discarded together */
  send(message: Message, topic?: string): void;
  close(close: Close): void;
  /** Counts an error of the client and closes the connection at the limit. @returns whether it is still open */
  countError(): boolean;
}

/** The differences between the base protocol and the session extension, apart from replies and updates. */
export interface Protocol {
  readonly name: "base" | "session";
  /** Whether a WebSocket pong counts as a sign of life, and the server therefore sends pings. */
  readonly countsPongs: boolean;
  readonly closes: {
    readonly slow: Close;
    readonly unauthorized: Close;
    readonly tokenExpired: Close;
    idle(heartbeatIntervalMs: number, maxConnectionLifespanMs: number): Close;
    lifespan(heartbeatIntervalMs: number, maxConnectionLifespanMs: number): Close;
  };
  /** Reports that a frame of the client could not be handled. */
  refuse(connection: ProtocolConnection, problem: Problem): void;
  /** Reports that a topic's snapshot or recovery has been sent completely. */
  current(connection: ProtocolConnection, topic: string, position: Position): void;
  /** Reports that the server ended a subscription. */
  ended(
    connection: ProtocolConnection,
    topic: string,
    reason: { readonly code: string; readonly retryable: boolean },
  ): void;
  /** Reports that the token expires soon. */
  expiring(connection: ProtocolConnection, expiresInMs: number): void;
  /** Reports that the server is shutting down: clients should reconnect within this time. */
  draining(connection: ProtocolConnection, reconnectAfterMs: number): void;
}
