/** The time source. Tests pass a `ManualClock`, which `@trading/ws-server` accepts as well. */
export interface Clock {
  /** Returns milliseconds since an arbitrary start. Never goes back, even if the system time is changed. */
  monotonic(): number;
  /**
   * Calls `run` once after the delay, never synchronously. The returned function cancels it. The delay can be longer than the
   * timers of platforms support, 2^31 - 1 ms.
   */
  after(delayMs: number, run: () => void): () => void;
}

/** The longest delay of the platform's timers, 24.8 days. With a longer one they fire immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The platform's clock, with delays limited to what its timers support. It looks the timers up at each call, so that fake timers
 * of a test are used.
 */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** Calls `run` after the time limit; never if it is 0. The returned function cancels the call. */
export function afterLimit(clock: Pick<Clock, "after">, limitMs: number, run: () => void): () => void {
  return limitMs > 0 ? clock.after(limitMs, run) : () => {};
}
