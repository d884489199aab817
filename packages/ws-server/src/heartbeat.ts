import { buildTopicParams, float } from "@trading/topic";
import type { Clock } from "./clock.js";

/**
 * Ends a connection whose client has been silent too long, or that has lived too long.
 *
 * One timer a connection, set again only when it fires, so that a message costs no more than noting the time.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #lastBeat: number;
  readonly #cancels = new Map<"silence" | "lifespan", () => void>();

  /** @param onEnd called once, with the reason for the close frame. Durations of 0 are off */
  constructor(clock: Clock, intervalMs: number, lifespanMs: number, onEnd: (reason: string) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#lastBeat = clock.monotonic();
    const end = () => {
      this.stop();
      onEnd(timedOut(intervalMs, lifespanMs));
    };
    if (lifespanMs > 0) this.#cancels.set("lifespan", clock.after(lifespanMs, end));
    if (intervalMs > 0) this.#watch(intervalMs, end);
  }

  /** The client gave a sign of life. */
  beat(): void {
    this.#lastBeat = this.#clock.monotonic();
  }

  stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #watch(delayMs: number, end: () => void): void {
    const check = () => {
      const leftMs = this.#lastBeat + this.#intervalMs - this.#clock.monotonic();
      if (leftMs > 0) this.#watch(leftMs, end);
      else end();
    };
    this.#cancels.set("silence", this.#clock.after(delayMs, check));
  }
}

/** The origin's own words, in which seconds are Python floats: clients tell by them that they may reconnect at once. */
function timedOut(intervalMs: number, lifespanMs: number): string {
  const seconds = (ms: number) => buildTopicParams(float(ms / 1000));
  return `Connection timed out. Heartbeat interval ${seconds(intervalMs)}. Max connection lifespan ${seconds(lifespanMs)}`;
}
