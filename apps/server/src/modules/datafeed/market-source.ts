import type { Bar } from "@trading/topic";
import type { Resolution } from "./resolution.js";

/** What is traded, in which steps, and what is told of it besides prices. */
export interface Instrument {
  /** What it is asked for by: `AAPL`. 1 to 64 characters. */
  readonly symbol: string;
  /** `Apple Inc.` */
  readonly description: string;
  readonly exchange: string;
  /** The charting library's kind of it: `stock`, `crypto`. */
  readonly type: string;
  /** Of its prices: `USD`. */
  readonly currency: string;
  /** Prices of orders are multiples of it, and as exact are charts: 0.01, 0.25. At least 0.00000001. */
  readonly priceStep: number;
  /** Quantities of orders are multiples of it. */
  readonly qtyStep: number;
  readonly minQty: number;
  readonly maxQty: number;
  /** What lies between bid and ask where the source has no books, half of it on each side of the last price. 0 where nothing is known of it. */
  readonly spread: number;
  /** Trading hours as the charting library writes them, in `timezone`: `0930-1600`. @default `24x7` */
  readonly session?: string;
  /** An Olson name. @default `Etc/UTC` */
  readonly timezone?: string;
}

/** One trade. */
export interface Trade {
  /** Unix milliseconds, whole. */
  readonly time: number;
  readonly price: number;
  /** At least 0; 0 moves the price only. Bars count whole units: their volume is the sum, rounded. */
  readonly qty: number;
  /** The aggressor: 1 bought, -1 sold. */
  readonly side: 1 | -1;
  /** Unique within its symbol. @default made of its time */
  readonly id?: string;
}

/** A price, and the quantity it is good for. */
export interface Level {
  readonly price: number;
  readonly qty: number;
}

/** A whole order book, best prices first. */
export interface Book {
  /** Unix milliseconds, whole. */
  readonly time: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** What happened to a symbol at one moment. Whatever is made of it (bars, quotes) is told once for all of it. */
export interface Tick {
  /** In the order they were made. @default none */
  readonly trades?: readonly Trade[];
  /** The book as it now stands. @default as it was */
  readonly book?: Book;
}

/** What a source tells of one symbol. May be called at any time after `watch` was, also before it returns, and not after it was stopped. */
export interface MarketListener {
  onTick(tick: Tick): void;
  /** Trades may have been missed, as over a reconnection. The service asks for the history anew, and tells the bars that changed. */
  onGap(): void;
  /** There will be no more. Whoever wants the symbol still asks again. */
  onEnd(reason: Error): void;
}

/** Which past bars. */
export interface HistoryRequest {
  readonly symbol: string;
  readonly resolution: Resolution;
  /** Bars that open before this moment, Unix milliseconds; undefined: up to the present one. */
  readonly to: number | undefined;
  /** At most how many, the newest. At least 1. */
  readonly countBack: number;
}

export interface History {
  /** Ascending by time; the present one as far as it has come. */
  readonly bars: readonly Bar[];
  /**
   * Unix milliseconds: trades up to and including this moment are in the bars, later ones are not. So trades of one
   * moment are told together. `-Infinity` where there are none.
   */
  readonly through: number;
}

/**
 * Where market data comes from: the seam for a source of one's own. It gives trades, past bars and perhaps books; the
 * service makes everything else, and asks for a symbol once, however many topics want it.
 *
 * Guarantees asked of an implementation: `watch` tells every trade after the `through` of any history that is asked for
 * later, in order, or says `onGap`. Finished bars do not change. Bars of a coarser resolution are what finer ones add up
 * to. Everything settles in bounded time: clients wait 2.5 s for a topic.
 */
export interface MarketSource {
  /** What it has data of, by symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /**
   * Of which it has past bars, finest first; at least one. Coarser ones are made of them, which for days of minutes takes
   * many: give `D` where you can.
   */
  readonly resolutions: readonly Resolution[];
  /** One line for the log: what it is, and from where. */
  readonly description: string;
  /** When the bar opens that a moment is in. @default in UTC, weeks on Mondays */
  readonly barStart?: (resolution: Resolution, time: number) => number;
  /**
   * Past bars of a symbol and resolution that it has.
   *
   * @throws DatafeedError to refuse in words for the client
   */
  history(request: HistoryRequest): Promise<History>;
  /**
   * Tells what happens to a symbol that it has, from now on. Called once for a symbol until that is stopped. A source of
   * books tells the present one soon, without waiting for a change.
   *
   * @returns stops it
   */
  watch(symbol: string, listener: MarketListener): () => void;
  /** Whether it can tell anything at present, for the readiness probe. @default always */
  readonly isReady?: () => boolean;
  /** Ends it. Every symbol has been stopped before. @default nothing to end */
  readonly close?: () => Promise<void>;
}

/** The parts of time that sources need: the streaming server's clock has them. */
export interface SourceClock {
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
}

/** The parts of a log that sources need: the streaming server's logger has them. */
export interface SourceLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
