import type { Position } from "@trading/topic";
import { Retention, type RetentionLimits } from "@trading/topic/retention";
import { SourceError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Random } from "../platform/random.js";
import type { Member, Membership, TopicDescriptor } from "../topics/pub-sub/pub-sub.js";
import type { Publication } from "../topics/publication.js";
import type { Claim } from "./bus.js";
import type { Deaths } from "./deaths.js";
import type { FeedReader } from "./feed-reader.js";
import type { FeedWriter } from "./feed-writer.js";
import { Follower } from "./follower.js";
import type { KeyOwnership, KeyUser } from "./key-ownership.js";
import { Owner, type WaitingFollower } from "./owner.js";
import type { ClusterTimings } from "./timings.js";

/** The services that a run uses. */
export interface ClusterRunServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly timings: ClusterTimings;
  readonly limits: RetentionLimits;
  readonly deaths: Deaths;
  /** Returns the ownership of a topic's key. */
  readonly keyOf: (topic: TopicDescriptor) => KeyOwnership;
  /** Returns whether this node owns a key, or is claiming it, for whichever run. */
  readonly hasKey: (key: string) => boolean;
  /** Returns the feed of an owner. */
  readonly readerOf: (owner: string) => FeedReader;
  readonly onOver: (run: ClusterRun) => void;
}

/** The states of a run, in the order of its life: that of an owner, or that of a follower. */
export type RunState = "claiming" | "starting" | "owning" | "ending" | "waiting" | "following" | "over";

/** Time to wait while an owner's source stops. */
const ENDING_MS = 100;

/**
 * A topic on one node of a cluster. It finds out who owns the topic's key, and then keeps one role and one epoch: what changes
 * them ends it.
 *
 * | state | event | next |
 * | --- | --- | --- |
 * | claiming | the key is this node's, another node's, without an owner for too long | starting, waiting, over: `no_owner` |
 * | starting | the source has started, has failed | owning, ending |
 * | waiting | all retained updates have arrived | following |
 * | waiting | the owner's source is stopping; it is not the owner, or dead | claiming; claim instead |
 * | following | other epoch; updates missing; the owner is silent | over: `moved`; `updates_lost`; `owner_lost` |
 * | owning | the key is another node's | ending: `moved`, and nothing is released |
 * | owning | not used any more, or ended by the source | ending |
 * | ending | the source has stopped | over, and the claim is released unless the key has other runs here |
 *
 * The claim is in key-ownership.ts, the events of the owner are in owner.ts, those of the follower in follower.ts.
 */
export class ClusterRun implements KeyUser {
  readonly topic: string;
  readonly #descriptor: TopicDescriptor;
  readonly #member: Member;
  readonly #services: ClusterRunServices;
  /** Undefined while it is claiming. */
  #role: Owner | Follower | undefined;
  #key: KeyOwnership | undefined;
  #isOver = false;
  /** When it has found no owner for the first time. */
  #unownedSince: number | undefined;
  /** The followers that want the topic while it is claiming. */
  #waiting: WaitingFollower[];
  #cancelRetry: () => void = () => {};
  #resolve: (membership: Membership) => void = () => {};
  #reject: (error: SourceError) => void = () => {};

  /** @param waiting the followers for which it was started */
  constructor(
    descriptor: TopicDescriptor,
    member: Member,
    services: ClusterRunServices,
    waiting: readonly WaitingFollower[] = [],
  ) {
    this.topic = descriptor.topic;
    this.#descriptor = descriptor;
    this.#member = member;
    this.#services = services;
    this.#waiting = [...waiting];
    for (const { writer, id } of waiting) writer.wait(id, this);
  }

  /** See `TopicDescriptor.schema`. */
  get schema(): string | undefined {
    return this.#descriptor.schema;
  }

  get state(): RunState {
    if (this.#isOver) return "over";
    return this.#role?.state ?? "claiming";
  }

  /** The key that the topic's owner claims. */
  get key(): string {
    return this.#descriptor.key ?? this.topic;
  }

  /**
   * Resolves as the owner, or once this node follows the owner.
   *
   * @param instead the claim to replace, for the followers that wait
   */
  join(instead?: Claim): Promise<Membership> {
    const { signal } = this.#member;
    const joined = new Promise<Membership>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener("abort", () => this.#abandon(), { once: true });
    if (this.#waiting.length > 0) this.#member.onFollowers(this.#waiting.length);
    if (signal.aborted) this.#abandon();
    else this.#seek(instead);
    return joined;
  }

  /** Another node wants the topic. */
  onWanted(writer: FeedWriter, id: number, position: Position | undefined): void {
    if (this.#role instanceof Owner) this.#role.onWanted(writer, id, position);
    // The node that asks may know of this node's claim before this node does. One with a position follows an earlier run.
    else if (
      /* mutant: wait-while-claiming */ this.state === "claiming" &&
      /* mutant: refuse-before-claim */ position === undefined
    ) {
      writer.wait(id, this);
      this.#waiting.push({ writer, id, position });
      this.#member.onFollowers(this.#waiting.length);
    } else this.#refuse(writer, id);
  }

  /** A follower that waits for the claim has left. */
  onUnfollowed(writer: FeedWriter, id: number): void {
    this.#waiting = this.#waiting.filter((one) => one.writer !== writer || one.id !== id);
    this.#member.onFollowers(this.#waiting.length);
  }

  /** The node that owns the topic, as far as this one knows. */
  get owner(): string | undefined {
    return this.#role instanceof Follower && !this.#isOver ? this.#role.owner : undefined;
  }

  /** Another node publishes to the topic. */
  onForwarded(body: string): void {
    // mutant: publish-forwarded
    if (this.#role instanceof Owner) this.#member.onForwarded?.(body);
  }

  onQueued(isQueued: boolean): void {
    this.#member.onQueued?.(isQueued);
  }

  onOwned(): void {
    const { logger, random } = this.#services;
    const owner = new Owner(
      {
        topic: this.topic,
        isLog: this.#descriptor.rule.key === undefined,
        epoch: /* mutant: own-epoch */ random.id(),
        history: this.#newHistory(),
        member: this.#member,
        waiting: this.#waiting,
        onLeft: () => this.#over(),
      },
      { logger },
    );
    this.#waiting = [];
    this.#role = owner;
    this.#resolve(owner.membership);
  }

  onOwnedBy(claim: Claim, instead?: Claim): void {
    this.#key = undefined;
    this.#refuseWaiting();
    // The member may have ended the run, because no follower is left.
    if (this.#isOver) return;
    const { logger, deaths, timings, readerOf } = this.#services;
    this.#role = new Follower(
      {
        descriptor: this.#descriptor,
        member: this.#member,
        claim,
        instead,
        reader: readerOf(claim.node),
        onJoined: (membership) => this.#resolve(membership),
        onFailed: (reason) => this.#fail(reason),
        onNotOwner: () => this.#seek(claim),
        onOwnerEnding: () => this.#seekLater(ENDING_MS),
        onLeft: () => this.#over(),
      },
      { logger, deaths, muteMs: timings.answerMs, newHistory: () => this.#newHistory() },
    );
  }

  onNoOwner(): void {
    const { clock, timings } = this.#services;
    this.#key = undefined;
    this.#refuseWaiting();
    if (this.#isOver) return;
    const now = clock.monotonic();
    this.#unownedSince ??= now;
    // mutant: fail-without-owner
    if (now - this.#unownedSince < timings.ownerMs) return void this.#seekLater(timings.retryMs);
    this.#fail(new SourceError("no_owner", NO_OWNER, { retryable: true }));
  }

  onReplaced(): void {
    if (this.#role instanceof Owner) this.#role.onReplaced();
  }

  /** This node owns the key, because it holds it. */
  onHeld(): void {
    if (this.#role instanceof Follower) this.#role.onHeld();
  }

  #seek(instead?: Claim): void {
    this.#role = undefined;
    this.#key = this.#services.keyOf(this.#descriptor);
    this.#key.join(this, instead);
  }

  #seekLater(delayMs: number): void {
    this.#role = undefined;
    this.#cancelRetry = this.#services.clock.after(delayMs, () => {
      if (this.state === "claiming") this.#seek();
    });
  }

  /** The member's run has ended while it was joining. */
  #abandon(): void {
    const { state } = this;
    if (state !== "claiming" && state !== "waiting") return;
    if (this.#role instanceof Follower) this.#role.leave();
    else this.#over();
    this.#reject(new SourceError("unsubscribed", "The run has ended before it was joined"));
  }

  #fail(reason: SourceError): void {
    this.#over();
    this.#reject(reason);
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelRetry();
    this.#refuseWaiting();
    this.#key?.leave(this);
    this.#services.onOver(this);
  }

  #refuseWaiting(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { writer, id } of waiting) this.#refuse(writer, id);
    this.#member.onFollowers(0);
  }

  /**
   * Refuses a follower. "not_owner" lets its node replace this node's claim, under which sources of the key's other topics may
   * run here, although this run still waits for an earlier owner.
   */
  #refuse(writer: FeedWriter, id: number): void {
    writer.refuse(id, /* mutant: keep-key-of-others */ this.#services.hasKey(this.key) ? "ending" : "not_owner");
  }

  #newHistory(): Retention<Publication> {
    const { clock, limits } = this.#services;
    return new Retention(this.#descriptor.rule, clock, limits);
  }
}

const NO_OWNER = "No server that can run the source of this topic is connected";
