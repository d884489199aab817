import { isFinished } from "@trading/topic";
import { SourceError, type WsServerError } from "../errors.js";
import type { RouteCounts } from "../observability/route-counts.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Publish, ServedTopic, TopicCleanup } from "../server/modules.js";
import type { Codec, EncodeUpdate } from "./codec.js";
import type { Membership, PubSub } from "./pub-sub/pub-sub.js";
import { keyOf, type Publication } from "./publication.js";
import type { SubscribableRun, Subscription } from "./subscription.js";

/** The services that a run uses. */
export interface TopicRunServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly codec: Codec;
  readonly pubSub: PubSub;
  /** Returns how long a source currently stays alive without subscribers; 0 = it ends immediately. */
  readonly lingerMs: () => number;
  /** The run has ended a subscription. */
  readonly onSubscriptionEnded: (subscription: Subscription, reason: WsServerError) => void;
  /** The run has ended and takes no more subscribers. */
  readonly onRunEnded: (run: TopicRun) => void;
}

/**
 * One run of a topic's source, from `createTopic` to its cleanup: an epoch.
 *
 * `live` is the whole lifecycle as one sequence of steps, so that subscribers who come and go while the source starts or
 * stops can neither start it twice nor leave it running. The run has ended once its signal is aborted.
 */
export class TopicRun implements SubscribableRun {
  readonly topic: ServedTopic;
  readonly epoch: string;
  readonly counts: RouteCounts;
  readonly subscriptions = new Set<Subscription>();
  readonly #services: TopicRunServices;
  readonly #controller = new AbortController();
  readonly #encode: EncodeUpdate;
  #membership: Membership | undefined;
  #offset = 0;
  #isLive = false;
  #cancelLinger: (() => void) | undefined;
  /** Returned by `createTopic`. */
  #cleanup: TopicCleanup | undefined;

  constructor(topic: ServedTopic, epoch: string, counts: RouteCounts, services: TopicRunServices) {
    this.topic = topic;
    this.epoch = epoch;
    this.counts = counts;
    this.#services = services;
    this.#encode = topic.encode ?? services.codec.updates(topic.route.name, topic.name);
  }

  get history(): Membership["history"] | undefined {
    return this.#membership?.history;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get hasEnded(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Runs the whole lifecycle, after the previous run's. Never rejects. */
  async live(before: Promise<void>): Promise<void> {
    // mutant: await-previous-run
    await before;
    if (!this.hasEnded && (await this.#create())) {
      await this.#untilEnded();
      await this.#remove();
    }
    this.#membership?.leave();
  }

  join(subscription: Subscription): void {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    this.subscriptions.add(subscription);
    if (this.#isLive) subscription.start();
  }

  /** Removes a subscription. A pending start continues without subscribers: one that comes before it settles joins it. */
  leave(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
    if (this.#isLive) this.#lingerIfUnused();
  }

  endIfUnused(): void {
    if (this.subscriptions.size === 0) this.end();
  }

  /** Ends the run and all its subscriptions. */
  end(reason = ENDED): void {
    if (this.hasEnded) return;
    this.#cancelLinger?.();
    this.#controller.abort();
    this.#services.onRunEnded(this);
    // mutant: end-subscriptions
    for (const subscription of [...this.subscriptions]) this.#services.onSubscriptionEnded(subscription, reason);
  }

  /** Publishes an update. @returns false if it was dropped */
  publish(update: unknown): boolean {
    const publication = this.hasEnded ? undefined : this.#publication(update);
    if (publication === undefined || this.#membership === undefined) {
      this.counts.dropped++;
      return false;
    }
    this.#offset = publication.offset;
    this.#membership.publish(publication);
    this.counts.published++;
    return true;
  }

  #publication(update: unknown): Publication | undefined {
    const { route, name } = this.topic;
    try {
      // mutant: parse-update
      const parsed = route.parseUpdate(update);
      // mutant: next-offset
      const offset = this.#offset + 1;
      const frame = this.#encode(offset, parsed);
      return { offset, key: keyOf(route, parsed), isFinished: isFinished(route, parsed), frame };
    } catch (error) {
      this.#services.logger.error("An update was dropped", { topic: name, error });
      return undefined;
    }
  }

  readonly #deliver = (publication: Publication): void => {
    let taken = 0;
    // mutant: offer-to-all
    for (const subscription of this.subscriptions) if (subscription.offer(publication)) taken++;
    this.counts.delivered += taken;
  };

  /** Starts the source. @returns whether there is something to clean up */
  async #create(): Promise<boolean> {
    const { topic, epoch } = this;
    try {
      const run = { topic: topic.name, epoch, rule: topic.route };
      this.#membership = await this.#services.pubSub.join(run, this.#deliver);
      if (this.hasEnded) return false;
      const publish: Publish<unknown> = Object.assign((update: unknown) => this.publish(update), {
        end: (reason?: SourceError) => this.end(reason),
      });
      const cleanup = await topic.create(publish, this.#controller.signal);
      if (typeof cleanup === "function") this.#cleanup = cleanup;
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (this.hasEnded) return true;
    this.#isLive = true;
    for (const subscription of this.subscriptions) subscription.start();
    // mutant: end-unused-source
    this.#lingerIfUnused();
    return true;
  }

  /** Ends the run because the source refused the topic or could not start. */
  #fail(error: unknown): void {
    const isRefusal = error instanceof SourceError;
    if (!isRefusal && !this.hasEnded) {
      this.#services.logger.error("createTopic failed", { topic: this.topic.name, error });
    }
    // mutant: hide-internal-error
    this.end(
      isRefusal ? error : new SourceError("source_unavailable", "The source could not start", { retryable: true }),
    );
  }

  #lingerIfUnused(): void {
    if (this.subscriptions.size > 0 || this.hasEnded) return;
    const lingerMs = this.#services.lingerMs();
    // mutant: end-after-linger
    if (lingerMs === 0) this.end();
    else this.#cancelLinger = this.#services.clock.after(lingerMs, () => this.endIfUnused());
  }

  async #untilEnded(): Promise<void> {
    const { signal } = this.#controller;
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }

  async #remove(): Promise<void> {
    await this.#isolate("The cleanup of createTopic", () => this.#cleanup?.());
    await this.#isolate("removeTopic", () => this.topic.remove?.());
  }

  async #isolate(callback: string, run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { name } = this.topic;
      this.#services.logger.error(`${callback} failed; the topic is treated as removed`, { topic: name, error });
    }
  }
}

const ENDED = new SourceError("source_ended", "The source has ended this topic", { retryable: true });
