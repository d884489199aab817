import { ManualClock } from "../../../src/testing/index.js";

/** More microtasks than anything in the engine needs between two events. */
const MICROTASKS = 24;

/**
 * Runs a simulation on a manual clock. Promises settle after each event that may have resolved one, before the next event: those
 * events call `touch`.
 */
export class Scheduler {
  readonly clock = new ManualClock();
  #isTouched = false;
  /** Whether promises settle after every event. */
  readonly #isPatient: boolean;
  events = 0;

  constructor({ isPatient = false } = {}) {
    this.#isPatient = isPatient;
  }

  get now(): number {
    return this.clock.monotonic();
  }

  after(ms: number, run: () => void): () => void {
    return this.clock.after(ms, run);
  }

  readonly touch = (): void => {
    this.#isTouched = true;
  };

  /** Runs everything that is due within a time. */
  async run(ms: number): Promise<void> {
    const { clock } = this;
    const end = clock.monotonic() + ms;
    await this.#settle();
    while (clock.dueAt <= end) {
      this.events++;
      clock.advance(Math.max(0, clock.dueAt - clock.monotonic()));
      if (this.#isTouched || this.#isPatient) await this.#settle();
    }
    clock.advance(Math.max(0, end - clock.monotonic()));
  }

  async #settle(): Promise<void> {
    this.#isTouched = false;
    for (let turn = 0; turn < MICROTASKS; turn++) await undefined;
  }
}
