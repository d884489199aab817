import type { Clock } from "./options.js";
import type { Subscription } from "./subscription.js";

export type Verb = "subscribe" | "unsubscribe";

/** A frame that awaits its reply. */
export interface Request {
  readonly id: number;
  readonly verb: Verb;
  /** The reply's type: `bars.subscribe.response`. */
  readonly replyType: string;
  readonly subscription: Subscription;
  /** Whether its reply has been given up; it may still come. */
  overdue: boolean;
  /** Stops waiting. */
  cancel(): void;
}

/** What awaits a reply on this connection, oldest first. */
export class Requests {
  readonly #pending = new Map<number, Request>();
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: (request: Request) => void;
  #lastId = 0;

  constructor(clock: Clock, timeoutMs: number, onTimeout: (request: Request) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /** Whether no reply is waited for. */
  get idle(): boolean {
    for (const { overdue } of this.#pending.values()) if (!overdue) return false;
    return true;
  }

  /** Whose requests are unanswered, each once, oldest first. */
  get subscriptions(): Set<Subscription> {
    return new Set(Array.from(this.#pending.values(), ({ subscription }) => subscription));
  }

  /** Registers a request, and gives the id to send it with. */
  add(verb: Verb, subscription: Subscription): number {
    this.#lastId += 1;
    const replyType = `${subscription.route.name}.${verb}.response`;
    const request: Request = { id: this.#lastId, verb, replyType, subscription, overdue: false, cancel: () => {} };
    this.#pending.set(request.id, request);
    if (this.#timeoutMs > 0) {
      // It stays pending: were it dropped, a late reply without `id` would be taken for the answer to the next request.
      request.cancel = this.#clock.after(this.#timeoutMs, () => {
        request.overdue = true;
        this.#onTimeout(request);
      });
    }
    return request.id;
  }

  /** The request that a reply answers: by `id`, or, where the server echoes none, the oldest of the reply's type. */
  take(replyType: string, id: unknown): Request | undefined {
    const request = id === undefined || id === null ? this.#oldest(replyType) : this.#pending.get(id as number);
    if (request?.replyType !== replyType) return undefined;
    this.#forget(request);
    return request;
  }

  /** The connection is gone, and with it every reply. */
  clear(): void {
    for (const request of this.#pending.values()) this.#forget(request);
  }

  #oldest(replyType: string): Request | undefined {
    for (const request of this.#pending.values()) if (request.replyType === replyType) return request;
    return undefined;
  }

  #forget(request: Request): void {
    request.cancel();
    this.#pending.delete(request.id);
  }
}
