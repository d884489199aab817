import { ManualClock } from "../../src/testing/index.js";

/** The clock of a process that can block its event loop: timers that are due during a stall fire late, at its end. */
export class BusyClock extends ManualClock {
  #late: (() => void)[] | undefined;

  override after(delayMs: number, run: () => void): () => void {
    return super.after(delayMs, () => {
      if (this.#late === undefined) run();
      else this.#late.push(run);
    });
  }

  stall(ms: number): void {
    const late: (() => void)[] = [];
    this.#late = late;
    this.advance(ms);
    this.#late = undefined;
    for (const run of late) run();
  }
}
