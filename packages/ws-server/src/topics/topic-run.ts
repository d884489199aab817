import { isFinished } from "@trading/topic";
import { SourceError, type WsServerError } from "../errors.js";
import type { RouteCounts } from "../observability/route-counts.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Publish, ServedTopic, TopicCleanup } from "../server/modules.js";
import type { Codec, UpdateEncoder } from "./codec.js";
import type { CompactForm } from "./compact-layout.js";
import { OpenSubscriptions } from "./open-subscriptions.js";
import { parseUpdate } from "./parse-update.js";
import type { Member, Membership, PubSub } from "./pub-sub/pub-sub.js";
import { keyOf, type Publication, publicationOf } from "./publication.js";
import { schemaHash } from "./schema-hash.js";
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
  /** The run has neither subscribers nor followers and lingers, or it has one again. */
  readonly onLingering: (run: TopicRun, isLingering: boolean) => void;
  /** Returns whether the server closes: followers no longer keep a source alive. */
  readonly isClosing: () => boolean;
  /** The run has ended and takes no more subscribers. */
  readonly onRunEnded: (run: TopicRun) => void;
}

/**
 * One run of a topic on this node: an epoch. The owner of the topic runs the source, from `createTopic` to its cleanup; a
 * follower delivers what the owner publishes.
 *
 * `live` is the whole lifecycle as one sequence of steps, so that subscribers who come and go while the source starts or
 * stops can neither start it twice nor leave it running. The run has ended once its signal is aborted.
 */
export class TopicRun implements SubscribableRun, Member {
  readonly topic: ServedTopic;
  readonly counts: RouteCounts;
  readonly subscriptions = new Set<Subscription>();
  readonly open = new OpenSubscriptions();
  readonly #services: TopicRunServices;
  readonly #controller = new AbortController();
  readonly #encoder: UpdateEncoder;
  #membership: Membership | undefined;
  #offset = 0;
  #hasEnded = false;
  #isLive = false;
  #isQueued = false;
  /** Number of other nodes that follow this one. */
  #followers = 0;
  #cancelLinger: (() => void) | undefined;
  /** Returned by `createTopic`. */
  #cleanup: TopicCleanup | undefined;

  constructor(topic: ServedTopic, counts: RouteCounts, services: TopicRunServices) {
    this.topic = topic;
    this.counts = counts;
    this.#services = services;
    this.#encoder = topic.encoder ?? services.codec.updates(topic.route.name, topic.name, topic.route.update);
  }

  /** The run's epoch; empty while the node does not know it. */
  get epoch(): string {
    return this.#membership?.epoch ?? "";
  }

  /** Undefined while the node does not know it. */
  get role(): Membership["role"] | undefined {
    return this.#membership?.role;
  }

  /** Aborted when the run has ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The compact form of its frames; undefined if they have none. */
  get compact(): CompactForm | undefined {
    return (this.#membership?.encoder ?? this.#encoder).compact;
  }

  get history(): Membership["history"] | undefined {
    return this.#membership?.history;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Whether the run waits for its turn to join the topic, among many of this node. */
  get isQueued(): boolean {
    return this.#isQueued;
  }

  /** The same as `signal.aborted`, whose getter is too slow to be read for each update. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Runs the whole lifecycle, after the previous run's. Never rejects. */
  async live(before: Promise<void>): Promise<void> {
    // mutant: await-previous-run
    await before;
    if (!this.hasEnded && (await this.#start())) {
      await this.#untilEnded();
      if (this.role === "owner") await this.#remove();
    }
    this.#membership?.leave();
  }

  join(subscription: Subscription): void {
    this.#stopLingering();
    // mutant: initial-state
    this.subscriptions.add(subscription);
    if (this.#isLive) subscription.start();
  }

  /** Removes a subscription. A pending start continues without subscribers: one that comes before it settles joins it. */
  leave(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
    if (this.#isLive) this.#lingerIfUnused();
  }

  /** Ends the run if it has neither subscriptions nor followers. */
  endIfUnused(): void {
    if (this.#isUsed) return;
    if (this.#services.isClosing()) this.end(movedError("The node that runs the source of this topic is closing"));
    else this.end();
  }

  /** Ends the run and all its subscriptions. */
  end(reason: SourceError = ENDED): void {
    if (this.hasEnded) return;
    this.#cancelLinger?.();
    this.#hasEnded = true;
    this.#controller.abort();
    this.#services.onRunEnded(this);
    this.#membership?.end(reason);
    // mutant: end-subscriptions
    for (const subscription of [...this.subscriptions]) this.#services.onSubscriptionEnded(subscription, reason);
  }

  /** Publishes an update. @returns false if it was dropped */
  publish(update: unknown): boolean {
    const membership = this.#membership;
    const isOwner = membership !== undefined && membership.role === "owner" && !this.hasEnded;
    const publication = isOwner ? this.#publication(update) : undefined;
    if (publication === undefined || membership === undefined) {
      this.counts.dropped++;
      return false;
    }
    this.#offset = publication.offset;
    membership.publish(publication);
    this.counts.published++;
    return true;
  }

  #publication(published: unknown): Publication | undefined {
    const { route, name } = this.topic;
    try {
      // mutant: parse-update
      const parsed = parseUpdate(route, published);
      // mutant: next-offset
      const offset = this.#offset + 1;
      const body = this.#encoder.body(parsed);
      return publicationOf(this.#encoder, offset, keyOf(route, parsed), isFinished(route, parsed), body);
    } catch (error) {
      this.#services.logger.error("An update was dropped", { topic: name, error });
      return undefined;
    }
  }

  /** Delivers a publication to the subscriptions. Called by the PubSub. */
  onPublication(publication: Publication): void {
    this.counts.delivered += this.open.offer(publication);
  }

  /** Ends the run. Called by the PubSub. */
  onEnded(reason: SourceError): void {
    this.end(reason);
  }

  /** Publishes what another node has encoded. Called by the PubSub. */
  onForwarded(body: string): void {
    try {
      this.publish(JSON.parse(body));
    } catch (error) {
      this.#services.logger.error("An update of another node was dropped", { topic: this.topic.name, error });
    }
  }

  /** Called by the PubSub. */
  onQueued(isQueued: boolean): void {
    this.#isQueued = isQueued;
  }

  /** Keeps the source alive while other nodes follow it. Called by the PubSub. */
  onFollowers(count: number): void {
    this.#followers = count;
    if (count > 0) this.#stopLingering();
    else if (!this.#isLive) this.endIfUnused();
    else if (this.#cancelLinger === undefined) this.#lingerIfUnused();
  }

  get #isUsed(): boolean {
    return (
      this.subscriptions.size > 0 ||
      /* mutant: keep-for-followers */ (this.#followers > 0 && !this.#services.isClosing())
    );
  }

  /** Joins the topic, and starts its source if this node owns it. @returns whether there is something to clean up */
  async #start(): Promise<boolean> {
    const { name, route, key = name, isHeld = false, isLocal = false } = this.topic;
    try {
      this.#membership = await this.#services.pubSub.join(
        {
          topic: name,
          key,
          isHeld,
          rule: route,
          encoder: this.#encoder,
          isLocal,
          // Only a cluster reads it.
          get schema() {
            return schemaHash(route);
          },
        },
        this,
      );
    } catch (error) {
      this.#fail(error, "Joining a topic failed");
      return false;
    }
    if (this.hasEnded) return false;
    if (this.role === "owner") return this.#create();
    this.#begin();
    return true;
  }

  /** Starts the source. @returns whether there is something to clean up */
  async #create(): Promise<boolean> {
    const { topic } = this;
    try {
      const publish: Publish<unknown> = Object.assign((update: unknown) => this.publish(update), {
        end: (reason?: SourceError) => this.end(reason),
      });
      const cleanup = await topic.create(publish, this.#controller.signal);
      if (typeof cleanup === "function") this.#cleanup = cleanup;
    } catch (error) {
      this.#fail(error, "createTopic failed");
      return false;
    }
    if (this.hasEnded) return true;
    this.#begin();
    this.#membership?.open();
    return true;
  }

  /** The source has started, here or on the owner's node. */
  #begin(): void {
    this.#isLive = true;
    for (const subscription of this.subscriptions) subscription.start();
    // mutant: end-unused-source
    this.#lingerIfUnused();
  }

  /** Ends the run because the source refused the topic or could not start. */
  #fail(error: unknown, what: string): void {
    const isRefusal = error instanceof SourceError;
    if (!isRefusal && !this.hasEnded) this.#services.logger.error(what, { topic: this.topic.name, error });
    // mutant: hide-internal-error
    this.end(
      isRefusal ? error : new SourceError("source_unavailable", "The source could not start", { retryable: true }),
    );
  }

  #lingerIfUnused(): void {
    if (this.#isUsed || this.hasEnded) return;
    const lingerMs = this.#services.lingerMs();
    // mutant: end-after-linger
    if (lingerMs === 0) this.endIfUnused();
    else {
      this.#services.onLingering(this, true);
      this.#cancelLinger = this.#services.clock.after(lingerMs, () => this.endIfUnused());
    }
  }

  #stopLingering(): void {
    if (this.#cancelLinger === undefined) return;
    this.#cancelLinger();
    this.#cancelLinger = undefined;
    this.#services.onLingering(this, false);
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

/** Another node owns the topic now, or will: a client subscribes again. */
export function movedError(message: string): SourceError {
  return new SourceError("moved", message, { retryable: true });
}

const ENDED = new SourceError("source_ended", "The source has ended this topic", { retryable: true });
