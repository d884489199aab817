/** Why the engine refused. Stable, for programs. */
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
  | (string & {});

/**
 * The one error base of `@trading/ws-server`. `code` is for programs, `message` for people.
 */
export class WsServerError extends Error {
  override readonly name: string = "WsServerError";
  readonly code: WsServerErrorCode;
  /** Whether asking again later may help. @default false */
  readonly retryable: boolean;

  constructor(code: WsServerErrorCode, message: string, options?: ErrorOptions & { readonly retryable?: boolean }) {
    super(message, options);
    this.code = code;
    this.retryable = options?.retryable ?? false;
  }
}

/**
 * What a source throws out of `createTopic` to refuse a topic in words of its own: `code` and `message` go to the
 * client as they are, so they must be fit for its eyes. Any other error is logged, and the client is told a fixed text.
 *
 * @example throw new SourceError("unknown_symbol", `There is no symbol "${symbol}" here.`);
 */
export class SourceError extends WsServerError {
  override readonly name = "SourceError";
}
