import type { Bar } from "@trading/topic";

/**
 * The bars of one chart: history and live updates in one ascending list, whichever arrives first.
 *
 * While the topic is live, what it delivered is at least as new as what history says, since history is asked for after the
 * subscription stands. Once it is interrupted, history knows better: it has seen the bar end.
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

  /** The topic is live no more: from here on, history may correct what it delivered. */
  interrupt(): void {
    this.#live.clear();
  }

  /** Puts bars of the past where they belong. */
  merge(history: readonly Bar[]): void {
    const byTime = new Map([...this.#bars, ...history, ...this.#live.values()].map((bar) => [bar.time, bar]));
    this.#bars = [...byTime.values()].sort((one, other) => one.time - other.time);
  }
}
