/** Why a datafeed refused or gave up. Stable, for programs. */
export type DatafeedErrorCode =
  | "unknown_symbol"
  | "resolution_too_fine"
  | "feed_gap"
  | "feed_lost"
  | "feed_closed"
  | (string & {});

/**
 * The one error base of the datafeed. Its code and message go to clients as they are, so a source that throws one writes
 * it for their eyes.
 */
export class DatafeedError extends Error {
  override readonly name = "DatafeedError";
  readonly code: DatafeedErrorCode;
  /** Whether asking again later may help. @default false */
  readonly retryable: boolean;

  constructor(code: DatafeedErrorCode, message: string, options?: ErrorOptions & { readonly retryable?: boolean }) {
    super(message, options);
    this.code = code;
    this.retryable = options?.retryable ?? false;
  }
}
