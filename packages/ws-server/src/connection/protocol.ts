import type { CloseCode, Message, Position } from "@trading/topic";
import { WsServerError } from "../errors.js";

/** A close code and its reason. */
export type Close = Pick<CloseCode, "code" | "reason">;

/** Maximum length of a close frame's reason (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** @throws WsServerError `invalid_option` if no close frame can carry the code (RFC 6455, section 7.4) or the reason */
export function assertClose({ code, reason }: Close): void {
  const isReserved = code < 1000 || (code > 1014 && code < 3000) || [1004, 1005, 1006].includes(code) || code > 4999;
  if (!Number.isInteger(code) || isReserved) {
    throw new WsServerError(
      "invalid_option",
      `Invalid close code ${code}: expected 1000 to 1014 without 1004 to 1006, or 3000 to 4999`,
    );
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes <= MAX_REASON_BYTES) return;
  throw new WsServerError(
    "invalid_option",
    `Invalid close reason ${JSON.stringify(reason)}: expected at most ${MAX_REASON_BYTES} bytes of UTF-8, got ${bytes} bytes`,
  );
}

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
