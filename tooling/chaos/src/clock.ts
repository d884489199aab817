/** The clock that delays use. Tests pass a manual one; the clocks of the engine and of the client are compatible. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`, never synchronously. Returns a function that cancels the call. */
  after(delayMs: number, run: () => void): () => void;
}

/** The system clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
