import { ClientError } from "./errors.js";
import type { TapEvent } from "./inspection.js";
import { type Stop, stopping } from "./stop.js";
import { text } from "./text.js";
import type { Clock } from "./timers.js";

/** Maximum number of errors that are reported within a second: a server can cause one with every frame. */
const MAX_ERRORS = 100;

/** Reports events and errors to the application. Every part of a client may use it; it depends on none of them. */
export class Reporter {
  readonly #onError: (error: ClientError) => void;
  readonly #clock: Clock;
  /** The start of the second whose errors are counted. */
  #since = 0;
  #errors = 0;
  readonly #taps = new Set<{ readonly listener: (event: TapEvent) => void }>();

  constructor({ onError, clock }: { readonly onError: (error: ClientError) => void; readonly clock: Clock }) {
    this.#onError = onError;
    this.#clock = clock;
  }

  tap(listener: (event: TapEvent) => void): Stop {
    // A wrapper per call: a function that is added twice is called twice, and each call of `tap` is undone separately.
    const tap = { listener };
    this.#taps.add(tap);
    return stopping(() => this.#taps.delete(tap));
  }

  /** Calls the taps. Never throws. */
  emit(event: TapEvent): void {
    for (const { listener } of [...this.#taps]) {
      try {
        listener(event);
      } catch (cause) {
        // Reporting an error that was thrown while an error is reported would recurse.
        if (event.kind === "error") console.error(cause);
        else {
          this.guard("listener_failed", "A listener of the client", () => {
            throw cause;
          });
        }
      }
    }
  }

  /** Passes an error to the taps and to the option `onError`, at most a hundred in a second. Never throws. */
  report(input: ClientError): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= 1_000) {
      this.#since = now;
      this.#errors = 0;
    }
    // mutant: limit-errors
    if (++this.#errors > MAX_ERRORS + 1) return;
    const error =
      this.#errors > MAX_ERRORS
        ? new ClientError("overflow", text`More than ${MAX_ERRORS} errors in a second are not reported`)
        : input;
    this.emit({ kind: "error", error });
    try {
      this.#onError(error);
    } catch (cause) {
      console.error(cause);
    }
  }

  /** Calls application code, and reports what it throws with this code. @param source its name in the error's message */
  guard(code: ClientError["code"], source: string, call: () => void, topic?: string): void {
    // mutant: isolate-callback
    try {
      call();
    } catch (cause) {
      this.report(new ClientError(code, text`${source} threw: ${cause}`, { cause, topic }));
    }
  }

  /** Removes the taps. */
  clear(): void {
    this.#taps.clear();
  }
}
