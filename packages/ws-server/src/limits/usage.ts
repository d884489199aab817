import { TokenBucket } from "../connection/rate-limit.js";
import { RequestGroup } from "../connection/request-scheduler.js";
import type { ClientRequest } from "../connection/socket.js";
import type { Clock } from "../platform/clock.js";
import type { ClientLimits, LimitScope } from "./client-limits.js";

/** A subscription, as far as its cost is concerned. */
export interface Counted {
  readonly topic: string;
  readonly run: {
    readonly history: { readonly bytes: number } | undefined;
    readonly topic: { readonly params: unknown };
  };
}

/** A limit that a further subscription would exceed. */
export interface ExceededLimit {
  readonly scope: LimitScope;
  readonly limit: "maxSubscriptions" | "maxTopicCharacters" | "maxListItems" | "maxSubscribedBytes";
  readonly maximum: number;
}

/** The usage of the connections of one scope together: one connection, or all connections of an address or a principal. */
export class Usage {
  readonly scope: LimitScope;
  /** Limits the rate of their requests. */
  readonly requests: TokenBucket;
  readonly #limits: ClientLimits;
  #subscriptions: Set<Counted> | undefined;
  #characters = 0;
  #listItems = 0;
  #requestGroup: RequestGroup<ClientRequest> | undefined;

  constructor(scope: LimitScope, limits: ClientLimits, clock: Clock) {
    this.scope = scope;
    this.#limits = limits;
    this.requests = new TokenBucket({ perSecond: limits.maxRequestsPerSecond, burst: limits.maxRequestBurst }, clock);
  }

  /** Their share of the time in which requests are handled. */
  get requestGroup(): RequestGroup<ClientRequest> {
    this.#requestGroup ??= new RequestGroup();
    return this.#requestGroup;
  }

  get subscriptions(): ReadonlySet<Counted> {
    return this.#subscriptions ?? NONE;
  }

  add(subscription: Counted): void {
    this.#subscriptions ??= new Set();
    if (this.#subscriptions.has(subscription)) return;
    this.#subscriptions.add(subscription);
    this.#characters += subscription.topic.length;
    this.#listItems += listItemsOf(subscription.run.topic.params);
  }

  remove(subscription: Counted): void {
    if (!this.#subscriptions?.delete(subscription)) return;
    this.#characters -= subscription.topic.length;
    this.#listItems -= listItemsOf(subscription.run.topic.params);
  }

  /** Returns the limit that a subscription to a topic would exceed; undefined if none. */
  exceededBy(topic: { readonly name: string; readonly params: unknown }): ExceededLimit | undefined {
    return (
      this.#excess("maxSubscriptions", this.subscriptions.size + 1) ??
      this.#excess("maxTopicCharacters", this.#characters + topic.name.length) ??
      this.#excess("maxListItems", this.#listItems + listItemsOf(topic.params)) ??
      // A further topic retains something.
      this.#excess("maxSubscribedBytes", this.#subscribedBytes() + 1)
    );
  }

  #excess(limit: ExceededLimit["limit"], wanted: number): ExceededLimit | undefined {
    const maximum = this.#limits[limit];
    return maximum > 0 && wanted > maximum ? { scope: this.scope, limit, maximum } : undefined;
  }

  /** Returns the memory of the subscribed topics; 0 if it is not limited, because there can be a million of them. */
  #subscribedBytes(): number {
    let sum = 0;
    if (this.#limits.maxSubscribedBytes === 0) return sum;
    for (const { run } of this.subscriptions) sum += run.history?.bytes ?? 0;
    return sum;
  }
}

/** Returns the number of items in the lists of a topic's parameters. */
function listItemsOf(params: unknown): number {
  let items = 0;
  // Without the array of `Object.values`: this runs several times for each request.
  for (const name in params as Record<string, unknown> | undefined) {
    const value = (params as Record<string, unknown>)[name];
    if (Array.isArray(value)) items += value.length;
  }
  return items;
}

const NONE: ReadonlySet<Counted> = new Set();
