import type { Bar, OkQuote, QuoteData, Trade } from "@trading/topic";
import type { DatafeedError } from "./errors.js";
import type { Resolution } from "./resolution.js";

/** Callbacks of a watch. They must not throw. */
export interface Watcher<Value> {
  onValue(value: Value): void;
  /** The watch has ended; start a new one to continue. @default ignored */
  onEnd?(reason: DatafeedError): void;
}

/** The present of every symbol: on this server, or in a cluster on the server that owns the symbol. */
export interface Present {
  /** Returns the last bars that were published, the current one included. */
  bars(symbol: string, resolution: Resolution): Promise<readonly Bar[]>;
  /** Returns the current quote; undefined before the first trade. @throws DatafeedError */
  quote(symbol: string): Promise<OkQuote | undefined>;
  /** Returns the last trades, oldest first. @throws DatafeedError */
  trades(symbol: string): Promise<readonly Trade[]>;
  /**
   * Watches the quote of a symbol. Calls back with the current one, if there is one, before the promise resolves.
   *
   * @returns stops watching
   * @throws DatafeedError
   */
  watchQuotes(symbol: string, watcher: Watcher<QuoteData>): Promise<() => void>;
}
