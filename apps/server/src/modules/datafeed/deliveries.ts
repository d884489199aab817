import type { Clock } from "@trading/ws-server";

/** Time that deliveries can take in one turn of the event loop, in milliseconds. */
const TURN_MS = 2;

/** A delivery that can take several turns. */
export interface Delivery {
  /** Makes the remaining calls now. */
  finish(): void;
}

/**
 * Delivers values to listeners. Those of all deliveries together take two milliseconds of a turn of the event loop; the
 * remaining ones continue in later turns, one listener of each delivery after the other. Otherwise a turn would take as
 * long as clients want, who can subscribe to thousands of topics of one symbol.
 */
export class Deliveries {
  readonly #clock: Pick<Clock, "monotonic" | "endOfTurn"> | undefined;
  /** The unfinished deliveries; the next one comes first. */
  readonly #pending = new Set<Steps>();
  #isArmed = false;
  #turnStartedAt = 0;

  /** @param clock @default none: everything is delivered immediately */
  constructor(clock?: Pick<Clock, "monotonic" | "endOfTurn">) {
    this.#clock = clock;
  }

  /**
   * Delivers to listeners in their order.
   *
   * @param deliver must not throw
   * @returns undefined if everything is delivered already
   */
  start<Listener>(listeners: readonly Listener[], deliver: (listener: Listener) => void): Delivery | undefined {
    const steps = new Steps(listeners, deliver as (listener: unknown) => void);
    while (!steps.isFinished) {
      // mutant: limit-deliveries
      if (this.#pending.size > 0 || !this.#hasTime()) return this.#defer(steps);
      steps.next();
    }
    return undefined;
  }

  #defer(steps: Steps): Delivery {
    this.#pending.add(steps);
    return {
      finish: () => {
        this.#pending.delete(steps);
        while (!steps.isFinished) steps.next();
      },
    };
  }

  #hasTime(): boolean {
    if (this.#clock === undefined) return true;
    const now = this.#clock.monotonic();
    if (!this.#isArmed) {
      this.#isArmed = true;
      this.#turnStartedAt = now;
      this.#clock.endOfTurn(this.#continue);
    }
    return now - this.#turnStartedAt < TURN_MS;
  }

  readonly #continue = (): void => {
    this.#isArmed = false;
    for (const steps of this.#pending) {
      if (!this.#hasTime()) return;
      // mutant: next-delivery
      this.#pending.delete(steps);
      steps.next();
      if (!steps.isFinished) this.#pending.add(steps);
    }
  };
}

/** The remaining calls of a delivery. */
class Steps {
  readonly #listeners: readonly unknown[];
  readonly #deliver: (listener: unknown) => void;
  #index = 0;

  constructor(listeners: readonly unknown[], deliver: (listener: unknown) => void) {
    this.#listeners = listeners;
    this.#deliver = deliver;
  }

  get isFinished(): boolean {
    return this.#index === this.#listeners.length;
  }

  next(): void {
    // A listener can end the delivery: it must not be called again.
    this.#deliver(this.#listeners[this.#index++]);
  }
}
