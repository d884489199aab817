import { WsServerError } from "../errors.js";
import { newRouteCounts, type RouteCounts } from "../observability/route-counts.js";
import type { ServedTopic } from "../server/modules.js";
import { parseUpdate } from "./parse-update.js";
import { type Subscriber, Subscription } from "./subscription.js";
import { TopicRun, type TopicRunServices } from "./topic-run.js";

/** The services that the registry uses. */
export interface RegistryServices
  extends Omit<TopicRunServices, "lingerMs" | "isClosing" | "onSubscriptionEnded" | "onRunEnded" | "onLingering"> {
  /** Milliseconds for which a source stays alive without subscribers; 0 = it ends immediately. */
  readonly lingerMs: number;
  /** @default no limits */
  readonly maxTopics?: number;
  /** @default no limits */
  readonly maxRetainedBytes?: number;
}

/** Limits of all topics together. 0 = no limit. */
export interface TopicLimits {
  readonly maxTopics: number;
  readonly maxRetainedBytes: number;
}

/** The share of a limit from which sources without subscribers linger for a shorter time. */
const PRESSURE = 0.5;

/**
 * The subscriptions of all subscribers and the runs of their topics: the only place that stores who is subscribed.
 *
 * Membership is a set per subscriber, and every count is the size of a set. A topic has at most one run that takes
 * subscribers, and a run begins only after the previous one has ended.
 */
export class TopicRegistry {
  readonly #runs = new Map<string, TopicRun>();
  /** The lifecycle of each topic's last run: starting, running or stopping. */
  readonly #lifecycles = new Map<string, Promise<void>>();
  readonly #subscriptions = new Map<Subscriber, Map<string, Subscription>>();
  readonly #counts = new Map<string, RouteCounts>();
  readonly #services: TopicRunServices;
  #limits: TopicLimits & { readonly lingerMs: number };
  /** Runs without subscribers, the one that has lingered for the longest time first. */
  readonly #lingering = new Set<TopicRun>();
  #isClosing = false;

  constructor({ lingerMs, maxTopics = 0, maxRetainedBytes = 0, ...services }: RegistryServices) {
    this.#limits = { maxTopics, maxRetainedBytes, lingerMs };
    this.#services = {
      ...services,
      // While the server closes, a topic may lose its last subscriber only when another topic that it feeds has ended.
      lingerMs: () => (this.#isClosing ? 0 : Math.floor(this.#limits.lingerMs * this.#room(this.#limits))),
      isClosing: () => this.#isClosing,
      onLingering: (run, isLingering) => {
        if (isLingering) this.#lingering.add(run);
        else this.#lingering.delete(run);
      },
      onSubscriptionEnded: (subscription, reason) => this.#drop(subscription, reason),
      onRunEnded: (run) => {
        this.#lingering.delete(run);
        if (this.#runs.get(run.topic.name) === run) this.#runs.delete(run.topic.name);
      },
    };
  }

  /** Replaces the limits. Topics above a lower one keep running. */
  setLimits({ maxTopics, maxRetainedBytes, lingerMs }: TopicLimits & { readonly lingerMs: number }): void {
    this.#limits = { maxTopics, maxRetainedBytes, lingerMs };
  }

  /** Number of topics whose source is starting, running or stopping. */
  get topics(): number {
    return this.#lifecycles.size;
  }

  /** Memory of all retained updates, in bytes; 0 if the `pubSub` does not know it. */
  get retainedBytes(): number {
    return this.#services.pubSub.retainedBytes ?? 0;
  }

  /** Number of subscriptions of all subscribers. */
  get subscriptions(): number {
    let count = 0;
    for (const subscriptions of this.#subscriptions.values()) count += subscriptions.size;
    return count;
  }

  /** The runs that take subscribers, including those without any. */
  get runs(): Iterable<TopicRun> {
    return this.#runs.values();
  }

  /** Returns a subscriber's subscriptions, by topic. */
  subscriptionsOf(subscriber: Subscriber): ReadonlyMap<string, Subscription> {
    return this.#subscriptions.get(subscriber) ?? NO_SUBSCRIPTIONS;
  }

  countsOf(route: string): RouteCounts {
    const counts = this.#counts.get(route) ?? newRouteCounts();
    this.#counts.set(route, counts);
    return counts;
  }

  /** Returns whether a topic has a run that takes subscribers. */
  has(topic: string): boolean {
    return this.#runs.has(topic);
  }

  /**
   * Makes room for a further topic: ends topics without subscribers, those that have lingered for the longest time first,
   * so that the topics of clients that have left never refuse a new one.
   *
   * @returns the limit that is reached nevertheless; undefined if there is room
   */
  makeRoom({ maxTopics, maxRetainedBytes }: TopicLimits): keyof TopicLimits | undefined {
    let bytes = this.retainedBytes;
    const isFull = () => maxTopics > 0 && this.#runs.size >= maxTopics;
    const isHeavy = () => maxRetainedBytes > 0 && bytes >= maxRetainedBytes;
    for (const run of this.#lingering) {
      if (!isFull() && !isHeavy()) break;
      // The bytes are released once the source has stopped.
      bytes -= run.history?.bytes ?? 0;
      run.endIfUnused();
    }
    // Sources that take long to stop count too, or a client could start any number of them.
    if (isFull() || (maxTopics > 0 && this.topics >= STOPPING_SHARE * maxTopics)) return "maxTopics";
    return isHeavy() ? "maxRetainedBytes" : undefined;
  }

  /** Subscribes to a topic. The first subscriber starts its source. A second call returns the same subscription. */
  acquire(subscriber: Subscriber, topic: ServedTopic): Subscription {
    const present = this.#subscriptions.get(subscriber)?.get(topic.name);
    // mutant: subscribe-once
    if (present !== undefined) return present;
    const run = /* mutant: join-existing-run */ this.#runs.get(topic.name) ?? this.#start(topic);
    const subscription = new Subscription(run, subscriber);
    const subscriptions = this.#subscriptions.get(subscriber) ?? new Map();
    this.#subscriptions.set(subscriber, subscriptions.set(topic.name, subscription));
    for (const usage of subscriber.usages ?? []) usage.add(subscription);
    run.join(subscription);
    return subscription;
  }

  /**
   * Starts a topic without a subscriber, for another node.
   *
   * @returns aborted when its run has ended
   * @throws WsServerError `closed`
   */
  start(topic: ServedTopic): AbortSignal {
    return (this.#runs.get(topic.name) ?? this.#start(topic)).signal;
  }

  /** Unsubscribes from a topic. Without subscribers its source ends. Does nothing if there is no subscription. */
  release(subscriber: Subscriber, topic: string): void {
    const subscription = /* mutant: find-own-subscription */ this.#subscriptions.get(subscriber)?.get(topic);
    if (subscription !== undefined) this.#leave(subscription, UNSUBSCRIBED);
  }

  /** Unsubscribes from all topics. */
  releaseAll(subscriber: Subscriber): void {
    for (const subscription of [...this.subscriptionsOf(subscriber).values()]) this.#leave(subscription, UNSUBSCRIBED);
  }

  /** Stops waiting for a source that does not start. When no subscriber waits any more, its signal is aborted. */
  abandon(subscription: Subscription, reason: WsServerError): void {
    if (subscription.run.isLive || !subscription.run.subscriptions.has(subscription)) return;
    this.#leave(subscription, reason);
    subscription.run.endIfUnused();
  }

  /** Ends a subscription from the server's side and notifies its subscriber. */
  revoke(subscription: Subscription, reason: WsServerError): void {
    if (subscription.run.subscriptions.has(subscription)) this.#drop(subscription, reason);
  }

  /**
   * Publishes to a topic from outside its source, on the node that owns it.
   *
   * @returns false if the topic does not run or the update was dropped; true also if it was passed to another node
   */
  publish(topic: ServedTopic, update: unknown): boolean {
    const run = this.#runs.get(topic.name);
    const { pubSub } = this.#services;
    const isHere = run?.role === "owner" || pubSub.forward === undefined || topic.isLocal === true;
    if (run !== undefined && isHere) return run.publish(update);
    const counts = this.countsOf(topic.route.name);
    const body = isHere ? undefined : this.#bodyOf(topic, update);
    if (body === undefined) {
      counts.dropped++;
      return false;
    }
    const { name, key = name } = topic;
    pubSub.forward?.({ topic: name, key }, body, () => void counts.dropped++);
    return true;
  }

  /** Encodes an update for another node; returns undefined if it is invalid. */
  #bodyOf({ route, name }: ServedTopic, update: unknown): string | undefined {
    try {
      return this.#services.codec.updates(route.name, name).body(parseUpdate(route, update)).text;
    } catch (error) {
      this.#services.logger.error("An update was dropped", { topic: name, error });
      return undefined;
    }
  }

  /** Ends every run. Call it without subscriptions. Resolves when no source is starting, running or stopping any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const run of [...this.#runs.values()]) run.endIfUnused();
    await Promise.all(this.#lifecycles.values());
  }

  /** Returns the share of the limits that is free, from 1 below half of them to 0. */
  #room({ maxTopics, maxRetainedBytes }: TopicLimits): number {
    const used = Math.max(
      maxTopics === 0 ? 0 : this.#runs.size / maxTopics,
      maxRetainedBytes === 0 ? 0 : this.retainedBytes / maxRetainedBytes,
    );
    return Math.min(1, Math.max(0, (1 - used) / (1 - PRESSURE)));
  }

  #start(topic: ServedTopic): TopicRun {
    if (this.#isClosing) throw new WsServerError("closed", "The server is closing: connect again");
    const { name } = topic;
    const run = new TopicRun(topic, this.countsOf(topic.route.name), this.#services);
    this.#runs.set(name, run);
    const lifecycle = run.live(this.#lifecycles.get(name) ?? Promise.resolve()).then(() => {
      if (this.#lifecycles.get(name) === lifecycle) this.#lifecycles.delete(name);
    });
    this.#lifecycles.set(name, lifecycle);
    return run;
  }

  #leave(subscription: Subscription, reason: WsServerError): void {
    const { subscriber, topic, run } = subscription;
    const subscriptions = this.#subscriptions.get(subscriber);
    subscriptions?.delete(topic);
    if (subscriptions?.size === 0) this.#subscriptions.delete(subscriber);
    for (const usage of subscriber.usages ?? []) usage.remove(subscription);
    subscription.end(reason);
    run.leave(subscription);
  }

  #drop(subscription: Subscription, reason: WsServerError): void {
    const wasOpen = subscription.isOpen;
    this.#leave(subscription, reason);
    const { subscriber, topic } = subscription;
    subscriber.sink.discard(subscription);
    if (wasOpen) subscriber.onEnded(topic, reason);
  }
}

/** Running and stopping topics together, as a multiple of the maximum of running ones. */
const STOPPING_SHARE = 2;

const NO_SUBSCRIPTIONS: ReadonlyMap<string, Subscription> = new Map();
const UNSUBSCRIBED = new WsServerError("unsubscribed", "Unsubscribed before the source had started");
