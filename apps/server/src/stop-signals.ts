import type { Clock } from "@trading/ws-server";

/**
 * Signals that follow the first one within this time are duplicates: Ctrl-C reaches this process from the terminal and
 * again from npm.
 */
const DUPLICATE_MS = 1_000;

/** The reactions to SIGINT and SIGTERM. */
export interface StopActions {
  onStop(signal: NodeJS.Signals): void;
  /** The shutdown hangs, and the operator has signalled again. */
  onAgain(): void;
}

/** SIGINT and SIGTERM: the first one stops the process, a later one ends it immediately. */
export class StopSignals {
  readonly #clock: Clock;
  readonly #actions: StopActions;
  #stoppingSince: number | undefined;

  constructor(clock: Clock, actions: StopActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  listen(): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => this.receive(signal));
  }

  receive(signal: NodeJS.Signals): void {
    if (this.#stoppingSince === undefined) {
      this.#stoppingSince = this.#clock.monotonic();
      this.#actions.onStop(signal);
    } else if (this.#clock.monotonic() - this.#stoppingSince > DUPLICATE_MS) this.#actions.onAgain();
  }
}
