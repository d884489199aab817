/** Counts of events by name. They show that the histories exercised enough to prove something. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(event: string, times = 1): void {
    this.#counts.set(event, this.of(event) + times);
  }

  of(event: string): number {
    return this.#counts.get(event) ?? 0;
  }

  toString(): string {
    return [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([event, count]) => `${event} ${count}`)
      .join(", ");
  }
}
