/** The opening times of the bars that a chart has, ascending. In the chart's milliseconds. */
export class BarTimes {
  #times: number[] = [];

  add(times: readonly number[]): void {
    const last = this.#times.at(-1);
    // Live bars and their corrections, without a sort.
    if (times.length === 1 && last !== undefined && (times[0] as number) >= last) {
      if (times[0] !== last) this.#times.push(times[0] as number);
      return;
    }
    this.#times = [...new Set([...this.#times, ...times])].sort((a, b) => a - b);
  }

  /** Returns the opening time of the bar that contains a moment; undefined before the first bar. */
  at(time: number): number | undefined {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return this.#times[low - 1];
  }
}
