import type { Clock } from "../platform/clock.js";

/**
 * Time that requests of all clients can take in one turn of the event loop, in milliseconds. Node accepts one TCP
 * connection a turn, so longer turns would make new clients wait, and those that are served too.
 */
const TURN_MS = 1;

/** A client whose requests are scheduled, such as a connection. */
export interface RequestHandler<Request> {
  handle(request: Request): void;
  /** Requests wait for a later turn, or none does any more. If possible, no more should be read meanwhile. */
  onWaiting(areWaiting: boolean): void;
}

/**
 * Decides when requests are handled: immediately, until those of this turn of the event loop have taken a millisecond; further
 * ones wait for the next turn. There, each client gets one request handled after the other, so that one that has sent a
 * thousand does not delay the others.
 */
export class RequestScheduler<Request> {
  readonly #clock: Clock;
  /** The waiting requests by client, and the client whose turn is next first. No list is empty. */
  readonly #waiting = new Map<RequestHandler<Request>, Request[]>();
  #isArmed = false;
  #turnStartedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Handles a request of a client, now or after its earlier ones in a later turn. */
  schedule(handler: RequestHandler<Request>, request: Request): void {
    const requests = this.#waiting.get(handler);
    if (requests !== undefined) requests.push(request);
    else if (this.#waiting.size === 0 && this.#hasTime()) handler.handle(request);
    else {
      this.#waiting.set(handler, [request]);
      handler.onWaiting(true);
    }
  }

  /** Drops the waiting requests of a client that leaves. */
  drop(handler: RequestHandler<Request>): void {
    this.#waiting.delete(handler);
  }

  #hasTime(): boolean {
    const now = this.#clock.monotonic();
    if (!this.#isArmed) {
      this.#turnStartedAt = now;
      this.#arm();
    }
    return now - this.#turnStartedAt < TURN_MS;
  }

  #arm(): void {
    this.#isArmed = true;
    this.#clock.endOfTurn(this.#handleWaiting);
  }

  readonly #handleWaiting = (): void => {
    this.#isArmed = false;
    if (this.#waiting.size > 0) this.#handleNext();
  };

  readonly #handleNext = (): void => {
    const [next] = this.#waiting;
    if (next === undefined || !this.#hasTime()) return;
    const [handler, requests] = next;
    const request = requests.shift() as Request;
    this.#waiting.delete(handler);
    if (requests.length > 0) this.#waiting.set(handler, requests);
    handler.handle(request);
    // Resuming can deliver the next request immediately.
    if (requests.length === 0) handler.onWaiting(false);
    // The asynchronous parts of a request count too: they are mostly microtasks.
    queueMicrotask(this.#handleNext);
  };
}
