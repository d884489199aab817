import type { Clock } from "../options.js";
import { rest } from "./rest.js";

interface Timer {
  readonly dueAt: number;
  /** Timers that fall due together run in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

/** A clock that a test turns by hand, for the client's option `clock`. */
export class ManualClock implements Clock {
  /** Earliest first. */
  readonly #timers: Timer[] = [];
  #now = 0;
  #set = 0;

  /** Milliseconds that it was turned so far. */
  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueAt: this.#now + Math.max(0, delayMs), order: this.#set++, run };
    this.#timers.splice(this.#place(timer), 0, timer);
    return () => {
      const place = this.#place(timer);
      if (this.#timers[place] === timer) this.#timers.splice(place, 1);
    };
  }

  /** How many timers run: 0 once a client is closed. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Lets time pass; what falls due runs in order, each at its own moment, and so does what is set meanwhile. Nothing else
   * runs: whoever waits for a reply all that time waits in vain.
   */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.run();
    }
    this.#now = end;
  }

  /** Lets time pass as `advance` does, and lets what is sent at each moment arrive before the next: a `MemoryServer` answers. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await rest(() => this.#set);
    while (this.#dueAt <= end) {
      this.advance(Math.max(0, this.#dueAt - this.#now));
      await rest(() => this.#set);
    }
    this.#now = end;
  }

  /** Lets time pass while nothing runs, as a computer that sleeps: what fell due runs late, once, at the end. */
  sleep(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  /** When the next timer falls due. */
  get #dueAt(): number {
    return this.#timers[0]?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  #next(end: number): Timer | undefined {
    return this.#dueAt <= end ? this.#timers.shift() : undefined;
  }

  /** Where a timer stands, or would. By bisection: a simulation has tens of thousands. */
  #place({ dueAt, order }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const timer = this.#timers[middle] as Timer;
      if (timer.dueAt < dueAt || (timer.dueAt === dueAt && timer.order < order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
