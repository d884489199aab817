import { StoreError } from "./store.js";

/** Maximum number of reads that wait; more are rejected. */
const MAX_WAITING = 1_000;

/** Limits the number of concurrent reads, so that they leave the store and the event loop to commits. */
export class ReadQueue {
  readonly #maxRunning: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param maxRunning maximum number of concurrent reads */
  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /**
   * Runs a read when it is its turn.
   *
   * @param isUrgent whether it precedes the waiting reads; it is never rejected then
   * @throws StoreError `too_many_reads` if too many wait
   */
  async run<Result>(read: () => Promise<Result>, isUrgent = false): Promise<Result> {
    if (this.#running >= this.#maxRunning) {
      if (!isUrgent && this.#waiting.length >= MAX_WAITING) {
        throw new StoreError("too_many_reads", `More than ${MAX_WAITING} reads of the store are waiting.`);
      }
      // The read that ends leaves its place to this one.
      await new Promise<void>((resolve) => (isUrgent ? this.#waiting.unshift(resolve) : this.#waiting.push(resolve)));
    } else {
      this.#running++;
    }
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
