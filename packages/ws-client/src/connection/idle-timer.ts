import type { Settings } from "../options.js";
import { afterLimit } from "../timers.js";

/** Disconnects a client that has had no topic and no request for the time of the option `idleTimeoutMs`. */
export class IdleTimer {
  readonly #settings: Settings;
  readonly #isIdle: () => boolean;
  readonly #disconnect: () => void;
  #cancel: (() => void) | undefined;

  /** @param isIdle returns whether the client connects, but has no topic and no request */
  constructor(settings: Settings, isIdle: () => boolean, disconnect: () => void) {
    this.#settings = settings;
    this.#isIdle = isIdle;
    this.#disconnect = disconnect;
  }

  /** Starts or stops the timer. Call it when a topic or a request is added or removed, and when the client connects. */
  update(): void {
    const { clock, idleTimeoutMs } = this.#settings;
    if (!this.#isIdle()) this.stop();
    else {
      this.#cancel ??= afterLimit(clock, idleTimeoutMs, () => {
        this.stop();
        // mutant: disconnect-idle
        this.#disconnect();
      });
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
