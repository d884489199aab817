import type { Reconnect } from "@trading/topic";
import type { Settings } from "./options.js";

/** Within how many milliseconds a client that may come back now does so, at random: a restart must not meet a stampede. */
const NOW_WINDOW_MS = 1_000;

/**
 * Exponential backoff with full jitter: a random moment of a window that doubles with each failed attempt.
 * Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #settings: Pick<Settings, "backoffInitialMs" | "backoffMaxMs" | "random">;
  #failures = 0;
  #hintMs = 0;

  constructor(settings: Pick<Settings, "backoffInitialMs" | "backoffMaxMs" | "random">) {
    this.#settings = settings;
  }

  /**
   * A server that leaves says over how long its clients shall spread. That widens the windows until a connection stands
   * again, and never narrows the first one. Ten times the widest window is the most: a wrong hint must not end a client.
   *
   * @returns a moment in that time to leave at
   */
  widen(hintMs: number): number {
    const { backoffInitialMs, backoffMaxMs, random } = this.#settings;
    this.#hintMs = Math.min(Math.max(hintMs, backoffInitialMs), 10 * backoffMaxMs);
    return random() * this.#hintMs;
  }

  /** A connection stands. */
  stood(): void {
    this.#hintMs = 0;
  }

  /** Milliseconds to wait before the next attempt. */
  next(reconnect: Exclude<Reconnect, "no">, livedMs: number): number {
    const { backoffInitialMs, backoffMaxMs, random } = this.#settings;
    // A server that accepts and closes at once must not be met with the first window for ever.
    if (livedMs >= backoffMaxMs) this.#failures = 0;
    const windowMs = Math.min(backoffMaxMs, backoffInitialMs * 2 ** this.#failures);
    if (reconnect === "now") return random() * (this.#hintMs || Math.min(NOW_WINDOW_MS, windowMs));
    if (windowMs < backoffMaxMs) this.#failures += 1;
    return random() * Math.max(windowMs, this.#hintMs);
  }
}
