/** Why the engine refused. Stable, for programs. */
export type WsServerErrorCode =
  | "invalid_option"
  | "duplicate_route"
  | "private_route"
  | "closed"
  | "unsubscribed"
  | (string & {});

/**
 * The one error base of `@trading/ws-server`. `code` is for programs, `message` for people.
 */
export class WsServerError extends Error {
  override readonly name: string = "WsServerError";
  readonly code: WsServerErrorCode;

  constructor(code: WsServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
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
