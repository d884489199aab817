import { WireFailure } from "./scenario.js";

/** Waits for conditions that events make true, with a time limit. */
export class Waiter {
  #wakes = new Set<() => void>();

  /** Checks the conditions again. Call it after each event. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  /** @throws WireFailure if the condition does not become true in time */
  async until(wanted: string, timeoutMs: number, isTrue: () => boolean): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isTrue()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new WireFailure(wanted, `nothing within ${timeoutMs} ms`);
      let timer: NodeJS.Timeout | undefined;
      let wake = () => {};
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#wakes.add(wake);
        timer = setTimeout(resolve, leftMs);
      });
      clearTimeout(timer);
      this.#wakes.delete(wake);
    }
  }
}
