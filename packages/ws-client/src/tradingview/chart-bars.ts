import type { Bar } from "@trading/topic";

export interface ChartBarsOptions {
  /** Time of the chart's newest bar; -Infinity if it has none. */
  readonly newest: number;
  readonly onTick: (bar: Bar) => void;
  /** Called for a changed bar that is too old to pass to `onTick`. */
  readonly onCorrection: () => void;
  /** Loads the bars in a range; `to` is exclusive. */
  readonly history: (from: number, to: number) => Promise<readonly Bar[]>;
}

/**
 * Joins the live bars of one chart to its history. Bars are passed to `onTick` in ascending order, because the library
 * throws on a bar that is older than the previous one.
 */
export class ChartBars {
  readonly #options: ChartBarsOptions;
  #newest: number;
  #isJoined: boolean;
  /** Bars that arrive while the bars between the history and the first live bar are loading. */
  #queue: [bar: Bar, isSnapshot: boolean][] | undefined;

  constructor(options: ChartBarsOptions) {
    this.#options = options;
    this.#newest = options.newest;
    this.#isJoined = options.newest === Number.NEGATIVE_INFINITY;
  }

  /** @param isSnapshot the bar is part of a snapshot: an older one then means only that the history is ahead of it */
  take(bar: Bar, isSnapshot: boolean): void {
    if (this.#queue) this.#queue.push([bar, isSnapshot]);
    else if (!this.#isJoined && bar.time > this.#newest) {
      this.#queue = [[bar, isSnapshot]];
      void this.#join(bar.time);
    } else this.#emit(bar, isSnapshot);
  }

  /**
   * Loads the bars from the history's last bar to the first live one. The last bar may have changed since the history was
   * loaded, and further bars may have been completed.
   */
  async #join(first: number): Promise<void> {
    const { history, onCorrection } = this.#options;
    const last = this.#newest;
    try {
      const missed = await history(last, first);
      this.#joined(missed.filter(({ time }) => time >= last && time < first));
    } catch {
      this.#joined([]);
      onCorrection();
    }
  }

  #joined(missed: readonly Bar[]): void {
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const bar of missed) this.#emit(bar, true);
    for (const [bar, isSnapshot] of queue) this.#emit(bar, isSnapshot);
  }

  #emit(bar: Bar, isSnapshot: boolean): void {
    this.#isJoined = true;
    if (bar.time >= this.#newest) {
      this.#newest = bar.time;
      // Copied, because the client keeps the bar for later listeners and the library may modify it.
      this.#options.onTick({ ...bar });
    } else if (!isSnapshot) this.#options.onCorrection();
  }
}
