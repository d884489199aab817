import type { Bar } from "@trading/topic";
import type { Resolution, StartOfBar } from "./resolution.js";

/** An instrument as the datafeed describes it. */
export interface Instrument {
  /** `AAPL`. 1 to 64 characters. */
  readonly symbol: string;
  /** `Apple Inc.` */
  readonly description: string;
  readonly exchange: string;
  /** Instrument type in the charting library: `stock`, `crypto`. */
  readonly type: string;
  /** Currency of its prices: `USD`. */
  readonly currency: string;
  /** Order prices are multiples of it, and charts show its precision: 0.01, 0.25. At least 0.00000001. */
  readonly priceStep: number;
  /** Order quantities are multiples of it. */
  readonly qtyStep: number;
  readonly minQty: number;
  readonly maxQty: number;
  /** Spread assumed for sources without order books, half of it on each side of the last price. 0 if unknown. */
  readonly spread: number;
  /** Whether the source knows volumes. If not, the broker fills orders of any quantity. @default true */
  readonly hasVolume?: boolean;
  /** Whether prices can be 0 or negative, as those of oil in April 2020. @default false: the broker ignores them */
  readonly hasNegativePrices?: boolean;
  /** Trading hours in the charting library's format, in `timezone`: `0930-1600`. @default `24x7` */
  readonly session?: string;
  /** The IANA name of the session's time zone: its days, weeks and months are local ones. @default `Etc/UTC` */
  readonly timezone?: string;
}

/** One trade on the market. */
export interface Trade {
  /** Unix milliseconds, an integer. */
  readonly time: number;
  readonly price: number;
  /** At least 0; 0 only moves the price, unless the instrument has no volumes. Clients get the rounded sum of a bar. */
  readonly qty: number;
  /** Side of the aggressor: 1 bought, -1 sold. */
  readonly side: 1 | -1;
  /** Unique per symbol. @default derived from the time */
  readonly id?: string;
}

/** A price level of the order book and its quantity. */
export interface Level {
  readonly price: number;
  readonly qty: number;
}

/** A complete order book, best prices first. */
export interface Book {
  /** Unix milliseconds, an integer. */
  readonly time: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** Changes of a symbol at one moment. Bars and quotes derived from them are published once per tick. */
export interface Tick {
  /** In order of execution. @default none */
  readonly trades?: readonly Trade[];
  /**
   * Whether the price passed through every value between two of the trades, as it does when they stand for a bar: see
   * `walkBar`. The broker then fills orders in between at their own prices. @default false
   */
  readonly isContinuous?: boolean;
  /** Whether the market has ended for good: the broker refuses orders. @default false */
  readonly isClosed?: boolean;
  /** The new order book. @default unchanged */
  readonly book?: Book;
}

/**
 * Receives the events of one symbol. It can be called at any time after the call of `watch`, even before `watch`
 * returns, and not after watching was stopped.
 */
export interface MarketListener {
  onTick(tick: Tick): void;
  /**
   * Trades may have been missed, for example during a reconnection. The service reloads the history and publishes the
   * bars that changed.
   */
  onGap(): void;
  /** The source ends the symbol. Clients that still want it subscribe again. */
  onEnd(reason: Error): void;
}

/** A request for past bars. */
export interface HistoryRequest {
  readonly symbol: string;
  readonly resolution: Resolution;
  /** Only bars that open before this time, Unix milliseconds; undefined: up to and including the current bar. */
  readonly to: number | undefined;
  /** Maximum number of bars, the newest. At least 1. */
  readonly countBack: number;
}

export interface History {
  /** Ascending by time; includes the current, incomplete bar. Volumes can have decimals: the service rounds their sums. */
  readonly bars: readonly Bar[];
  /**
   * Unix milliseconds: the bars include trades up to and including this time, and none after it. Trades with the same
   * time must therefore be in one tick. `-Infinity` if there are no trades.
   */
  readonly through: number;
}

/**
 * A source of market data: implement it to connect your own feed. It provides trades, past bars and optionally order
 * books; the service derives everything else and watches each symbol once, regardless of the number of topics.
 *
 * An implementation guarantees: `watch` delivers every trade after the `through` of any history requested later, in
 * order, or calls `onGap`. Finished bars do not change. Coarser bars equal the aggregate of finer ones. Everything
 * settles within bounded time: clients wait 2.5 s for a topic, unless TOPIC_START_TIMEOUT_MS says otherwise.
 */
export interface MarketSource {
  /** Available instruments by symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /**
   * Resolutions of its past bars, finest first; at least one. Coarser bars are aggregated from them. Building days from
   * minutes takes many bars, so include `D` if the feed has it.
   */
  readonly resolutions: readonly Resolution[];
  /** One line for the log: the kind of source, and where its data comes from. */
  readonly description: string;
  /** Returns the opening time of the bar that contains a time. @default by the `timezone` of the instrument, weeks start on Mondays */
  readonly barStart?: StartOfBar;
  /**
   * Returns past bars. Only called with the source's own symbols and resolutions.
   *
   * @throws DatafeedError to reject with a message for the client
   */
  history(request: HistoryRequest): Promise<History>;
  /**
   * Delivers the events of one of its symbols from now on. Called once per symbol until stopped. A source with order
   * books delivers the current one soon, without waiting for a change.
   *
   * @returns stops watching
   */
  watch(symbol: string, listener: MarketListener): () => void;
  /**
   * Returns the last trades of one of its symbols, oldest first, so that a tape does not start empty. Called when the symbol is first
   * watched, and after a gap. @default none: the tape has the trades since the symbol is watched
   */
  readonly recentTrades?: (symbol: string, count: number) => Promise<readonly Required<Trade>[]>;
  /**
   * Loads what first subscribers need, so that they do not wait for it. The server calls it once, before it listens, and
   * continues when it has settled. @default nothing
   */
  readonly prepare?: () => Promise<void>;
  /** Returns whether the data of a symbol is over for good, also while it is not watched. @default what its ticks say */
  readonly hasEnded?: (symbol: string) => boolean;
  /** Returns whether the source is connected, for the readiness probe. @default always */
  readonly isReady?: () => boolean;
  /** Closes the source, after watching was stopped for every symbol. @default no cleanup */
  readonly close?: () => Promise<void>;
}

/** The part of the streaming server's clock that sources use. */
export interface SourceClock {
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary start; never decreases. */
  monotonic(): number;
  /** Runs a function after a delay. @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
}

/** The part of the streaming server's logger that sources use. */
export interface SourceLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
