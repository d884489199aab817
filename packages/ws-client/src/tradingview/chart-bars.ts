import type { Bar } from "@trading/topic";

export interface ChartBarsOptions {
  /** When the newest bar that the chart has begins; before all time where it has none. */
  readonly newest: number;
  readonly onTick: (bar: Bar) => void;
  /** A bar that the chart can no longer be told has changed. */
  readonly onCorrection: () => void;
  /** The bars from one time up to, and without, another. */
  readonly history: (from: number, to: number) => Promise<readonly Bar[]>;
}

/**
 * What one chart is told after its history: each bar, and none that is older than the one before, at which the library
 * throws.
 */
export class ChartBars {
  readonly #options: ChartBarsOptions;
  #newest: number;
  #isJoined: boolean;
  /** What arrives while the history is asked for what lies between it and the first live bar. */
  #held: [bar: Bar, isState: boolean][] | undefined;

  constructor(options: ChartBarsOptions) {
    this.#options = options;
    this.#newest = options.newest;
    this.#isJoined = options.newest === Number.NEGATIVE_INFINITY;
  }

  /** @param isState the bar is the present state, not news: an older one then tells only that the history is ahead */
  take(bar: Bar, isState: boolean): void {
    if (this.#held) this.#held.push([bar, isState]);
    else if (!this.#isJoined && bar.time > this.#newest) {
      this.#held = [[bar, isState]];
      void this.#join(bar.time);
    } else this.#tell(bar, isState);
  }

  /** The history's last bar may have gone on after it was loaded, and others have come and gone before the first live one. */
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
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bar of missed) this.#tell(bar, true);
    for (const [bar, isState] of held) this.#tell(bar, isState);
  }

  #tell(bar: Bar, isState: boolean): void {
    this.#isJoined = true;
    if (bar.time >= this.#newest) {
      this.#newest = bar.time;
      // A copy, since the client keeps the bar for charts that come later.
      this.#options.onTick({ ...bar });
    } else if (!isState) this.#options.onCorrection();
  }
}
