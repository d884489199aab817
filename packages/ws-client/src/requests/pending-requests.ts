import { afterLimit, type Clock } from "../timers.js";

/** The callbacks for the reply to a request. */
export interface ReplyHandler {
  /** A reply arrived. A refusal has the status `error`. */
  replied(payload: Readonly<Record<string, unknown>>): void;
  /** No reply arrived in time, or the connection was lost. A late reply may follow `no_reply`. */
  failed(code: "no_reply" | "connection_lost"): void;
}

interface PendingRequest {
  readonly id: unknown;
  /** The type of the request: `bars.subscribe`. */
  readonly type: string;
  readonly replyHandler: ReplyHandler;
  cancelTimeout(): void;
}

/** The requests that wait for a reply on this connection, oldest first. */
export class PendingRequests extends Map<unknown, PendingRequest> {
  readonly #clock: Clock;
  #lastId = 0;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  /**
   * Registers a request, and returns the id to send it with.
   *
   * @param timeoutMs 0 = no timeout
   */
  addRequest(type: string, timeoutMs: number, replyHandler: ReplyHandler, id: unknown = ++this.#lastId): unknown {
    // A request stays pending after its timeout: a late reply without an id would otherwise be matched to the next request.
    const cancelTimeout = afterLimit(this.#clock, timeoutMs, () => replyHandler.failed("no_reply"));
    this.set(id, { id, type, replyHandler, cancelTimeout });
    return id;
  }

  /**
   * Removes a request, and returns its handler: by `id`, or the oldest of its type if the server does not echo ids.
   *
   * @param type the type of the request; undefined if the server refused the frame itself
   */
  takeHandler(type: string | undefined, id: unknown): ReplyHandler | undefined {
    const named = this.get(id);
    for (const request of id === undefined ? this.values() : named ? [named] : []) {
      if (type === undefined || request.type === type) return this.#remove(request);
    }
    return undefined;
  }

  /** Fails every request: the connection is lost. */
  failAll(): void {
    for (const request of [...this.values()]) this.#remove(request).failed("connection_lost");
  }

  #remove(request: PendingRequest): ReplyHandler {
    request.cancelTimeout();
    this.delete(request.id);
    return request.replyHandler;
  }
}
