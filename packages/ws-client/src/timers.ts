/** The time source. Tests pass a `ManualClock`, which `@trading/ws-server` accepts as well. */
export interface Clock {
  /** Returns milliseconds since an arbitrary start. Never goes back, even if the system time is changed. */
  monotonic(): number;
  /** Calls `run` once after the delay, never synchronously. The returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** The longest delay of the platform's timers, 24.8 days. With a longer one they fire immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The platform's clock. It looks the timers up at each call, so that fake timers of a test are used. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Returns a clock's timers with delays limited to what the platform supports. Every delay of the client passes here. */
export function boundedAfter(clock: Pick<Clock, "after">): Clock["after"] {
  return (delayMs, run) => clock.after(Math.min(delayMs, MAX_DELAY_MS), run);
}

/** Calls `run` after the time limit; never if it is 0. The returned function cancels the call. */
export function afterLimit(clock: Pick<Clock, "after">, limitMs: number, run: () => void): () => void {
  return limitMs > 0 ? clock.after(limitMs, run) : () => {};
}
