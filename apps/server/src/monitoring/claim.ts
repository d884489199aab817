/** A request that one of two threads takes: the main thread to carry it out, or the other one to refuse it. */
export class Claim {
  readonly memory: SharedArrayBuffer;

  /** @param memory of a claim in another thread. @default a new one */
  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
  }

  /** @returns whether the other thread has not taken it before */
  take(): boolean {
    return Atomics.compareExchange(new Int32Array(this.memory), 0, 0, 1) === 0;
  }
}
