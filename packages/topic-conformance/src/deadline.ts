/** Number of timers that make up a time limit. */
const STEPS = 20;

/**
 * A time limit for another process. It is measured by a row of short timers, so that time in which this process could not
 * read counts at most as one of them: otherwise a blocked event loop would find the limit exceeded although the reply
 * has arrived in time.
 */
export class Deadline {
  /** Resolves when the limit is exceeded. */
  readonly exceeded: Promise<"timeout">;
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number) {
    this.exceeded = new Promise((resolve) => {
      const wait = (steps: number) => {
        if (steps === 0) resolve("timeout");
        else this.#timer = setTimeout(wait, limitMs / STEPS, steps - 1);
      };
      wait(STEPS);
    });
  }

  /** Stops the timer. `exceeded` never resolves then. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
