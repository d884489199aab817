import type { Bar } from "@trading/topic";
import type { Trade } from "./market-source.js";
import { barStart, type Resolution } from "./resolution.js";

/** Finished bars that are kept: a source's own history may be some seconds late with them. */
const KEPT_FINISHED = 5;

/** Bars by resolution, each ascending. */
export type BarsByResolution = ReadonlyMap<Resolution, readonly Bar[]>;

/** The present bar of every resolution of one symbol, all made of one line of trades, and the last few finished ones. */
export class PresentBars {
  readonly #series: ReadonlyMap<Resolution, Series>;

  /** @param startOf when the bar opens that a moment is in */
  constructor(resolutions: readonly Resolution[], startOf = barStart) {
    this.#series = new Map(
      resolutions.map((resolution) => [resolution, new Series((time) => startOf(resolution, time))]),
    );
  }

  /** Bars up to the present one, ascending; empty where nothing was traded. */
  recent(resolution: Resolution): readonly Bar[] {
    return this.#series.get(resolution)?.bars ?? [];
  }

  /** Takes over bars that were made elsewhere, in place of what is known from the first of them on. */
  seed(bars: BarsByResolution): void {
    for (const [resolution, seeds] of bars) this.#series.get(resolution)?.seed(seeds);
  }

  /** @returns the bars that changed: those that ended, whole, and the present ones */
  take(trades: readonly Trade[]): BarsByResolution {
    return new Map(Array.from(this.#series, ([resolution, series]) => [resolution, series.take(trades)]));
  }
}

/** The bars of one resolution. */
class Series {
  bars: readonly Bar[] = [];
  readonly #startOf: (time: number) => number;
  /** Of the present bar, with the fractions that a bar has no place for. */
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
      // One that comes late counts where the stream now stands: a bar that is over does not change.
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
