import type { Message } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import { type AuthServices, forbidden, isAllowed } from "../auth/authentication.js";
import { SourceError, WsServerError } from "../errors.js";
import type { ExceededLimit } from "../limits/usage.js";
import type { Observers } from "../observability/observers.js";
import type { Module, ServedTopic } from "../server/modules.js";
import type { Accepted, Subscription } from "../topics/subscription.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import { moduleOperation } from "./module-operation.js";
import type { Operation, OperationConnection, PendingReply, Reply } from "./operation.js";

/** The services that operations use. A limit of 0 is off. */
export interface OperationServices extends AuthServices {
  readonly registry: TopicRegistry;
  readonly maxTopics: number;
  /** Maximum memory of all retained updates, in bytes. */
  readonly maxRetainedBytes: number;
  readonly maxTopicLength: number;
  readonly observers: Observers;
}

/**
 * Returns the operations of modules: `{route}.subscribe` and `{route}.unsubscribe` for each route, and each operation under
 * its own name.
 */
export function operationsOf(
  modules: readonly Module[],
  subscribing: SubscribeOperations,
  services: OperationServices,
): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const { routes, operations: own = [] } of modules) {
    for (const { route, topic } of routes) {
      operations.set(`${route.name}.subscribe`, (connection, request) =>
        subscribing.subscribe(topic(request.payload), connection, request),
      );
      operations.set(`${route.name}.unsubscribe`, (connection, request) =>
        subscribing.unsubscribe(topic(request.payload), connection, request),
      );
    }
    for (const served of own) operations.set(served.operation.name, moduleOperation(served, services));
  }
  return operations;
}

/** Builds the payloads of the replies about a topic. */
export interface ReplyFormat {
  subscribed(topic: string, position: Accepted): object;
  unsubscribed(topic: string): object;
  refused(topic: string, error: WsServerError): object;
}

const STANDARD_FORMAT: ReplyFormat = {
  subscribed: (topic, position) => ({ status: "ok", message: "Subscribed", topic, ...position }),
  unsubscribed: (topic) => ({ status: "ok", message: "Unsubscribed", topic }),
  refused: (topic, { message, code, retryable }) => ({
    status: "error",
    message,
    code,
    topic,
    ...(retryable && { retryable }),
  }),
};

/** The outcome of a subscribe request; an error for the reply if it was refused. */
type Outcome = Subscription | WsServerError;

/** A subscribe request that waits for the authorizer. */
interface PendingAuthorization {
  /** Whether the client has unsubscribed in the meantime. */
  isWithdrawn: boolean;
  /** Settles once the authorizer's decision has been applied. */
  outcome?: Promise<Subscription>;
}

/** The subscribe and unsubscribe operations of all routes. */
export class SubscribeOperations {
  readonly #services: OperationServices;
  readonly #pending = new WeakMap<OperationConnection, Map<string, Set<PendingAuthorization>>>();
  /** Runs whose slow start has been logged: once per start, regardless of the number of waiting clients. */
  readonly #loggedStarts = new WeakSet<object>();

  constructor(services: OperationServices) {
    this.#services = services;
  }

  subscribe(
    topic: ServedTopic,
    connection: OperationConnection,
    request: Message,
    format: ReplyFormat = STANDARD_FORMAT,
  ): void {
    const outcome = this.#outcomeOf(connection, topic);
    const replyTo = (result: Outcome) => this.#replyTo(connection, request, topic.name, result, format);
    connection.reply(request, topic.name, outcome instanceof Promise ? outcome.then(replyTo) : replyTo(outcome));
  }

  unsubscribe(
    { name }: ServedTopic,
    connection: OperationConnection,
    request: Message,
    format: ReplyFormat = STANDARD_FORMAT,
  ): void {
    this.release(connection, name);
    const reply = { outcome: "ok", payload: format.unsubscribed(name) };
    connection.reply(request, name, { build: () => reply });
  }

  /**
   * Subscribes a connection to a topic. Returns a promise only if the authorizer or the source has to be awaited: a promise for
   * each request of a topic that runs already would be a fifth of its cost.
   */
  #outcomeOf(connection: OperationConnection, topic: ServedTopic): Outcome | Promise<Outcome> {
    const { clock, startTimeoutMs } = this.#services;
    try {
      this.#assertWithinLimits(connection, topic);
      if (topic.route.access === "private") {
        const deadline = clock.monotonic() + startTimeoutMs;
        const allowed = this.#acquireIfAllowed(connection, topic);
        return allowed.then((subscription) => this.#whenStarted(subscription, deadline)).catch(asRefusal);
      }
      const subscription = this.#acquire(connection, topic);
      if (subscription.run.isLive) return subscription;
      return this.#whenStarted(subscription, clock.monotonic() + startTimeoutMs).catch(asRefusal);
    } catch (error) {
      return asRefusal(error);
    }
  }

  /** Waits until the source of a subscription runs, at most until the deadline. @throws WsServerError for the reply */
  async #whenStarted(subscription: Subscription, deadline: number): Promise<Subscription> {
    const { clock, startTimeoutMs } = this.#services;
    if (subscription.run.isLive || startTimeoutMs === 0) await subscription.started;
    else await this.#waitForStart(subscription, deadline - clock.monotonic());
    return subscription;
  }

  /** Ends a connection's subscription to a topic, also while it waits for the authorizer. */
  release(connection: OperationConnection, topic: string): void {
    // mutant: withdraw-pending
    for (const pending of this.#pending.get(connection)?.get(topic) ?? []) pending.isWithdrawn = true;
    this.#release(connection, topic);
  }

  #release(connection: OperationConnection, topic: string): void {
    const { registry } = this.#services;
    const subscription = registry.subscriptionsOf(connection).get(topic);
    if (subscription === undefined) return;
    registry.release(connection, topic);
    // mutant: discard-on-unsubscribe
    connection.sink.discard(subscription);
  }

  /** Returns the reply to a subscribe. It is built when its turn has come, from the subscription's state at that time. */
  #replyTo(
    { isCompact }: OperationConnection,
    request: Message,
    topic: string,
    outcome: Outcome,
    format: ReplyFormat,
  ): PendingReply {
    const refusal = (error: WsServerError): Reply => ({
      outcome: error.code,
      payload: format.refused(echoedTopic(topic, error), error),
    });
    if (outcome instanceof WsServerError) return { build: () => refusal(outcome) };
    return {
      build() {
        // mutant: has-ended
        if (outcome.endedBy !== undefined) return refusal(outcome.endedBy);
        const subscribed = format.subscribed(topic, outcome.accept(request.resume));
        const compact = isCompact ? outcome.run.compact : undefined;
        return { outcome: "ok", payload: compact === undefined ? subscribed : { ...subscribed, compact } };
      },
      onQueued: () => outcome.open(),
    };
  }

  #assertWithinLimits(connection: OperationConnection, topic: ServedTopic): void {
    const { name } = topic;
    const { registry, maxTopicLength, observers } = this.#services;
    if (maxTopicLength > 0 && name.length > maxTopicLength) {
      const message = `The topic has ${name.length} characters, the maximum is ${maxTopicLength}: request less in one topic`;
      throw new WsServerError("topic_too_long", message);
    }
    if (registry.subscriptionsOf(connection).has(name)) return;
    for (const usage of connection.usages) {
      const exceeded = usage.exceededBy(topic);
      if (exceeded === undefined) continue;
      observers.limitReached({ limit: `${exceeded.scope} ${exceeded.limit}` });
      throw new WsServerError("too_many_subscriptions", explain(exceeded));
    }
  }

  /** Call this only after authorization: whether a topic is running must not be disclosed to other clients. */
  #acquire(connection: OperationConnection, topic: ServedTopic): Subscription {
    const { registry, observers } = this.#services;
    const limit = registry.has(topic.name) ? undefined : registry.makeRoom(this.#services);
    if (limit === undefined) return registry.acquire(connection, topic);
    observers.limitReached({ limit });
    throw new WsServerError("too_many_topics", TOO_MANY_TOPICS[limit], { retryable: true });
  }

  /**
   * Asks the authorizer, then subscribes. Several requests for one topic are authorized concurrently, but the decisions
   * are applied in the order of the requests. The replies have the same order, so each reply describes the state at its
   * position in that order.
   */
  async #acquireIfAllowed(connection: OperationConnection, topic: ServedTopic): Promise<Subscription> {
    const byTopic = this.#pending.get(connection) ?? new Map<string, Set<PendingAuthorization>>();
    this.#pending.set(connection, byTopic);
    const ofTopic = byTopic.get(topic.name) ?? new Set();
    const before = [...ofTopic].findLast(({ isWithdrawn }) => !isWithdrawn)?.outcome;
    const pending: PendingAuthorization = { isWithdrawn: false };
    byTopic.set(topic.name, ofTopic.add(pending));
    pending.outcome = this.#authorize(connection, topic, pending, before).finally(() => {
      ofTopic.delete(pending);
      if (ofTopic.size === 0) byTopic.delete(topic.name);
    });
    return pending.outcome;
  }

  /**
   * An unsubscribe or a disconnect during authorization cancels the subscribe, so there must be no `await` between the
   * last check and the subscription.
   */
  async #authorize(
    connection: OperationConnection,
    topic: ServedTopic,
    pending: PendingAuthorization,
    before: Promise<unknown> | undefined,
  ): Promise<Subscription> {
    const { name, route, params } = topic;
    let principal: Principal | undefined;
    let authorizationVersion: number;
    let allowed: boolean;
    do {
      ({ principal, authorizationVersion } = connection);
      allowed = await isAllowed(this.#services, principal, route, params);
      // mutant: await-earlier-decision
      await before?.catch(() => {});
      // A login or `reauthorize` in the meantime invalidates the decision.
    } while (connection.authorizationVersion !== authorizationVersion && connection.isOpen);
    if (pending.isWithdrawn || !connection.isOpen) {
      throw new WsServerError("unsubscribed", "Unsubscribed before the subscription was authorized");
    }
    // mutant: is-forbidden
    if (!allowed) {
      // Other pending requests for this topic get their own decisions.
      this.#release(connection, name);
      throw forbidden(principal);
    }
    this.#assertWithinLimits(connection, topic);
    return this.#acquire(connection, topic);
  }

  /** Waits for a source to start. After the time limit, counted from the request, the source counts as unavailable. */
  async #waitForStart(subscription: Subscription, leftMs: number): Promise<void> {
    const { clock, logger, registry, startTimeoutMs } = this.#services;
    const { run, topic } = subscription;
    let cancel = () => {};
    const onLate = () => {
      if (run.isQueued) {
        cancel = clock.after(startTimeoutMs, onLate);
        return;
      }
      if (!this.#loggedStarts.has(run)) logger.warn("createTopic takes too long", { topic, waitedMs: startTimeoutMs });
      this.#loggedStarts.add(run);
      const message = "The source did not start in time";
      registry.abandon(subscription, new SourceError("source_unavailable", message, { retryable: true }));
    };
    cancel = clock.after(Math.max(0, leftMs), onLate);
    try {
      await subscription.started;
    } finally {
      cancel();
    }
  }
}

const TOO_MANY_TOPICS = {
  maxTopics: "The server is running its maximum number of topics: try again later",
  maxRetainedBytes: "The topics of the server use their maximum memory: try again later",
} as const;

/** Returns the message to the client whose subscription would exceed a limit. */
function explain({ scope, limit, maximum }: ExceededLimit): string {
  const owner = OWNERS[scope];
  const remedy = `unsubscribe from one first${scope === "anonymous" || scope === "address" ? ", or log in" : ""}`;
  switch (limit) {
    case "maxSubscriptions":
      return `${owner} has ${maximum} subscriptions, the maximum: ${remedy}`;
    case "maxTopicCharacters":
      return `The topics of ${owner.toLowerCase()} would exceed ${maximum} characters, the maximum: ${remedy}`;
    case "maxListItems":
      return `The lists of ${owner.toLowerCase()} would exceed ${maximum} items, the maximum: ${remedy}`;
    case "maxSubscribedBytes":
      return `The topics of ${owner.toLowerCase()} retain ${maximum} bytes, the maximum: ${remedy}`;
  }
}

const OWNERS = {
  connection: "This connection",
  anonymous: "This connection",
  address: "Your address",
  principal: "Your user",
} as const;

/** Returns an error for the reply. @throws any other error, which is internal */
function asRefusal(error: unknown): WsServerError {
  if (error instanceof WsServerError) return error;
  throw error;
}

/** Returns the topic for a reply. A topic that is too long to subscribe to is too long to repeat. */
function echoedTopic(topic: string, { code }: WsServerError): string {
  return code === "topic_too_long" ? "" : topic;
}
