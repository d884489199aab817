import type { ClientError } from "./errors.js";
import type { Clock } from "./options.js";
import type { Subscription } from "./subscription.js";

/** Who waits for a reply. */
export interface Waiter {
  /** What it asks about, where that is a topic. */
  readonly subscription?: Subscription;
  replied(payload: Readonly<Record<string, unknown>>): void;
  /** There is no reply, and why: its time is over, or the connection. */
  failed(code: "no_reply" | "connection_lost"): void;
  /** The server refused the frame itself. */
  refused(error: ClientError): void;
}

/** A frame that awaits its reply. */
interface Request {
  readonly id: number | string;
  /** The reply's type: `bars.subscribe.response`. */
  readonly replyType: string;
  readonly waiter: Waiter;
  /** Whether its reply has been given up; it may still come. */
  isOverdue: boolean;
  /** Stops waiting. */
  cancel(): void;
}

/** What awaits a reply on this connection, oldest first. */
export class Requests {
  readonly #pending = new Map<number | string, Request>();
  readonly #clock: Clock;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Whether no reply about a topic is waited for. */
  get isIdle(): boolean {
    for (const { isOverdue, waiter } of this.#pending.values()) if (!isOverdue && waiter.subscription) return false;
    return true;
  }

  /** Whose requests are unanswered, each once, oldest first. */
  get subscriptions(): Set<Subscription> {
    return new Set(Array.from(this.#pending.values(), ({ waiter }) => waiter.subscription).filter((one) => !!one));
  }

  /**
   * Registers a request, and gives the id to send it with.
   *
   * @param timeoutMs 0 = for ever
   */
  add(type: string, timeoutMs: number, waiter: Waiter, id: number | string = ++this.#lastId): number | string {
    const request: Request = { id, replyType: `${type}.response`, waiter, isOverdue: false, cancel: () => {} };
    this.#pending.set(id, request);
    if (timeoutMs > 0) {
      // It stays pending: were it dropped, a late reply without `id` would be taken for the answer to the next request.
      request.cancel = this.#clock.after(timeoutMs, () => {
        request.isOverdue = true;
        waiter.failed("no_reply");
      });
    }
    return id;
  }

  /** Who waits for a reply: by `id`, or, where the server echoes none, the oldest of the reply's type. */
  take(replyType: string, id: unknown): Waiter | undefined {
    const request = id === undefined || id === null ? this.#oldest(replyType) : this.#pending.get(id as number);
    if (request?.replyType !== replyType) return undefined;
    return this.#forget(request);
  }

  /** Whose frame had that id, whatever it asked. */
  takeById(id: unknown): Waiter | undefined {
    const request = this.#pending.get(id as number);
    return request && this.#forget(request);
  }

  /** The connection is gone, and with it every reply. */
  clear(): void {
    for (const request of [...this.#pending.values()]) this.#forget(request).failed("connection_lost");
  }

  #oldest(replyType: string): Request | undefined {
    for (const request of this.#pending.values()) if (request.replyType === replyType) return request;
    return undefined;
  }

  #forget(request: Request): Waiter {
    request.cancel();
    this.#pending.delete(request.id);
    return request.waiter;
  }
}
