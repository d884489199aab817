import type { Retention } from "@trading/topic/retention";
import type { SourceError } from "../../errors.js";
import type { Logger } from "../../platform/logger.js";
import type { UpdateEncoder } from "../codec.js";
import type { Publication } from "../publication.js";
import type { Member, Membership, TopicDescriptor } from "./pub-sub.js";

/** One run of a topic within one process: its owner, the members that follow it, and their common history. */
export class MemoryRun {
  /** Resolves when the owner has started; rejects with the reason if it ends before that. */
  readonly opened: Promise<void>;
  /** Resolves when the owner has left. */
  readonly removed: Promise<void>;
  readonly #topic: string;
  /** The owner's: members of other servers get its frames. */
  readonly #encoder: UpdateEncoder;
  readonly #epoch: string;
  readonly #history: Retention<Publication>;
  readonly #owner: Member;
  readonly #logger: Logger;
  /** An entry for each membership. */
  readonly #members = new Set<{ readonly member: Member }>();
  /** Number of members that wait for the start. */
  #waiting = 0;
  #isEnded = false;
  #open!: () => void;
  #refuse!: (reason: SourceError) => void;
  #remove!: () => void;

  constructor(
    { topic, encoder }: Pick<TopicDescriptor, "topic" | "encoder">,
    epoch: string,
    history: Retention<Publication>,
    owner: Member,
    logger: Logger,
  ) {
    this.#topic = topic;
    this.#encoder = encoder;
    this.#epoch = epoch;
    this.#history = history;
    this.#owner = owner;
    this.#logger = logger;
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
    this.opened.catch(() => {});
    this.removed = new Promise((resolve) => {
      this.#remove = resolve;
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Counts a member that waits for the start. @returns stops counting it */
  wait(): () => void {
    this.#waiting++;
    this.#countFollowers();
    return () => {
      this.#waiting--;
      this.#countFollowers();
    };
  }

  /** @param onLeft the owner's, called once */
  membership(member: Member, onLeft: () => void = () => {}): Membership {
    const isOwner = member === this.#owner;
    const entry = { member };
    this.#members.add(entry);
    if (!isOwner) this.#countFollowers();
    return {
      role: isOwner ? "owner" : "follower",
      epoch: this.#epoch,
      encoder: /* mutant: owners-encoder */ this.#encoder,
      history: this.#history,
      open: () => this.#open(),
      publish: (publication) => {
        if (isOwner && !this.#isEnded && this.#members.has(entry)) this.#publish(publication);
      },
      end: (reason) => {
        if (isOwner) this.#end(reason);
      },
      leave: () => {
        if (!this.#members.delete(entry)) return;
        onLeft();
        if (!isOwner) this.#countFollowers();
      },
    };
  }

  /** The owner has left. */
  remove(): void {
    this.#isEnded = true;
    this.#history.clear();
    this.#remove();
  }

  #countFollowers(): void {
    const isOwned = [...this.#members].some(({ member }) => member === this.#owner);
    if (isOwned && !this.#isEnded) this.#owner.onFollowers(this.#members.size - 1 + this.#waiting);
  }

  #end(reason: SourceError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#refuse(reason);
    for (const { member } of [...this.#members]) if (member !== this.#owner) member.onEnded(reason);
  }

  #publish(publication: Publication): void {
    this.#history.append(publication);
    for (const { member } of this.#members) {
      try {
        member.onPublication(publication);
      } catch (error) {
        // mutant: log-member-error
        this.#logger.error("A member of a topic threw on an update", { topic: this.#topic, error });
      }
    }
  }
}
