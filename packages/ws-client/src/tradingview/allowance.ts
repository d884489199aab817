import type { Clock } from "../timers.js";

/** An allowance of reactions to a server's updates: a number of them immediately, and further ones at a rate. */
export class Allowance {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #burst: number;
  readonly #intervalMs: number;
  #left: number;
  #refilledAt: number;

  /**
   * @param burst the number of reactions that are allowed immediately
   * @param intervalMs the time in which one more is allowed
   */
  constructor(clock: Pick<Clock, "monotonic">, burst: number, intervalMs: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#intervalMs = intervalMs;
    this.#left = burst;
    this.#refilledAt = clock.monotonic();
  }

  /** Takes one reaction. Returns false if none is left. */
  take(): boolean {
    const refill = Math.floor((this.#clock.monotonic() - this.#refilledAt) / this.#intervalMs);
    this.#left = Math.min(this.#burst, this.#left + refill);
    this.#refilledAt += refill * this.#intervalMs;
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }
}
