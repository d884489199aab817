import type { Position } from "@trading/topic";
import type { Retention } from "@trading/topic/retention";
import { SourceError } from "../errors.js";
import type { Logger } from "../platform/logger.js";
import type { Member, Membership, TopicDescriptor } from "../topics/pub-sub/pub-sub.js";
import { type Publication, publicationOf } from "../topics/publication.js";
import type { Claim } from "./bus.js";
import type { Deaths } from "./deaths.js";
import type { FeedReader, FollowingRun } from "./feed-reader.js";
import type { ClaimName, FeedItem, Refusal } from "./messages.js";
import { notify } from "./owner.js";

/** The services that a follower uses. */
export interface FollowerServices {
  readonly logger: Logger;
  readonly deaths: Deaths;
  /** Silence after which another node is asked to own the topic. */
  readonly muteMs: number;
  readonly newHistory: () => Retention<Publication>;
}

/** The run of a follower. */
export interface FollowedTopic {
  readonly descriptor: TopicDescriptor;
  readonly member: Member;
  /** The claim of the owner. */
  readonly claim: Claim;
  /** The claim that the node is asked to replace. */
  readonly instead: Claim | undefined;
  readonly reader: FeedReader;
  /** All retained updates have arrived. */
  readonly onJoined: (membership: Membership) => void;
  /** The owner does not start: its source has failed. */
  readonly onFailed: (reason: SourceError) => void;
  /** The node does not own the topic, or is dead. */
  readonly onNotOwner: () => void;
  /** The owner's source is stopping. */
  readonly onOwnerEnding: () => void;
  /** The run has ended and left. */
  readonly onLeft: () => void;
}

/** The follower of a topic: it delivers what the owner's node publishes. */
export class Follower implements FollowingRun {
  readonly #run: FollowedTopic;
  readonly #services: FollowerServices;
  #state: "waiting" | "following" | "over" = "waiting";
  #epoch = "";
  #history: Retention<Publication>;
  /** Whether the retained updates are arriving. */
  #isAccepted = false;

  constructor(run: FollowedTopic, services: FollowerServices) {
    this.#run = run;
    this.#services = services;
    this.#history = services.newHistory();
    run.reader.add(this);
    // An owner whose death another run of this node has noticed need not be waited for.
    // mutant: look-at-suspect
    if (services.deaths.isSuspect(run.claim.node)) this.#look();
  }

  get state(): "waiting" | "following" | "over" {
    return this.#state;
  }

  get topic(): string {
    return this.#run.descriptor.topic;
  }

  get schema(): string | undefined {
    return this.#run.descriptor.schema;
  }

  /** The owner's node. */
  get owner(): string {
    return this.#run.claim.node;
  }

  get instead(): ClaimName | undefined {
    const { instead } = this.#run;
    return instead && { node: instead.node, id: instead.id };
  }

  get isWaiting(): boolean {
    return this.#state === "waiting";
  }

  get position(): Position | undefined {
    return this.#state === "following" ? { epoch: this.#epoch, offset: this.#history.offset } : undefined;
  }

  onAccepted(epoch: string, recovered: boolean): void {
    if (this.#state === "following") {
      if (/* mutant: end-other-epoch */ epoch !== this.#epoch) this.#lose("moved", MOVED);
      else if (/* mutant: end-after-loss */ !recovered) this.#lose("updates_lost", UPDATES_LOST);
    } else if (this.#state === "waiting") {
      this.#epoch = epoch;
      this.#isAccepted = true;
      this.#history.clear();
      this.#history = this.#services.newHistory();
    }
  }

  onUpdate({ offset, key, isFinished, body }: FeedItem & { readonly type: "update" }): void {
    const isFollowing = this.#state === "following";
    if (!isFollowing && !(this.#state === "waiting" && this.#isAccepted)) return;
    if (offset <= this.#history.offset) return;
    const { descriptor, member } = this.#run;
    const isLog = descriptor.rule.key === undefined;
    if (isFollowing && isLog && offset !== this.#history.offset + 1) {
      return void this.#lose("updates_lost", UPDATES_LOST);
    }
    const publication = publicationOf(descriptor.encoder, offset, isLog ? undefined : key, isFinished, body);
    this.#history.append(publication);
    if (isFollowing) notify(member, publication, this.topic, this.#services.logger);
  }

  onCurrent(offset: number, floor: number): void {
    if (this.#state === "waiting" && !this.#isAccepted) return;
    this.#history.catchUp(offset, /* mutant: follow-floor */ floor);
    if (this.#state !== "waiting") return;
    this.#state = "following";
    this.#run.onJoined({
      role: "follower",
      epoch: this.#epoch,
      history: this.#history,
      open: () => {},
      publish: () => {},
      end: () => {},
      leave: () => this.leave(),
    });
  }

  onRefused(reason: Refusal): void {
    if (this.#state === "following") this.#lose("moved", MOVED);
    else if (reason === "ending") this.#giveUp(this.#run.onOwnerEnding);
    else this.#giveUp(this.#run.onNotOwner);
  }

  onOwnerEnded(reason: SourceError): void {
    if (this.#state === "following") {
      this.#state = "over";
      this.#run.member.onEnded(reason);
    } else if (reason.code === "moved") this.#giveUp(this.#run.onOwnerEnding);
    else this.#giveUp(() => this.#run.onFailed(reason));
  }

  onStale(): void {
    this.#lose("owner_lost", "The server that runs the source of this topic cannot be reached");
  }

  /** This node owns the topic's key now. */
  onHeld(): void {
    if (this.#state === "following") this.#lose("moved", MOVED);
    else this.#giveUp(this.#run.onOwnerEnding, false);
  }

  onSilent(): void {
    const { reader, claim, onNotOwner } = this.#run;
    // A node that is asked to own the topic can be alive and not reply, as one that is closing.
    if (this.isWaiting && claim.id === "" && /* mutant: leave-mute-node */ reader.ageMs > this.#services.muteMs) {
      return void this.#giveUp(onNotOwner, false);
    }
    this.#look();
  }

  /** Finds out whether the owner is dead. */
  #look(): void {
    this.#services.deaths.look(this.#run.claim.node, () => {
      if (this.#state === "following") this.onStale();
      // It may be alive after all, and start the topic later.
      else this.#giveUp(this.#run.onNotOwner, /* mutant: drop-given-up */ false);
    });
  }

  /** Leaves the feed. A repeated call does nothing. */
  leave(): void {
    this.#state = "over";
    this.#run.reader.remove(this);
    this.#history.clear();
    this.#run.onLeft();
  }

  /** Stops waiting for this owner. @param isKnown whether the owner knows */
  #giveUp(next: () => void, isKnown = true): void {
    if (this.#state !== "waiting") return;
    this.#state = "over";
    this.#run.reader.remove(this, isKnown);
    this.#history.clear();
    next();
  }

  #lose(code: string, message: string): void {
    if (this.#state !== "following") return;
    this.#state = "over";
    this.#run.reader.remove(this);
    this.#run.member.onEnded(new SourceError(code, message, { retryable: true }));
  }
}

const MOVED = "Another server runs the source of this topic now";
const UPDATES_LOST = "Updates between two servers were lost";
