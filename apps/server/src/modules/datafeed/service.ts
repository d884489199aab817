import type { Bar, OkQuote } from "@trading/topic";
import { SourceError } from "@trading/ws-server";
import type { Resolution } from "./resolution.js";

/** What is traded, and what a quote says of it besides prices. */
export interface Instrument {
  readonly symbol: string;
  /** `Apple Inc.` */
  readonly description: string;
  readonly exchange: string;
  /** What lies between bid and ask, half of it on each side of the last price. 0 where nothing is known of it. */
  readonly spread: number;
}

/** Which past bars. */
export interface HistoryRequest {
  readonly symbol: string;
  readonly resolution: Resolution;
  /** Bars that open before this moment, Unix milliseconds; undefined: up to the present one. */
  readonly to: number | undefined;
  /** At most how many, the newest. */
  readonly countBack: number;
}

/**
 * Market data: the seam behind which the simulation and the replay live.
 *
 * Guarantees asked of an implementation: for one symbol there is one stream, and everything is made of it. The last bar
 * of `history` is the one that `watch` goes on with, and at any moment the present bars of all resolutions have one close.
 */
export interface Datafeed {
  /** What it has data of, by symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Resolutions it can tell, finest first. */
  readonly resolutions: readonly Resolution[];
  /** One line for the log: what is played, from what, and how it ends. */
  readonly description: string;
  /**
   * Past bars and the present one as far as it has come, ascending by time.
   *
   * @throws SourceError for a symbol or resolution it does not have
   */
  history(request: HistoryRequest): Promise<Bar[]>;
  /**
   * Calls back with the present bar before it resolves, where there is one, and then at every change. When a bar is over,
   * its last state comes before the first of the next.
   *
   * @returns stops it; calling that twice does nothing
   * @throws SourceError for a symbol or resolution it does not have
   */
  watch(symbol: string, resolution: Resolution, onBar: (bar: Bar) => void): Promise<() => void>;
}

/** @throws SourceError `unknown_symbol` */
export function instrumentOf(datafeed: Datafeed, symbol: string): Instrument {
  const instrument = datafeed.instruments.get(symbol);
  if (instrument === undefined) {
    const known = [...datafeed.instruments.keys()].join(", ");
    throw new SourceError("unknown_symbol", `There is no symbol ${JSON.stringify(symbol)} here. There are: ${known}.`);
  }
  return instrument;
}

/** The bar a quote speaks of: the day's, or the finest there is where that is longer. */
function quoteResolution(datafeed: Datafeed): Resolution {
  return datafeed.resolutions.find((resolution) => resolution === "D") ?? (datafeed.resolutions[0] as Resolution);
}

/**
 * Quotes of one symbol, made of the same stream as its bars: calls back with the present quote before it resolves, where
 * there is one, and then at every change.
 *
 * @returns stops it
 * @throws SourceError `unknown_symbol`
 */
export async function watchQuotes(
  datafeed: Datafeed,
  symbol: string,
  onQuote: (quote: OkQuote) => void,
): Promise<() => void> {
  const instrument = instrumentOf(datafeed, symbol);
  const resolution = quoteResolution(datafeed);
  // What comes while the previous close is looked up waits for it.
  const waiting: Bar[] = [];
  let take = (bar: Bar): void => void waiting.push(bar);
  const stop = await datafeed.watch(symbol, resolution, (bar) => take(bar));
  try {
    let last: Bar | undefined;
    const [first] = waiting;
    if (first !== undefined) {
      [last] = await datafeed.history({ symbol, resolution, to: first.time, countBack: 1 });
    }
    let previousClose: number | undefined;
    take = (bar) => {
      if (last !== undefined && last.time !== bar.time) previousClose = last.close;
      last = bar;
      onQuote(quoteOf(instrument, bar, previousClose ?? bar.open));
    };
    for (const bar of waiting) take(bar);
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

/** What a quote says when its symbol's bar of the day is this. */
export function quoteOf(instrument: Instrument, day: Bar, previousClose: number): OkQuote {
  const half = instrument.spread / 2;
  const change = tidy(day.close - previousClose);
  return {
    s: "ok",
    n: instrument.symbol,
    v: {
      lp: day.close,
      bid: Math.min(tidy(day.close - half), day.close),
      ask: Math.max(tidy(day.close + half), day.close),
      spread: instrument.spread,
      open_price: day.open,
      high_price: day.high,
      low_price: day.low,
      prev_close_price: previousClose,
      volume: day.volume,
      ch: change,
      chp: previousClose === 0 ? 0 : Math.round((change / previousClose) * 10_000) / 100,
      short_name: instrument.symbol,
      exchange: instrument.exchange,
      description: instrument.description,
      original_name: `${instrument.exchange}:${instrument.symbol}`,
    },
  };
}

/** Without the noise of binary fractions, and with every digit a price has: eight decimals. */
function tidy(value: number): number {
  return Math.round(value * 1e8) / 1e8;
}
