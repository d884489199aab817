import type { Bar } from "@trading/topic";
import type { Trade } from "./market-source.js";
import type { Resolution, StartOfBar } from "./resolution.js";

/** Number of finished bars to keep, because a source's own history may include them some seconds late. */
const KEPT_FINISHED = 5;

/** Bars by resolution, each ascending. */
export type BarsByResolution = ReadonlyMap<Resolution, readonly Bar[]>;

/**
 * The current bar of every resolution of one symbol, built from one stream of trades, and the last few finished bars.
 * Their volumes are not rounded.
 */
export class PresentBars {
  readonly #series: ReadonlyMap<Resolution, Series>;

  /** @param startOf returns the opening time of the bar that contains a time */
  constructor(resolutions: readonly Resolution[], startOf: StartOfBar) {
    this.#series = new Map(
      resolutions.map((resolution) => [resolution, new Series((time) => startOf(resolution, time))]),
    );
  }

  /** Returns the last bars including the current one, ascending; empty before the first trade. */
  recent(resolution: Resolution): readonly Bar[] {
    return this.#series.get(resolution)?.bars ?? [];
  }

  /** Replaces all bars from the first given one on, and all bars of a resolution without given ones. */
  seed(bars: BarsByResolution): void {
    for (const [resolution, series] of this.#series) series.seed(bars.get(resolution) ?? []);
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

  constructor(startOf: (time: number) => number) {
    this.#startOf = startOf;
  }

  seed(seeds: readonly Bar[]): void {
    const first = seeds[0]?.time ?? Number.NEGATIVE_INFINITY;
    this.bars = [...this.bars.filter(({ time }) => time < first), ...seeds].slice(-1 - KEPT_FINISHED);
  }

  take(trades: readonly Trade[]): readonly Bar[] {
    let present = this.bars.at(-1);
    const changed: Bar[] = [];
    for (const trade of trades) {
      const time = this.#startOf(trade.time);
      // A late trade counts in the current bar, because finished bars do not change.
      const isSame = present !== undefined && time <= present.time;
      if (isSame) changed.pop();
      present = withTrade(isSame ? present : undefined, time, trade);
      changed.push(present);
    }
    const [first] = changed;
    if (first === undefined) return changed;
    this.bars = [...this.bars.filter(({ time }) => time < first.time), ...changed].slice(-1 - KEPT_FINISHED);
    return changed;
  }
}

function withTrade(bar: Bar | undefined, time: number, { price, qty }: Trade): Bar {
  if (bar === undefined) return { time, open: price, high: price, low: price, close: price, volume: qty };
  const { high, low, volume } = bar;
  return { ...bar, high: Math.max(high, price), low: Math.min(low, price), close: price, volume: volume + qty };
}
