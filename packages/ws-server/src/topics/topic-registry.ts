import { WsServerError } from "../errors.js";
import { newRouteCounts, type RouteCounts } from "../observability/route-counts.js";
import type { Random } from "../platform/random.js";
import type { ServedTopic } from "../server/modules.js";
import { type Subscriber, Subscription } from "./subscription.js";
import { TopicRun, type TopicRunServices } from "./topic-run.js";

/** What the registry needs of its surroundings. */
export interface RegistryServices extends Omit<TopicRunServices, "lingerMs" | "onSubscriptionEnded" | "onRunEnded"> {
  readonly random: Random;
  /** How long a source lives on without a subscriber; 0 = ends at once. */
  readonly lingerMs: number;
}

/**
 * Who holds which topic, and the runs that live because of it. The only place that knows.
 *
 * Membership is a set per subscriber; every count is the size of one. A topic has at most one run that takes subscribers,
 * and a run begins only after the one before it has ended.
 */
export class TopicRegistry {
  readonly #runs = new Map<string, TopicRun>();
  /** Until the last run of each topic has ended: whatever starts, runs or stops. */
  readonly #lives = new Map<string, Promise<void>>();
  readonly #subscriptions = new Map<Subscriber, Map<string, Subscription>>();
  readonly #counts = new Map<string, RouteCounts>();
  readonly #services: TopicRunServices;
  readonly #random: Random;
  #isClosing = false;

  constructor({ random, lingerMs, ...services }: RegistryServices) {
    this.#random = random;
    this.#services = {
      ...services,
      // A topic may be left only once another one, which it feeds, has ended.
      lingerMs: () => (this.#isClosing ? 0 : lingerMs),
      onSubscriptionEnded: (subscription, reason) => this.#drop(subscription, reason),
      onRunEnded: (run) => {
        if (this.#runs.get(run.topic.name) === run) this.#runs.delete(run.topic.name);
      },
    };
  }

  /** How many topics a source runs for, is started for or is stopped for. */
  get topics(): number {
    return this.#lives.size;
  }

  /** How many subscriptions there are, over all subscribers. */
  get subscriptions(): number {
    let count = 0;
    for (const subscriptions of this.#subscriptions.values()) count += subscriptions.size;
    return count;
  }

  /** The runs that take subscribers, those without any among them. */
  get runs(): Iterable<TopicRun> {
    return this.#runs.values();
  }

  /** What a subscriber holds, by topic. */
  subscriptionsOf(subscriber: Subscriber): ReadonlyMap<string, Subscription> {
    return this.#subscriptions.get(subscriber) ?? NOTHING;
  }

  /** The counts of a route. */
  countsOf(route: string): RouteCounts {
    const counts = this.#counts.get(route) ?? newRouteCounts();
    this.#counts.set(route, counts);
    return counts;
  }

  /** Whether a topic has a run that takes subscribers. */
  has(topic: string): boolean {
    return this.#runs.has(topic);
  }

  /** Takes hold of a topic; the first subscriber starts its source. Holding it already, gives the same subscription. */
  acquire(subscriber: Subscriber, topic: ServedTopic): Subscription {
    const present = this.#subscriptions.get(subscriber)?.get(topic.name);
    if (present !== undefined) return present;
    const run = this.#runs.get(topic.name) ?? this.#start(topic);
    const subscription = new Subscription(run, subscriber);
    const held = this.#subscriptions.get(subscriber) ?? new Map();
    this.#subscriptions.set(subscriber, held.set(topic.name, subscription));
    run.join(subscription);
    return subscription;
  }

  /** Lets go of a topic; the last subscriber's leaving ends its source. Does nothing where it is not held. */
  release(subscriber: Subscriber, topic: string): void {
    const subscription = this.#subscriptions.get(subscriber)?.get(topic);
    if (subscription !== undefined) this.#leave(subscription, UNSUBSCRIBED);
  }

  /** Lets go of everything a subscriber holds. */
  releaseAll(subscriber: Subscriber): void {
    for (const subscription of [...this.subscriptionsOf(subscriber).values()]) this.#leave(subscription, UNSUBSCRIBED);
  }

  /** Gives up waiting for a source that does not start. When nobody waits any more it is told by its signal. */
  abandon(subscription: Subscription, reason: WsServerError): void {
    if (subscription.run.isLive || !subscription.run.subscriptions.has(subscription)) return;
    this.#leave(subscription, reason);
    subscription.run.endIfUnused();
  }

  /** Takes a topic from whoever holds it, and says so. */
  revoke(subscription: Subscription, reason: WsServerError): void {
    if (subscription.run.subscriptions.has(subscription)) this.#drop(subscription, reason);
  }

  /** Publishes to a topic from outside its source. @returns false where it does not run, or the update was dropped */
  publish(topic: ServedTopic, update: unknown): boolean {
    const run = this.#runs.get(topic.name);
    if (run !== undefined) return run.publish(update);
    this.countsOf(topic.route.name).dropped++;
    return false;
  }

  /** Ends every run. Resolves when no source runs, starts or stops any more. Nobody may hold a topic by then. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const run of [...this.#runs.values()]) run.endIfUnused();
    await Promise.all(this.#lives.values());
  }

  #start(topic: ServedTopic): TopicRun {
    if (this.#isClosing) throw new WsServerError("closed", "The server is closing: connect again");
    const { name } = topic;
    const run = new TopicRun(topic, this.#random.id(), this.countsOf(topic.route.name), this.#services);
    this.#runs.set(name, run);
    const life = run.live(this.#lives.get(name) ?? Promise.resolve()).then(() => {
      if (this.#lives.get(name) === life) this.#lives.delete(name);
    });
    this.#lives.set(name, life);
    return run;
  }

  #leave(subscription: Subscription, reason: WsServerError): void {
    const { subscriber, topic, run } = subscription;
    const held = this.#subscriptions.get(subscriber);
    held?.delete(topic);
    if (held?.size === 0) this.#subscriptions.delete(subscriber);
    subscription.end(reason);
    run.leave(subscription);
  }

  #drop(subscription: Subscription, reason: WsServerError): void {
    const wasAccepted = subscription.isOpen;
    this.#leave(subscription, reason);
    subscription.subscriber.discard(subscription);
    if (wasAccepted) subscription.subscriber.ended(subscription.topic, reason);
  }
}

const NOTHING: ReadonlyMap<string, Subscription> = new Map();
const UNSUBSCRIBED = new WsServerError("unsubscribed", "Unsubscribed before the source had started");
