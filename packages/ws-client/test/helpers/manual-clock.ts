import type { Clock } from "../../src/index.js";

interface Timer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that a test turns by hand. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now = 0;

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass; what falls due runs in order, at its own moment. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.dueAt);
      this.#timers.delete(timer);
      timer.run();
    }
    this.#now = end;
  }

  /** Lets time pass while nothing runs, as a computer that sleeps: what fell due runs late, once, at the end. */
  sleep(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= end && (first === undefined || timer.dueAt < first.dueAt)) first = timer;
    }
    return first;
  }
}
