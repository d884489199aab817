import type { Clock } from "../platform/clock.js";

/** A clock that stands still until a test moves it. Its two times move together. */
export class ManualClock implements Clock {
  readonly #start: number;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();
  #elapsed = 0;

  /** @param start Unix milliseconds at which it stands at first */
  constructor(start = 0) {
    this.#start = start;
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** A turn of the event loop is no time: it ends by itself. */
  endOfTurn(run: () => void): () => void {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  }

  /** Moves on by `ms`, firing each timer at its own time, earliest first; timers set meanwhile fire as well. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#elapsed = timer.at;
      timer.run();
    }
    this.#elapsed = end;
  }

  #next(end: number) {
    let next: { readonly at: number; readonly run: () => void } | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
