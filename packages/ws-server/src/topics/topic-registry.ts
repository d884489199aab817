import { WsServerError } from "../errors.js";
import { newRouteCounts, type RouteCounts } from "../observability/route-counts.js";
import type { Random } from "../platform/random.js";
import type { ServedTopic } from "../server/modules.js";
import { type Subscriber, Subscription } from "./subscription.js";
import { TopicRun, type TopicRunServices } from "./topic-run.js";

/** The services that the registry uses. */
export interface RegistryServices extends Omit<TopicRunServices, "lingerMs" | "onSubscriptionEnded" | "onRunEnded"> {
  readonly random: Random;
  /** Milliseconds for which a source stays alive without subscribers; 0 = it ends immediately. */
  readonly lingerMs: number;
}

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
  readonly #random: Random;
  #isClosing = false;

  constructor({ random, lingerMs, ...services }: RegistryServices) {
    this.#random = random;
    this.#services = {
      ...services,
      // While the server closes, a topic may lose its last subscriber only when another topic that it feeds has ended.
      lingerMs: () => (this.#isClosing ? 0 : lingerMs),
      onSubscriptionEnded: (subscription, reason) => this.#drop(subscription, reason),
      onRunEnded: (run) => {
        if (this.#runs.get(run.topic.name) === run) this.#runs.delete(run.topic.name);
      },
    };
  }

  /** Number of topics whose source is starting, running or stopping. */
  get topics(): number {
    return this.#lifecycles.size;
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

  /** Subscribes to a topic. The first subscriber starts its source. A second call returns the same subscription. */
  acquire(subscriber: Subscriber, topic: ServedTopic): Subscription {
    const present = this.#subscriptions.get(subscriber)?.get(topic.name);
    // mutant: subscribe-once
    if (present !== undefined) return present;
    const run = /* mutant: join-existing-run */ this.#runs.get(topic.name) ?? this.#start(topic);
    const subscription = new Subscription(run, subscriber);
    const subscriptions = this.#subscriptions.get(subscriber) ?? new Map();
    this.#subscriptions.set(subscriber, subscriptions.set(topic.name, subscription));
    run.join(subscription);
    return subscription;
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

  /** Publishes to a topic from outside its source. @returns false if the topic does not run or the update was dropped */
  publish(topic: ServedTopic, update: unknown): boolean {
    const run = this.#runs.get(topic.name);
    if (run !== undefined) return run.publish(update);
    this.countsOf(topic.route.name).dropped++;
    return false;
  }

  /** Ends every run. Call it without subscriptions. Resolves when no source is starting, running or stopping any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const run of [...this.#runs.values()]) run.endIfUnused();
    await Promise.all(this.#lifecycles.values());
  }

  #start(topic: ServedTopic): TopicRun {
    if (this.#isClosing) throw new WsServerError("closed", "The server is closing: connect again");
    const { name } = topic;
    // mutant: new-epoch
    const run = new TopicRun(topic, this.#random.id(), this.countsOf(topic.route.name), this.#services);
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

const NO_SUBSCRIPTIONS: ReadonlyMap<string, Subscription> = new Map();
const UNSUBSCRIBED = new WsServerError("unsubscribed", "Unsubscribed before the source had started");
