/** Where latency comes from. Tests pass one they turn by hand; those of the engine and of the client fit as well. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after so long, never synchronously, unless the function it returns is called before. */
  after(delayMs: number, run: () => void): () => void;
}

/** The computer's own clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
