import type { Reconnect } from "@trading/topic";
import type { Random } from "./options.js";

/** Within how many milliseconds a client that may come back now does so, at random: a restart must not meet a stampede. */
const NOW_WINDOW_MS = 1_000;

/**
 * Exponential backoff with full jitter: a random moment of a window that doubles with each failed attempt.
 * Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: Random;
  #failures = 0;

  constructor(initialMs: number, maxMs: number, random: Random) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  next(reconnect: Exclude<Reconnect, "no">, livedMs: number): number {
    // A server that accepts and closes at once must not be met with the first window for ever.
    if (livedMs >= this.#maxMs) this.#failures = 0;
    const windowMs = Math.min(this.#maxMs, this.#initialMs * 2 ** this.#failures);
    if (reconnect === "now") return this.#random() * Math.min(NOW_WINDOW_MS, windowMs);
    if (windowMs < this.#maxMs) this.#failures += 1;
    return this.#random() * windowMs;
  }
}
