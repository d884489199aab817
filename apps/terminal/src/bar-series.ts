import type { Bar } from "@trading/topic";

/**
 * The bars of one chart: history and live updates in one ascending list, whichever arrives first.
 *
 * A live bar replaces the one of its time, and history never replaces a live bar: the subscription stands before history
 * is asked for, so what it delivered is at least as new.
 */
export class BarSeries {
  #bars: readonly Bar[] = [];
  readonly #live = new Map<number, Bar>();

  get bars(): readonly Bar[] {
    return this.#bars;
  }

  /** Takes a live bar. False where it is not the latest, so that the whole list has to be drawn again. */
  update(bar: Bar): boolean {
    this.#live.set(bar.time, bar);
    const last = this.#bars.at(-1);
    if (last !== undefined && bar.time < last.time) {
      this.merge([]);
      return false;
    }
    this.#bars = [...(last?.time === bar.time ? this.#bars.slice(0, -1) : this.#bars), bar];
    return true;
  }

  merge(history: readonly Bar[]): void {
    const byTime = new Map([...this.#bars, ...history, ...this.#live.values()].map((bar) => [bar.time, bar]));
    this.#bars = [...byTime.values()].sort((one, other) => one.time - other.time);
  }
}
