import { SourceError } from "@trading/ws-server";
import { DatafeedError } from "./errors.js";

/**
 * Converts a `DatafeedError` into the error that the streaming server reports to clients. Other errors are returned
 * unchanged; the server logs them and does not disclose them.
 */
export function toSourceError(error: DatafeedError): SourceError;
export function toSourceError(error: unknown): unknown;
export function toSourceError(error: unknown): unknown {
  if (!(error instanceof DatafeedError)) return error;
  const { code, message, retryable } = error;
  return new SourceError(code, message, { retryable, cause: error });
}
