import type { Logger } from "../platform/logger.js";
import type { ClosedEvent, Observer, OperationEvent } from "./observer.js";

/** All observers of a server as one; what one of them throws is logged and reaches nobody else. */
export class Observers implements Required<Pick<Observer, "operation" | "closed">> {
  readonly #observers: readonly Observer[];
  readonly #logger: Logger;

  constructor(observers: readonly Observer[], logger: Logger) {
    this.#observers = observers;
    this.#logger = logger;
  }

  operation(event: OperationEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.operation?.(event));
  }

  closed(event: ClosedEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.closed?.(event));
  }

  #isolate(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#logger.error("An observer failed", { error });
    }
  }
}
