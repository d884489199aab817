import type { Message } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import { type AuthServices, forbidden, isAllowed } from "../auth/authentication.js";
import { SourceError, WsServerError } from "../errors.js";
import type { Module, ServedOperation, ServedTopic } from "../server/modules.js";
import type { Accepted, Subscription } from "../topics/subscription.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { TopicRun } from "../topics/topic-run.js";
import type { Connection, PendingReply, Reply } from "./connection.js";

/**
 * Does what a request asks. Throws a `TopicError` where the request is not of its schema.
 */
export type Operation = (connection: Connection, request: Message) => void;

/** What a client may send, by message type. */
export type Operations = ReadonlyMap<string, Operation>;

/** What operations need of their surroundings. Limits of 0 are none. */
export interface OperationServices extends AuthServices {
  readonly registry: TopicRegistry;
  readonly maxSubscriptions: number;
  readonly maxTopics: number;
  readonly maxTopicLength: number;
}

/**
 * A route and its source become `{route}.subscribe` and `{route}.unsubscribe`; `{route}.update` is the engine's own. An
 * operation of a module is itself.
 */
export function operationsOf(
  modules: readonly Module[],
  subscribing: Subscribing,
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
    for (const served of own) operations.set(served.operation.name, answering(served, services));
  }
  return operations;
}

/** A refusal that is about no topic, as the reply's payload says it. */
export function refused({ code, message, retryable }: WsServerError): Reply {
  return { outcome: code, payload: { status: "error", message, code, ...(retryable && { retryable }) } };
}

/** How the replies about a topic are worded. */
export interface ReplyFormat {
  accepted(topic: string, position: Accepted): object;
  released(topic: string): object;
  refused(topic: string, error: WsServerError): object;
}

const STANDARD_REPLIES: ReplyFormat = {
  accepted: (topic, position) => ({ status: "ok", message: "Subscribed", topic, ...position }),
  released: (topic) => ({ status: "ok", message: "Unsubscribed", topic }),
  refused: (topic, { message, code, retryable }) => ({
    status: "error",
    message,
    code,
    topic,
    ...(retryable && { retryable }),
  }),
};

/** A subscribe request that waits for the authorizer. */
interface PendingAuthorization {
  isWithdrawn: boolean;
  /** Settles once its answer has been acted on. */
  outcome?: Promise<Subscription>;
}

/** Subscribe and unsubscribe, for every route. */
export class Subscribing {
  readonly #services: OperationServices;
  readonly #pending = new WeakMap<Connection, Map<string, Set<PendingAuthorization>>>();
  /** Starts that somebody has given up: each is logged once, however many wait for it. */
  readonly #late = new WeakSet<TopicRun>();

  constructor(services: OperationServices) {
    this.#services = services;
  }

  subscribe(topic: ServedTopic, connection: Connection, request: Message, format = STANDARD_REPLIES): void {
    const held = this.acquire(connection, topic).then(
      (subscription) => subscription,
      (error: WsServerError) => error,
    );
    const answer = held.then((outcome) => this.#replyTo(topic.name, request, outcome, format));
    connection.reply(request, topic.name, answer);
  }

  unsubscribe({ name }: ServedTopic, connection: Connection, request: Message, format = STANDARD_REPLIES): void {
    this.release(connection, name);
    const reply = { outcome: "ok", payload: format.released(name) };
    connection.reply(request, name, Promise.resolve({ reply: () => reply }));
  }

  /**
   * Takes hold of a topic for a connection, once its source runs. Waits a limited time, counted from now.
   *
   * @throws WsServerError to answer with
   */
  async acquire(connection: Connection, topic: ServedTopic): Promise<Subscription> {
    const { clock, startTimeoutMs } = this.#services;
    const deadline = clock.monotonic() + startTimeoutMs;
    this.#admit(connection, topic);
    const subscription =
      topic.route.access === "private"
        ? await this.#acquireIfAllowed(connection, topic)
        : this.#acquire(connection, topic);
    if (subscription.run.isLive || startTimeoutMs === 0) await subscription.started;
    else await this.#started(subscription, deadline - clock.monotonic());
    return subscription;
  }

  /** Lets go of a topic, also where its hold is only being asked for. */
  release(connection: Connection, topic: string): void {
    for (const pending of this.#pending.get(connection)?.get(topic) ?? []) pending.isWithdrawn = true;
    this.#release(connection, topic);
  }

  #release(connection: Connection, topic: string): void {
    const { registry } = this.#services;
    const subscription = registry.subscriptionsOf(connection).get(topic);
    if (subscription === undefined) return;
    registry.release(connection, topic);
    connection.discard(subscription);
  }

  /** The reply to a subscribe. It may have waited for others, and tells what is so when its turn has come. */
  #replyTo(topic: string, request: Message, outcome: Subscription | WsServerError, format: ReplyFormat): PendingReply {
    const refusal = (error: WsServerError): Reply => ({
      outcome: error.code,
      payload: format.refused(nameable(topic, error), error),
    });
    if (outcome instanceof WsServerError) return { reply: () => refusal(outcome) };
    return {
      reply() {
        if (outcome.endedBy !== undefined) return refusal(outcome.endedBy);
        return { outcome: "ok", payload: format.accepted(topic, outcome.accept(request.resume)) };
      },
      sent: () => outcome.open(),
    };
  }

  #admit(connection: Connection, { name }: ServedTopic): void {
    const { registry, maxSubscriptions, maxTopicLength } = this.#services;
    if (maxTopicLength > 0 && name.length > maxTopicLength) {
      const message = `The topic has ${name.length} characters, and ${maxTopicLength} is the most: ask for less in one`;
      throw new WsServerError("topic_too_long", message);
    }
    const held = registry.subscriptionsOf(connection);
    if (maxSubscriptions > 0 && held.size >= maxSubscriptions && !held.has(name)) {
      const message = `This connection holds ${maxSubscriptions} topics, the most it may: unsubscribe from one first`;
      throw new WsServerError("too_many_subscriptions", message);
    }
  }

  /** Not to be called before the topic is allowed: whether it runs already is nobody else's to know. */
  #acquire(connection: Connection, topic: ServedTopic): Subscription {
    const { registry, maxTopics } = this.#services;
    if (maxTopics > 0 && registry.topics >= maxTopics && !registry.has(topic.name)) {
      throw new WsServerError("too_many_topics", "The server runs as many topics as it may: try again later", {
        retryable: true,
      });
    }
    return registry.acquire(connection, topic);
  }

  /**
   * Asks the authorizer, then takes hold. Of several requests for one topic each is asked about at once, but their answers
   * are acted on in the order of the requests, which is that of the replies: what is told first must be what was so first.
   */
  async #acquireIfAllowed(connection: Connection, topic: ServedTopic): Promise<Subscription> {
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
   * An unsubscribe that comes before the hold is obeyed, and so is a disconnect: nothing may be waited for between the
   * last look at it and the hold.
   */
  async #authorize(
    connection: Connection,
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
      await before?.catch(() => {});
      // What was decided of another login, or before authorizationVersion changed, says nothing any more.
    } while (connection.authorizationVersion !== authorizationVersion && connection.isOpen);
    if (pending.isWithdrawn || !connection.isOpen) {
      throw new WsServerError("unsubscribed", "Unsubscribed before the subscription was allowed");
    }
    if (!allowed) {
      // Other requests for it that are being asked about are told their own answers.
      this.#release(connection, name);
      throw forbidden(principal);
    }
    this.#admit(connection, topic);
    return this.#acquire(connection, topic);
  }

  /** A source that takes too long, counted from the request, is one that could not be reached. */
  async #started(subscription: Subscription, leftMs: number): Promise<void> {
    const { clock, logger, registry, startTimeoutMs } = this.#services;
    const cancel = clock.after(Math.max(0, leftMs), () => {
      const { run, topic } = subscription;
      if (!this.#late.has(run)) logger.warn("createTopic takes too long", { topic, waitedMs: startTimeoutMs });
      this.#late.add(run);
      const message = "The source did not start in time";
      registry.abandon(subscription, new SourceError("source_unavailable", message, { retryable: true }));
    });
    try {
      await subscription.started;
    } finally {
      cancel();
    }
  }
}

const INTERNAL = new WsServerError("internal", "The server failed. Details are in its log");

/** An operation of a module: its request parsed, its answer checked. */
function answering({ operation, handle }: ServedOperation, services: OperationServices): Operation {
  return (connection, request) => {
    const payload = operation.parseRequest(request.payload);
    const answer = answerOf(connection, payload).catch((error: unknown): PendingReply => {
      if (error instanceof WsServerError) return { reply: () => refused(error) };
      services.logger.error("An operation failed", { operation: operation.name, error });
      return { reply: () => refused(INTERNAL) };
    });
    connection.reply(request, undefined, answer);
  };

  async function answerOf(connection: Connection, payload: unknown): Promise<PendingReply> {
    const { id: connectionId, principal, signal } = connection;
    if (!(await isAllowed(services, principal, operation, payload))) throw forbidden(principal);
    const reply = operation.parseReply(await handle(payload, { connectionId, principal, signal }));
    return { reply: () => ({ outcome: "ok", payload: reply }) };
  }
}

/** A topic too long to be held is too long to be repeated. */
function nameable(topic: string, { code }: WsServerError): string {
  return code === "topic_too_long" ? "" : topic;
}
