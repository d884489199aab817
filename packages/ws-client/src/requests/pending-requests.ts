import type { Core } from "../core.js";
import type { Subscription } from "../subscriptions/subscription.js";

/** Who waits for a reply. */
export interface Waiter {
  /** What it asks about, where that is a topic. */
  readonly subscription?: Subscription;
  /** A refusal has the status `error`. */
  replied(payload: Readonly<Record<string, unknown>>): void;
  /** There is no reply, and why: its time is over, or the connection. */
  failed(code: "no_reply" | "connection_lost"): void;
}

/** A frame that awaits its reply. */
interface Request {
  readonly id: unknown;
  /** Of the request: `bars.subscribe`. */
  readonly type: string;
  readonly waiter: Waiter;
  /** Whether its reply has been given up; it may still come. */
  isOverdue: boolean;
  /** Stops waiting. */
  cancel(): void;
}

/** What awaits a reply on this connection, oldest first. */
export class Requests {
  readonly #core: Core;
  readonly #pending = new Map<unknown, Request>();
  #lastId = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Whose replies are waited for, each topic once, oldest first. @param andOverdue also of those given up */
  subscriptions(andOverdue: boolean): Subscription[] {
    const found = new Set<Subscription>();
    for (const { isOverdue, waiter } of this.#pending.values()) {
      if (waiter.subscription && (andOverdue || !isOverdue)) found.add(waiter.subscription);
    }
    return [...found];
  }

  /**
   * Registers a request, and gives the id to send it with.
   *
   * @param timeoutMs 0 = for ever
   */
  add(type: string, timeoutMs: number, waiter: Waiter, id: unknown = ++this.#lastId): unknown {
    const request: Request = { id, type, waiter, isOverdue: false, cancel: () => {} };
    this.#pending.set(id, request);
    if (timeoutMs > 0) {
      // It stays pending: were it dropped, a late reply without `id` would be taken for the answer to the next request.
      request.cancel = this.#core.settings.clock.after(timeoutMs, () => {
        request.isOverdue = true;
        waiter.failed("no_reply");
      });
    }
    return id;
  }

  /**
   * Who waits for a reply: by `id`, or, where the server echoes none, the oldest of its type.
   *
   * @param type the request's; undefined where the server refused a frame as such
   */
  take(type: string | undefined, id: unknown): Waiter | undefined {
    for (const request of this.#pending.values()) {
      if ((id === undefined || request.id === id) && (type === undefined || request.type === type)) {
        return this.#forget(request);
      }
    }
    return undefined;
  }

  /** The connection is gone, and with it every reply. */
  clear(): void {
    for (const request of [...this.#pending.values()]) this.#forget(request).failed("connection_lost");
  }

  #forget(request: Request): Waiter {
    request.cancel();
    this.#pending.delete(request.id);
    return request.waiter;
  }
}
