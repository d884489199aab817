import type { Bar } from "@trading/topic";
import type { Trade } from "./market-source.js";
import { barStart, type Resolution } from "./resolution.js";

/** Number of finished bars to keep, because a source's own history may include them some seconds late. */
const KEPT_FINISHED = 5;

/** Bars by resolution, each ascending. */
export type BarsByResolution = ReadonlyMap<Resolution, readonly Bar[]>;

/**
 * The current bar of every resolution of one symbol, built from one stream of trades, and the last few finished bars.
 */
export class PresentBars {
  readonly #series: ReadonlyMap<Resolution, Series>;

  /** @param startOf returns the opening time of the bar that contains a time */
  constructor(resolutions: readonly Resolution[], startOf = barStart) {
    this.#series = new Map(
      resolutions.map((resolution) => [resolution, new Series((time) => startOf(resolution, time))]),
    );
  }

  /** Returns the last bars including the current one, ascending; empty before the first trade. */
  recent(resolution: Resolution): readonly Bar[] {
    return this.#series.get(resolution)?.bars ?? [];
  }

  /** Replaces all bars from the first given one on. */
  seed(bars: BarsByResolution): void {
    for (const [resolution, seeds] of bars) this.#series.get(resolution)?.seed(seeds);
  }

  /** Adds trades. @returns the bars that changed: the ones that finished, and the current one */
  take(trades: readonly Trade[]): BarsByResolution {
    return new Map(Array.from(this.#series, ([resolution, series]) => [resolution, series.take(trades)]));
  }
}

/** The bars of one resolution. */
class Series {
  bars: readonly Bar[] = [];
  readonly #startOf: (time: number) => number;
  /** Exact volume of the current bar; the bar's own volume is rounded. */
  #volume = 0;

  constructor(startOf: (time: number) => number) {
    this.#startOf = startOf;
  }

  seed(seeds: readonly Bar[]): void {
    const first = seeds[0]?.time ?? Number.POSITIVE_INFINITY;
    this.bars = [...this.bars.filter(({ time }) => time < first), ...seeds].slice(-1 - KEPT_FINISHED);
    this.#volume = this.bars.at(-1)?.volume ?? 0;
  }

  take(trades: readonly Trade[]): readonly Bar[] {
    let present = this.bars.at(-1);
    const changed: Bar[] = [];
    for (const trade of trades) {
      const time = this.#startOf(trade.time);
      // A late trade counts in the current bar, because finished bars do not change.
      const isSame = present !== undefined && time <= present.time;
      if (isSame) changed.pop();
      this.#volume = (isSame ? this.#volume : 0) + trade.qty;
      present = withTrade(isSame ? present : undefined, time, trade.price, Math.round(this.#volume));
      changed.push(present);
    }
    const [first] = changed;
    if (first === undefined) return changed;
    this.bars = [...this.bars.filter(({ time }) => time < first.time), ...changed].slice(-1 - KEPT_FINISHED);
    return changed;
  }
}

function withTrade(bar: Bar | undefined, time: number, price: number, volume: number): Bar {
  if (bar === undefined) return { time, open: price, high: price, low: price, close: price, volume };
  const { high, low } = bar;
  return { ...bar, high: Math.max(high, price), low: Math.min(low, price), close: price, volume };
}
