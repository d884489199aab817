/** The codes of the client's own errors. A server's refusal has the server's code, or `"refused"` if it sent none. */
export type ClientErrorCode =
  | "topic_mismatch"
  | "no_reply"
  | "refused"
  | "rejected"
  | "gap"
  | "invalid_message"
  | "invalid_update"
  | "listener_failed"
  | "token_failed"
  | "storage_failed"
  | "offline"
  | "connection_lost"
  | "overflow"
  | "stopped"
  | "closed"
  | "no_websocket"
  | "invalid_option";

/** The properties of a `ClientError` in addition to its code and message. */
export interface ClientErrorDetails {
  /** The topic that the error is about; absent if it is about the connection. */
  readonly topic?: string | undefined;
  /** Whether another attempt may succeed. The client makes it itself for topics and tokens. @default false */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The base class of the errors of `@trading/ws-client`. `code` is stable and meant for programs, `message` for people.
 *
 * Parameters that no topic can be built from are a `TopicError` of `@trading/topic` instead, thrown by the call that gets them.
 */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  readonly code: ClientErrorCode | (string & Record<never, never>);
  readonly topic: string | undefined;
  readonly retryable: boolean;

  constructor(code: ClientError["code"], message: string, details: ClientErrorDetails = {}) {
    super(message, details);
    this.code = code;
    this.topic = details.topic;
    this.retryable = details.retryable ?? false;
  }
}
