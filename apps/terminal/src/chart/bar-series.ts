import type { Bar } from "@trading/topic";

/**
 * The bars of one chart: history pages and live bars, merged into one list in ascending order.
 *
 * A live bar replaces a history bar of the same time, because history is loaded after the subscription is confirmed. After a
 * gap, `useBars` returns only the bars since then, so reloaded history replaces the bars from before the gap.
 */
export class BarSeries {
  #bars: readonly Bar[] = [];
  #live: readonly Bar[] = [];

  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /**
   * Replaces the live bars. Returns the changed ones if they only update the last bar or follow it; otherwise undefined, and
   * the whole list must be redrawn.
   */
  setLive(live: readonly Bar[]): readonly Bar[] | undefined {
    const before = new Set(this.#live);
    const changed = live.filter((bar) => !before.has(bar));
    const last = this.#bars.at(-1);
    this.#live = live;
    this.merge([]);
    return last === undefined || changed.every(({ time }) => time >= last.time) ? changed : undefined;
  }

  /** Adds a page of history. */
  merge(history: readonly Bar[]): void {
    const byTime = new Map([...this.#bars, ...history, ...this.#live].map((bar) => [bar.time, bar]));
    this.#bars = [...byTime.values()].sort((one, other) => one.time - other.time);
  }
}
