import type { Clock } from "@trading/ws-server";

/** A rate limit. */
export interface Rate {
  /** Sustained requests per second. 0 turns the limit off. */
  readonly perSecond: number;
  /** Requests allowed in a burst after an idle period. */
  readonly burst: number;
}

/** Maximum number of keys with a state. Above it, the ones that were idle longest start afresh. */
const MAX_KEYS = 100_000;

/**
 * Limits the rate of requests by key, such as an address: a token bucket each. Its state is one number a key, only for
 * keys with recent requests, so its memory is bounded.
 */
export class RateLimit {
  readonly #clock: Clock;
  readonly #eachMs: number;
  readonly #burstMs: number;
  /**
   * The monotonic time at which the sustained rate alone has paid for every request so far, by key; the key with the oldest
   * request first.
   */
  readonly #paidAt = new Map<string, number>();

  constructor({ perSecond, burst }: Rate, clock: Clock) {
    this.#clock = clock;
    this.#eachMs = perSecond === 0 ? 0 : 1_000 / perSecond;
    this.#burstMs = burst * this.#eachMs;
  }

  /** Number of keys with a state. */
  get size(): number {
    return this.#paidAt.size;
  }

  /**
   * Counts a request, unless the key has exceeded its rate.
   *
   * @param cost the number of requests that it counts as
   * @returns 0 if it was counted; otherwise the milliseconds until it would be
   */
  take(key: string, cost = 1): number {
    if (this.#eachMs === 0) return 0;
    const now = this.#clock.monotonic();
    this.#forgetIdle(now);
    const start = Math.max(this.#paidAt.get(key) ?? Number.NEGATIVE_INFINITY, now - this.#burstMs);
    // A request that costs more than a whole burst is possible once the burst is.
    const paidAt = Math.min(start + cost * this.#eachMs, start + this.#burstMs);
    if (paidAt > now) return Math.ceil(paidAt - now);
    this.#paidAt.delete(key);
    this.#paidAt.set(key, paidAt);
    return 0;
  }

  /** Forgets keys whose burst is complete again, and the oldest ones above the maximum. */
  #forgetIdle(now: number): void {
    for (const [key, paidAt] of this.#paidAt) {
      if (paidAt > now - this.#burstMs && this.#paidAt.size < MAX_KEYS) return;
      this.#paidAt.delete(key);
    }
  }
}
