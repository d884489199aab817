import type { Position } from "@trading/topic";
import type { Retention } from "@trading/topic/retention";
import { SourceError } from "../errors.js";
import type { Logger } from "../platform/logger.js";
import type { Member, Membership } from "../topics/pub-sub/pub-sub.js";
import type { Publication } from "../topics/publication.js";
import type { FeedWriter, FollowedRun } from "./feed-writer.js";

/** A follower that waits for the start. */
export interface WaitingFollower {
  readonly writer: FeedWriter;
  readonly id: number;
  readonly position: Position | undefined;
}

/** The services that an owner uses. */
export interface OwnerServices {
  readonly logger: Logger;
}

/** The run of an owner. */
export interface OwnedRun {
  readonly topic: string;
  readonly isLog: boolean;
  readonly epoch: string;
  readonly history: Retention<Publication>;
  readonly member: Member;
  /** The followers that have requested the topic before this node owned it. */
  readonly waiting: readonly WaitingFollower[];
  /** The source has stopped. */
  readonly onLeft: () => void;
}

/** The owner of a topic: its node runs the source. */
export class Owner implements FollowedRun {
  readonly #run: OwnedRun;
  readonly #services: OwnerServices;
  #state: "starting" | "owning" | "ending" | "over" = "starting";
  #followers: { readonly writer: FeedWriter; readonly id: number }[] = [];
  #waiting: WaitingFollower[];

  constructor(run: OwnedRun, services: OwnerServices) {
    this.#run = run;
    this.#services = services;
    this.#waiting = [...run.waiting];
    for (const { writer, id } of this.#waiting) writer.wait(id, this);
  }

  get state(): "starting" | "owning" | "ending" | "over" {
    return this.#state;
  }

  get epoch(): string {
    return this.#run.epoch;
  }

  get isLog(): boolean {
    return this.#run.isLog;
  }

  get history(): Retention<Publication> {
    return this.#run.history;
  }

  get membership(): Membership {
    return {
      role: "owner",
      epoch: this.epoch,
      history: this.history,
      open: () => this.#open(),
      publish: (publication) => this.#publish(publication),
      end: (reason) => this.#end(reason),
      leave: () => this.#leave(),
    };
  }

  /** Another node wants the topic. */
  onWanted(writer: FeedWriter, id: number, position: Position | undefined): void {
    if (this.#state === "owning") this.#accept(writer, id, position);
    // A follower with a position follows an earlier run, and would not notice its end while it waits.
    else if (this.#state === "starting" && /* mutant: refuse-former-follower */ position === undefined) {
      writer.wait(id, this);
      this.#waiting.push({ writer, id, position });
    } else {
      // mutant: refuse-while-ending
      writer.refuse(id, this.#state === "ending" ? "ending" : "not_owner");
      return;
    }
    this.#countFollowers();
  }

  onUnfollowed(writer: FeedWriter, id: number): void {
    const isOther = (one: { readonly writer: FeedWriter; readonly id: number }) =>
      one.writer !== writer || one.id !== id;
    this.#followers = this.#followers.filter(isOther);
    this.#waiting = this.#waiting.filter(isOther);
    this.#countFollowers();
  }

  /** This node does not own the topic's key any more. */
  onReplaced(): void {
    if (!this.#isActive) return;
    const reason = new SourceError("moved", "Another server runs the source of this topic now", { retryable: true });
    this.#end(reason);
    this.#run.member.onEnded(reason);
  }

  get #isActive(): boolean {
    return this.#state === "starting" || this.#state === "owning";
  }

  /** The source has started. */
  #open(): void {
    if (this.#state !== "starting") return;
    this.#state = "owning";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { writer, id, position } of waiting) this.#accept(writer, id, position);
  }

  #accept(writer: FeedWriter, id: number, position: Position | undefined): void {
    this.#followers.push({ writer, id });
    writer.accept(id, this, position);
  }

  #countFollowers(): void {
    this.#run.member.onFollowers(this.#followers.length + this.#waiting.length);
  }

  #publish(publication: Publication): void {
    if (!this.#isActive) return;
    this.history.append(publication);
    // The feeds first: so the message to each follower is sent at the end of the turn before the writes to this node's clients,
    // which take milliseconds, and an update that a listener publishes in response follows this one.
    for (const { writer, id } of this.#followers) writer.publish(id, publication);
    notify(this.#run.member, publication, this.#run.topic, this.#services.logger);
  }

  #end(reason: SourceError): void {
    if (!this.#isActive) return;
    this.#state = "ending";
    const all = [...this.#followers, ...this.#waiting];
    this.#followers = [];
    this.#waiting = [];
    for (const { writer, id } of all) writer.end(id, reason);
  }

  #leave(): void {
    if (this.#state === "over") return;
    this.#end(new SourceError("moved", "The server has stopped the source of this topic", { retryable: true }));
    this.#state = "over";
    this.history.clear();
    this.#run.onLeft();
  }
}

/** Notifies a member of a publication. One that throws affects nothing else. */
export function notify(member: Member, publication: Publication, topic: string, logger: Logger): void {
  try {
    member.onPublication(publication);
  } catch (error) {
    // mutant: isolate-member
    logger.error("A member of a topic threw on an update", { topic, error });
  }
}
