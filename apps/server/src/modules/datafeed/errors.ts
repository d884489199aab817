/** Stable error codes of a datafeed. */
export type DatafeedErrorCode =
  | "unknown_symbol"
  | "too_many_unknown_symbols"
  | "resolution_too_fine"
  | "feed_gap"
  | "feed_lost"
  | "feed_closed"
  | (string & {});

/**
 * The base class of the datafeed's errors. Its code and message are sent to clients unchanged, so a source must not put
 * internal details into them.
 */
export class DatafeedError extends Error {
  override readonly name = "DatafeedError";
  readonly code: DatafeedErrorCode;
  /** Whether a retry can succeed. @default false */
  readonly retryable: boolean;

  constructor(code: DatafeedErrorCode, message: string, options?: ErrorOptions & { readonly retryable?: boolean }) {
    super(message, options);
    this.code = code;
    this.retryable = options?.retryable ?? false;
  }
}
