/** The error codes of the engine. They are stable. */
export type WsServerErrorCode =
  | "invalid_option"
  | "duplicate_route"
  | "no_authorizer"
  | "closed"
  | "unsubscribed"
  | "too_many_subscriptions"
  | "too_many_topics"
  | "topic_too_long"
  | "unauthorized"
  | "forbidden"
  | "source_unavailable"
  | "source_ended"
  | "moved"
  | "owner_lost"
  | "updates_lost"
  | "no_owner"
  | "unknown_topic"
  | "other_schema"
  | (string & {});

/** The base class of all errors of `@trading/ws-server`. `code` is for programs, `message` for people. */
export class WsServerError extends Error {
  override readonly name: string = "WsServerError";
  readonly code: WsServerErrorCode;
  /** Whether the same request can succeed later. @default false */
  readonly retryable: boolean;

  constructor(code: WsServerErrorCode, message: string, options?: ErrorOptions & { readonly retryable?: boolean }) {
    super(message, options);
    this.code = code;
    this.retryable = options?.retryable ?? false;
  }
}

/**
 * An error of a source or an operation for the client: `code` and `message` are sent as they are, so they must not disclose
 * anything that the client must not see. Any other error is logged, and the client gets a fixed message.
 *
 * @example throw new SourceError("unknown_symbol", `Unknown symbol "${symbol}"`);
 */
export class SourceError extends WsServerError {
  override readonly name = "SourceError";
}
