import type { Clock } from "@trading/ws-server";

/** A clock on which time passes as on the wall at first, and so many times as fast once it is told. */
export class FastClock implements Clock {
  readonly #start = Date.now();
  #speed = 1;
  /** Since when, on the wall, and what it showed then. */
  #since = performance.now();
  #shown = 0;

  /** Of timers that are set from now on, too. */
  set speed(speed: number) {
    this.#shown = this.monotonic();
    this.#since = performance.now();
    this.#speed = speed;
  }

  now(): number {
    return Math.floor(this.#start + this.monotonic());
  }

  monotonic(): number {
    return this.#shown + (performance.now() - this.#since) * this.#speed;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs / this.#speed).unref();
    return () => clearTimeout(timer);
  }

  endOfTurn(run: () => void): () => void {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  }
}
