/**
 * Time, as the engine sees it. A test passes a manual clock and nothing sleeps.
 *
 * Guarantees asked of an implementation: `monotonic` never goes back, whatever happens to the computer's clock; `after`
 * and `endOfTurn` call `run` once, never synchronously, unless it was cancelled.
 */
export interface Clock {
  /** Unix milliseconds, as the computer's clock has it. For dates only: it may jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. For durations and deadlines. */
  monotonic(): number;
  /**
   * Runs a callback after `delayMs` milliseconds of `monotonic` (a timer may be a millisecond early, and late without
   * limit where the process was busy). @returns cancels it; calling that late or twice does nothing
   */
  after(delayMs: number, run: () => void): () => void;
  /**
   * Runs a callback at the end of this turn of the event loop, once what the network had delivered has been read.
   * @returns cancels it
   */
  endOfTurn(run: () => void): () => void;
}

/** The longest delay of Node's timers; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The computer's own clock. Its timers do not keep a process alive. */
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
};
