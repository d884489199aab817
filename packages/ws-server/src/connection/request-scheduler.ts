import type { Clock } from "../platform/clock.js";
import { Flow, FlowQueue } from "./flow-queue.js";

/**
 * Time that requests of all clients can take in one turn of the event loop, in milliseconds. Node accepts one TCP
 * connection a turn, so longer turns would make new clients wait, and those that are served too.
 */
const TURN_MS = 1;

/**
 * Maximum time that the requests of a quantum count for, in milliseconds. A longer one is often a pause of the process, such as a garbage
 * collection, and not the client's use.
 */
const MAX_COUNTED_MS = 1;

/**
 * Time that a client's waiting requests can take before it is the turn of another one, in milliseconds: their replies leave in
 * one write, and the queues of waiting clients change less often. It is short, because a client with one request waits for it.
 */
const QUANTUM_MS = 0.1;

/** One quantum in this number is that of the client that has waited longest, so that new clients cannot always be first. */
const QUANTA_PER_OLDEST = 8;

/** A client whose requests are scheduled, such as a connection. */
export interface RequestHandler<Request> {
  readonly flow: Flow;
  /** The group whose clients share the time of one, such as the connections of an address. It can change, as by a login. */
  readonly group: RequestGroup<Request>;
  /** @param startedAt when this began, in milliseconds of the scheduler's clock */
  handle(request: Request, startedAt: number): void;
  /** Requests wait for a later turn, or none does any more. If possible, no more should be read meanwhile. */
  onWaiting(areWaiting: boolean): void;
}

/** A group of clients. */
export class RequestGroup<Request> {
  readonly flow = new Flow();
  /** Its waiting clients. */
  readonly clients = new FlowQueue<RequestHandler<Request>>();
}

/** The requests of a client that wait, or are handled immediately. */
interface ClientRequests<Request> {
  /** Empty only while the last one is handled. */
  readonly requests: Request[];
  readonly group: RequestGroup<Request>;
}

/**
 * Decides when requests are handled: immediately, until those of this turn of the event loop have taken a millisecond; further
 * ones wait for the next turn. There, the time is shared fairly between groups of clients, and within a group between its
 * clients: by the time that their requests take, so that one that sends little does not wait for those that send much.
 */
export class RequestScheduler<Request> {
  readonly #clock: Clock;
  readonly #onHandled: () => void;
  /** The waiting clients; the one that has waited longest comes first. */
  readonly #waiting = new Map<RequestHandler<Request>, ClientRequests<Request>>();
  readonly #groups = new FlowQueue<RequestGroup<Request>>();
  #isArmed = false;
  #turnStartedAt = 0;
  /** Number of quanta of waiting clients. */
  #quanta = 0;

  /** @param onHandled called when waiting requests of a turn have been handled, after their microtasks. @default nothing */
  constructor(clock: Clock, onHandled = () => {}) {
    this.#clock = clock;
    this.#onHandled = onHandled;
  }

  /** Handles a request of a client, now or after its earlier ones in a later turn. */
  schedule(handler: RequestHandler<Request>, request: Request): void {
    const waiting = this.#waiting.get(handler);
    if (waiting !== undefined) {
      waiting.requests.push(request);
      return;
    }
    const now = this.#clock.monotonic();
    if (this.#waiting.size === 0 && this.#hasTime(now)) {
      this.#handle(handler, { requests: [request], group: handler.group }, now);
      return;
    }
    this.#wait(handler, [request]);
    handler.onWaiting(true);
  }

  /** Drops the waiting requests of a client that leaves. */
  drop(handler: RequestHandler<Request>): void {
    const group = this.#waiting.get(handler)?.group;
    if (group === undefined) return;
    this.#waiting.delete(handler);
    group.clients.delete(handler);
    if (group.clients.size === 0) this.#groups.delete(group);
  }

  #hasTime(now: number): boolean {
    if (!this.#isArmed) {
      this.#turnStartedAt = now;
      this.#isArmed = true;
      this.#clock.endOfTurn(this.#handleWaiting);
    }
    return now - this.#turnStartedAt < TURN_MS;
  }

  #wait(handler: RequestHandler<Request>, requests: Request[]): void {
    const { group } = handler;
    this.#waiting.set(handler, { requests, group });
    group.clients.add(handler);
    this.#groups.add(group);
  }

  /** Handles requests of a client until they have taken a quantum, at least one. */
  #handle(handler: RequestHandler<Request>, own: ClientRequests<Request>, startedAt: number): void {
    const { requests, group } = own;
    this.#groups.start(group);
    group.clients.start(handler);
    const isPresent = () => this.#waiting.get(handler) === own;
    let handled = 0;
    let tookMs = 0;
    do {
      handler.handle(requests.shift() as Request, startedAt + tookMs);
      handled++;
      tookMs = this.#clock.monotonic() - startedAt;
    } while (/* mutant: handle-quantum */ tookMs < QUANTUM_MS && requests.length > 0 && isPresent());
    const durationMs = Math.min(tookMs, MAX_COUNTED_MS);
    // mutant: share-between-groups
    this.#groups.finish(group, durationMs, handled);
    // mutant: share-within-group
    group.clients.finish(handler, durationMs, handled);
  }

  readonly #handleWaiting = (): void => {
    this.#isArmed = false;
    if (this.#waiting.size > 0) this.#handleNext();
  };

  readonly #handleNext = (): void => {
    const now = this.#clock.monotonic();
    if (this.#waiting.size === 0 || !this.#hasTime(now)) {
      // mutant: write-in-the-same-turn
      process.nextTick(this.#onHandled);
      return;
    }
    const handler = this.#next();
    const waiting = this.#waiting.get(handler) as ClientRequests<Request>;
    this.#handle(handler, waiting, now);
    const { requests, group } = waiting;
    // Unless the client has left during its request.
    if (this.#waiting.get(handler) === waiting) {
      this.#waiting.delete(handler);
      if (requests.length > 0) this.#wait(handler, requests);
      // Resuming can deliver the next request immediately.
      else handler.onWaiting(false);
    }
    if (group.clients.size > 0) this.#groups.add(group);
    // The asynchronous parts of requests count too: they are mostly microtasks.
    queueMicrotask(this.#handleNext);
  };

  /** Returns the client whose request is next. */
  #next(): RequestHandler<Request> {
    // mutant: handle-oldest
    const isOldest = ++this.#quanta % QUANTA_PER_OLDEST === 0;
    const [oldest] = isOldest ? this.#waiting.keys() : [];
    return oldest ?? (this.#groups.next?.clients.next as RequestHandler<Request>);
  }
}
