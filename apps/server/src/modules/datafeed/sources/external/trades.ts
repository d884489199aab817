import type { Book } from "../../market-source.js";

/** A trade that another program reports. */
export interface OutsideTrade {
  readonly price: number;
  readonly qty: number;
  /** Side of the aggressor. @default 1, bought */
  readonly side?: 1 | -1 | undefined;
  /** Unix milliseconds. @default the present */
  readonly time?: number | undefined;
}

/** The trades of one moment, and the order book after them. */
export interface OutsideTrades {
  /** In order of execution. */
  readonly trades: readonly OutsideTrade[];
  /** @default unchanged */
  readonly book?: Pick<Book, "bids" | "asks"> | undefined;
}

/** Receives the trades of other programs. */
export interface TradeFeed {
  /**
   * Adds trades of a symbol.
   *
   * @throws DatafeedError `unknown_symbol`, or `invalid_time` if they are older than earlier ones; then none was added
   */
  add(symbol: string, trades: OutsideTrades): void;
}
