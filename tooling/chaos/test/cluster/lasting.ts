/** Faults that last: each ends after its time, or earlier when the plan needs that. */
export class Lasting {
  readonly #ends = new Set<() => Promise<void>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError called with what the end of a fault throws */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /**
   * Begins a fault.
   *
   * @param ms the time after which it ends by itself
   * @param end called once
   * @returns ends it, or waits for its end
   */
  begin(ms: number, end: () => unknown): () => Promise<void> {
    let ending: Promise<void> | undefined;
    const run = async () => {
      clearTimeout(timer);
      try {
        await end();
      } catch (error) {
        this.#onError(error);
      }
      this.#ends.delete(endOnce);
    };
    const endOnce = () => (ending ??= run());
    const timer = setTimeout(endOnce, ms);
    this.#ends.add(endOnce);
    return endOnce;
  }

  /** Ends all, also those that begin meanwhile. */
  async endAll(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(Array.from(this.#ends, (end) => end()));
  }
}
