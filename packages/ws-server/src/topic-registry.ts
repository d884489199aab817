import type { Clock } from "./clock.js";
import { encodeUpdate } from "./delivery.js";
import { SourceError, WsServerError } from "./errors.js";
import type { Logger } from "./logger.js";
import type { ServedTopic } from "./modules.js";
import { Retention } from "./retention.js";
import { type Subscriber, Subscription } from "./subscription.js";

/** One run of a source, from `createTopic` to `removeTopic`. It is over once its signal is aborted. */
class Run {
  readonly #controller = new AbortController();
  readonly retention: Retention;
  live = false;

  constructor(served: ServedTopic) {
    this.retention = new Retention(served.route);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#controller.abort();
  }

  /** Resolves when the run is over. */
  async over(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise((resolve) => this.signal.addEventListener("abort", resolve, { once: true }));
  }
}

/** A topic that somebody holds, or whose source has not ended yet. */
class Topic {
  readonly served: ServedTopic;
  readonly subscriptions = new Map<Subscriber, Subscription>();
  /** The source's present run; undefined between two. */
  run: Run | undefined;
  /** Settles when no run is left: the next one waits for it. Never rejects. */
  idle: Promise<void> = Promise.resolve();

  constructor(served: ServedTopic) {
    this.served = served;
  }
}

/**
 * Who holds which topic, and the sources that run because of it. The only place that knows.
 *
 * Membership is a set per subscriber; every count is the size of one. A topic's source is driven by one serial state
 * machine (`#live`), so that subscribers which come and go while it starts or stops can neither start it twice nor
 * leave it running.
 */
export class TopicRegistry {
  readonly #topics = new Map<string, Topic>();
  readonly #held = new Map<Subscriber, Set<Topic>>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #startTimeoutMs: number;

  /** @param options `startTimeoutMs`: how long a subscriber waits for a source; 0 is for ever */
  constructor(options: { clock: Clock; logger: Logger; startTimeoutMs: number }) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#startTimeoutMs = options.startTimeoutMs;
  }

  /** How many topics a source runs for, is started for or is stopped for. */
  get topics(): number {
    return this.#topics.size;
  }

  /** How many subscriptions there are, over all subscribers. */
  get subscriptions(): number {
    let count = 0;
    for (const topics of this.#held.values()) count += topics.size;
    return count;
  }

  /** How many topics a subscriber holds. */
  held(subscriber: Subscriber): number {
    return this.#held.get(subscriber)?.size ?? 0;
  }

  /** Whether a subscriber holds a topic. */
  holds(subscriber: Subscriber, name: string): boolean {
    return this.#topics.get(name)?.subscriptions.has(subscriber) ?? false;
  }

  /** Takes hold of a topic; the first subscriber starts its source. Holding it already, gives the same subscription. */
  acquire(subscriber: Subscriber, served: ServedTopic): Subscription {
    const topic = this.#topics.get(served.name) ?? new Topic(served);
    const present = topic.subscriptions.get(subscriber);
    if (present !== undefined) return present;
    this.#topics.set(served.name, topic);

    const subscription = new Subscription(served.name, subscriber);
    this.#join(topic, subscriber, subscription);
    topic.run ??= this.#start(topic);
    for (const frame of topic.run.retention.snapshot()) subscription.deliver(frame);
    if (topic.run.live) subscription.start();
    else this.#limitWait(topic, subscriber, subscription);
    return subscription;
  }

  /** Lets go of a topic; the last subscriber's leaving ends its source. Does nothing where it is not held. */
  release(subscriber: Subscriber, name: string): void {
    const topic = this.#topics.get(name);
    if (topic !== undefined) this.#leave(topic, subscriber, UNSUBSCRIBED);
  }

  /** Lets go of everything a subscriber holds. */
  releaseAll(subscriber: Subscriber): void {
    for (const topic of this.#held.get(subscriber) ?? []) this.#leave(topic, subscriber, UNSUBSCRIBED);
  }

  /** Resolves when no source runs, starts or stops any more. Nobody may hold a topic by then. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#topics.values(), (topic) => topic.idle));
  }

  #join(topic: Topic, subscriber: Subscriber, subscription: Subscription): void {
    topic.subscriptions.set(subscriber, subscription);
    const held = this.#held.get(subscriber) ?? new Set();
    this.#held.set(subscriber, held.add(topic));
  }

  #leave(topic: Topic, subscriber: Subscriber, reason: Error): void {
    const subscription = topic.subscriptions.get(subscriber);
    if (subscription === undefined) return;
    topic.subscriptions.delete(subscriber);
    const held = this.#held.get(subscriber);
    held?.delete(topic);
    if (held?.size === 0) this.#held.delete(subscriber);
    subscription.end(reason);
    // A run that is still starting goes on: whoever comes back before it has settled joins it, and `#live` counts again.
    if (topic.run?.live) this.#endIfUnheld(topic);
  }

  #endIfUnheld(topic: Topic): void {
    if (topic.subscriptions.size > 0) return;
    topic.run?.end();
    topic.run = undefined;
  }

  #start(topic: Topic): Run {
    const run = new Run(topic.served);
    topic.idle = this.#live(topic, run, topic.idle);
    return run;
  }

  /** The whole life of one run, after the run before it. */
  async #live(topic: Topic, run: Run, before: Promise<void>): Promise<void> {
    await before;
    if (!run.signal.aborted && (await this.#create(topic, run))) {
      await run.over();
      await this.#remove(topic);
    }
    const left = topic.run === undefined && topic.subscriptions.size === 0;
    if (left && this.#topics.get(topic.served.name) === topic) this.#topics.delete(topic.served.name);
  }

  /** @returns whether there is something to remove */
  async #create(topic: Topic, run: Run): Promise<boolean> {
    try {
      const publish = Object.assign((update: unknown) => this.#publish(topic, run, update), {
        end: () => this.#endIfUnheld(topic),
      });
      await topic.served.create(publish, run.signal);
    } catch (error) {
      this.#fail(topic, run, error);
      return false;
    }
    if (!run.signal.aborted) {
      run.live = true;
      for (const subscription of topic.subscriptions.values()) subscription.start();
      this.#endIfUnheld(topic);
    }
    return true;
  }

  async #remove(topic: Topic): Promise<void> {
    try {
      await topic.served.remove();
    } catch (error) {
      this.#logger.error("removeTopic failed; the topic counts as removed", { topic: topic.served.name, error });
    }
  }

  /** The source refused, or could not start: everyone who waits is told, and nothing is left of it. */
  #fail(topic: Topic, run: Run, error: unknown): void {
    if (!(error instanceof SourceError) && !run.signal.aborted) {
      this.#logger.error("createTopic failed", { topic: topic.served.name, error });
    }
    if (topic.run !== run) return;
    run.end();
    topic.run = undefined;
    const reason =
      error instanceof SourceError ? error : new SourceError("source_unavailable", "The source could not start");
    for (const subscriber of [...topic.subscriptions.keys()]) this.#leave(topic, subscriber, reason);
  }

  #publish(topic: Topic, run: Run, update: unknown): boolean {
    if (run.signal.aborted) return false;
    try {
      const { route, name } = topic.served;
      const parsed = route.parseUpdate(update);
      const frame = encodeUpdate(route.name, name, parsed);
      run.retention.keep(parsed, frame);
      for (const subscription of topic.subscriptions.values()) subscription.deliver(frame);
      return true;
    } catch (error) {
      this.#logger.error("An update was dropped", { topic: topic.served.name, error });
      return false;
    }
  }

  /** A source that takes too long, counted from the request, is one that could not be reached. */
  #limitWait(topic: Topic, subscriber: Subscriber, subscription: Subscription): void {
    if (this.#startTimeoutMs === 0) return;
    const cancel = this.#clock.after(this.#startTimeoutMs, () => {
      this.#logger.warn("createTopic takes too long", { topic: topic.served.name, waitedMs: this.#startTimeoutMs });
      this.#leave(topic, subscriber, new SourceError("source_unavailable", "The source did not start in time"));
      this.#endIfUnheld(topic);
    });
    subscription.started.then(cancel, cancel);
  }
}

const UNSUBSCRIBED = new WsServerError("unsubscribed", "Unsubscribed before the source had started");
