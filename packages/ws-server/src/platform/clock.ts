import type { performance as nodePerformance } from "node:perf_hooks";

/**
 * Time source of the engine. Tests pass a manual clock, so that they never sleep.
 *
 * An implementation guarantees: `monotonic` never decreases, even if the system time is changed; `after` and `endOfTurn`
 * call `run` once, asynchronously, unless they are cancelled.
 */
export interface Clock {
  /** Returns the system time in Unix milliseconds. Only for dates, because it can jump. */
  now(): number;
  /** Returns milliseconds since an arbitrary start. For durations and deadlines. */
  monotonic(): number;
  /**
   * Runs a callback after `delayMs` milliseconds of `monotonic`. A timer can be a millisecond early, and any time late when
   * the process is busy.
   *
   * @returns cancels the timer; a late or repeated call does nothing
   */
  after(delayMs: number, run: () => void): () => void;
  /**
   * Runs a callback at the end of this turn of the event loop, after everything that the network has delivered was read.
   *
   * @returns cancels the callback
   */
  endOfTurn(run: () => void): () => void;
  /**
   * Returns the milliseconds for which the event loop has waited for events since it started. The write batching window is
   * shorter with idle time; without this method, the event loop counts as never idle.
   */
  idle?(): number;
}

/** Maximum delay of Node's timers; a longer one would fire immediately. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The system clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    if (delayMs <= MAX_DELAY_MS) {
      const timer = setTimeout(run, delayMs).unref();
      return () => clearTimeout(timer);
    }
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const next = leftMs > MAX_DELAY_MS ? () => arm(leftMs - MAX_DELAY_MS) : run;
      timer = setTimeout(next, Math.min(leftMs, MAX_DELAY_MS)).unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn(run) {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  },
  // Runtimes other than Node.js do not all measure it.
  idle: () => (performance as Partial<typeof nodePerformance>).nodeTiming?.idleTime ?? 0,
};
