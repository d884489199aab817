import type { Logger } from "../platform/logger.js";
import type {
  ClosedEvent,
  LimitEvent,
  LoginEvent,
  Observer,
  OperationEvent,
  RefusedHandshakeEvent,
  RefusedLoginEvent,
} from "./observer.js";

/** Forwards events to all observers of a server. An error of one of them is logged and does not affect the others. */
export class Observers implements Required<Observer> {
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

  limitReached(event: LimitEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.limitReached?.(event));
  }

  handshakeRefused(event: RefusedHandshakeEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.handshakeRefused?.(event));
  }

  loggedIn(event: LoginEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.loggedIn?.(event));
  }

  loginRefused(event: RefusedLoginEvent): void {
    for (const observer of this.#observers) this.#isolate(() => observer.loginRefused?.(event));
  }

  #isolate(notify: () => void): void {
    try {
      notify();
    } catch (error) {
      // mutant: log-observer-error
      this.#logger.error("An observer failed", { error });
    }
  }
}
