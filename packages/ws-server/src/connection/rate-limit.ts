import type { Clock } from "../platform/clock.js";

/** A rate limit, shared by all buckets that enforce it. */
export interface Rate {
  /** Sustained events per second. 0 turns the limit off. */
  readonly perSecond: number;
  /** Events allowed in a burst after an idle period. */
  readonly burst: number;
}

/** Counts one connection's events against a {@link Rate}. Its only state is one number; it needs no timer. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #clock: Clock;
  /** The monotonic time at which the sustained rate alone has paid for every event taken so far. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Whether a whole burst is allowed, as in a new bucket. */
  get isFull(): boolean {
    const { perSecond, burst } = this.#rate;
    return perSecond === 0 || this.#paidAt <= this.#clock.monotonic() - (burst * 1_000) / perSecond;
  }

  /**
   * Records events that have already happened, so the bucket can go into debt: messages that were read before the
   * limit was reached are still handled, and the caller waits afterwards.
   *
   * @returns milliseconds until the debt is paid; 0 when the caller can continue
   */
  take(count = 1): number {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0) return 0;
    const eachMs = 1_000 / perSecond;
    const now = this.#clock.monotonic();
    this.#paidAt = Math.max(this.#paidAt, now - burst * eachMs) + count * eachMs;
    return Math.max(0, Math.ceil(this.#paidAt - now));
  }
}
