import { waitUntilIdle } from "./wait-until-idle.js";

/**
 * The part of Node's timers that `endOfTurn` uses. A page has no `setImmediate`, and nothing there calls `endOfTurn`. Read on
 * import, before a test installs fake timers.
 */
const { setImmediate, clearImmediate } = globalThis as unknown as {
  setImmediate(run: () => void): unknown;
  clearImmediate(turn: unknown): void;
};

interface Timer {
  /** The time at which it is due, in milliseconds of `monotonic`. */
  readonly dueAt: number;
  /** Timers that are due at the same time run in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that advances only when a test advances it. It implements the `Clock` of `@trading/ws-server` and that of
 * `@trading/ws-client`.
 */
export class ManualClock {
  readonly #start: number;
  /** The pending timers, earliest first. */
  readonly #timers: Timer[] = [];
  #elapsed = 0;
  /** Number of timers set so far. */
  #set = 0;

  /** @param start the initial time of `now`, in Unix milliseconds */
  constructor(start = 0) {
    this.#start = start;
  }

  /** Number of timers that have neither run nor been cancelled. A closed client has none. */
  get pending(): number {
    return this.#timers.length;
  }

  /** The time of `monotonic` at which the next timer is due; infinity without timers. */
  get dueAt(): number {
    return this.#timers[0]?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** Returns the time in Unix milliseconds. It advances together with `monotonic`. */
  now(): number {
    return this.#start + this.#elapsed;
  }

  /** Returns the milliseconds by which the clock was advanced. */
  monotonic(): number {
    return this.#elapsed;
  }

  /** Runs a callback once the clock was advanced by `delayMs`. @returns cancels the timer */
  after(delayMs: number, run: () => void): () => void {
    const timer = { dueAt: this.#elapsed + Math.max(0, delayMs), order: this.#set++, run };
    this.#timers.splice(this.#indexOf(timer), 0, timer);
    return () => {
      const index = this.#indexOf(timer);
      if (this.#timers[index] === timer) this.#timers.splice(index, 1);
    };
  }

  /**
   * Runs a callback at the end of the present turn of the event loop. That takes no time on this clock, so the callback does
   * not wait for `advance`, nor for fake timers that were installed after the import. Requires `setImmediate`, as in Node.
   *
   * @returns cancels the callback
   */
  endOfTurn(run: () => void): () => void {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  }

  /**
   * Advances the clock. Runs each due timer at its time, earliest first, including timers that are set meanwhile. It is
   * synchronous: no promise settles before it returns.
   */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#elapsed = Math.max(this.#elapsed, timer.dueAt);
      timer.run();
    }
    this.#elapsed = end;
  }

  /** Advances the clock as `advance` does, and lets promises settle at each moment, so that a `MemoryServer` can reply. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await waitUntilIdle(() => this.#set);
    while (this.dueAt <= end) {
      this.advance(Math.max(0, this.dueAt - this.#elapsed));
      await waitUntilIdle(() => this.#set);
    }
    this.#elapsed = end;
  }

  /** Simulates a computer that sleeps: time passes, and the timers that became due run late, after it. */
  sleep(ms: number): void {
    this.#elapsed += ms;
    this.advance(0);
  }

  /** Removes and returns the next timer that is due by `end`. */
  #next(end: number): Timer | undefined {
    return this.dueAt <= end ? this.#timers.shift() : undefined;
  }

  /** Returns the index of a timer, or the index at which to insert it. Bisects, because a simulation has 10,000s of timers. */
  #indexOf({ dueAt, order }: Timer): number {
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
