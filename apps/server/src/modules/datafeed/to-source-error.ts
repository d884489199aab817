import { SourceError } from "@trading/ws-server";
import { DatafeedError } from "./errors.js";

/** A datafeed's error as the streaming server tells it to clients; any other as it is, which is logged and not told. */
export function toSourceError(error: DatafeedError): SourceError;
export function toSourceError(error: unknown): unknown;
export function toSourceError(error: unknown): unknown {
  if (!(error instanceof DatafeedError)) return error;
  const { code, message, retryable } = error;
  return new SourceError(code, message, { retryable, cause: error });
}
