import type { Settings } from "../options.js";
import { backoffMs } from "./backoff.js";

/**
 * Paces one kind of reaction to a server's messages, so that no server can make the client work or send without limit. The
 * first reaction is immediate. One that follows too soon waits for a backoff, which doubles until the server leaves as much
 * time between two of them as the window is wide.
 */
export class Pace {
  readonly #settings: Settings;
  /** Number of reactions that followed each other too soon. */
  #count = 0;
  /** The time from which on a reaction is immediate again. */
  #calmAt = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Returns the milliseconds to wait before the next reaction. Call it once for each. */
  delayMs(): number {
    const { clock, backoffInitialMs, backoffMaxMs } = this.#settings;
    const now = clock.monotonic();
    // mutant: is-calm
    if (now >= this.#calmAt) this.#count = 0;
    const delayMs = this.#count && backoffMs(this.#settings, this.#count - 1);
    this.#calmAt = now + delayMs + Math.min(backoffMaxMs, backoffInitialMs * 2 ** this.#count++);
    return delayMs;
  }
}
