/** What the client itself finds wrong. A server's refusal carries the server's own code, `"refused"` where it gave none. */
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

/** The facts of a `ClientError` beside its code and message. */
export interface ClientErrorDetails {
  /** The topic it is about; absent where it is about the connection. */
  readonly topic?: string;
  /** Whether the client tries again by itself, or the caller may. @default false */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The one error base of `@trading/ws-client`. `code` is stable and meant for programs, `message` for people.
 *
 * Parameters that no topic can be built of are a `TopicError` of `@trading/topic` instead, thrown where they are given.
 */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode | (string & Record<never, never>);
  readonly topic: string | undefined;
  readonly retryable: boolean;

  constructor(
    code: ClientError["code"],
    message: string,
    { topic, retryable = false, cause }: ClientErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.topic = topic;
    this.retryable = retryable;
  }
}
