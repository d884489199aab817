/** Interval of the beats, in milliseconds. */
const INTERVAL_MS = 500;

/**
 * The time of an event loop's last turn, in memory that another thread can read while the loop is blocked. Its timer is the
 * system's, because it measures the loop itself.
 */
export class LoopBeat {
  /** Pass it to the other thread. */
  readonly memory: SharedArrayBuffer;
  /** Nanoseconds of the system's monotonic clock, which all threads share. */
  readonly #beat: BigInt64Array;

  /** @param memory of a beat in another thread. @default a new one */
  constructor(memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#beat = new BigInt64Array(memory);
  }

  /** Measures the loop of this thread from now on. @returns stops it */
  start(): () => void {
    const beat = () => void Atomics.store(this.#beat, 0, process.hrtime.bigint());
    beat();
    const timer = setInterval(beat, INTERVAL_MS).unref();
    return () => clearInterval(timer);
  }

  /** Returns for how many milliseconds the measured loop has not turned; 0 while it is on time. */
  blockedMs(): number {
    const sinceMs = Number(process.hrtime.bigint() - Atomics.load(this.#beat, 0)) / 1e6;
    return Math.max(0, Math.round(sinceMs - INTERVAL_MS));
  }
}
