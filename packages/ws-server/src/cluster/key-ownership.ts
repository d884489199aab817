import type { Clock } from "../platform/clock.js";
import type { Random } from "../platform/random.js";
import type { Bus, Claim } from "./bus.js";
import type { Candidates } from "./candidates.js";
import type { ClaimOutcome, Claims } from "./claims.js";
import type { ClusterTimings } from "./timings.js";

/** A run of one of a key's topics, as it is notified of the key's owner. */
export interface KeyUser {
  /** Whether the question who owns the key waits for its turn. */
  onQueued(isQueued: boolean): void;
  /** This node owns the key. */
  onOwned(): void;
  /**
   * Another node owns the key.
   *
   * @param claim its claim; with an empty id if the node is only asked to make one
   * @param instead the claim that it is asked to replace
   */
  onOwnedBy(claim: Claim, instead?: Claim): void;
  /** No node owns the key, and none can be asked to. */
  onNoOwner(): void;
  /** This node does not own the key any more. */
  onReplaced(): void;
}

/** The services that keys use. */
export interface KeyServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: ClusterTimings;
  readonly claims: Claims;
  readonly candidates: Candidates;
  /** Whether this node claims keys. */
  readonly ownsTopics: boolean;
  /** Returns the milliseconds to wait before a claim, because owners claim their keys again. */
  readonly holdMs: () => number;
  readonly onOver: (key: KeyOwnership) => void;
}

/** Time to wait while a claim of this node is being released. */
const RELEASING_MS = 100;

/**
 * The owner of a key, as one node takes part in it: it finds out who that is, for all runs of the key's topics together. If it is
 * this node, they share its claim, which is released when the last of them has left.
 *
 * A node that does not claim the key looks for its claim, and asks another node to make one if there is none.
 */
export class KeyOwnership {
  readonly key: string;
  readonly #services: KeyServices;
  readonly #claimsKey: boolean;
  readonly #canAsk: boolean;
  #state: "seeking" | "owned" | "over" = "seeking";
  /** The runs that wait to know the owner. */
  readonly #waiting = new Set<KeyUser>();
  /** The runs that this node owns. */
  readonly #owned = new Set<KeyUser>();
  /** This node's claim, as far as it is known to exist. */
  #claim: Claim | undefined;
  /** The life of the store in which the claim was seen last. */
  #incarnation = "";
  /** Whether this node owns the key whatever the store says. */
  #isHeld = false;
  #isSeeking = false;
  /** Whether the question waits for its turn. */
  #isQueued = false;
  /** Whether it waits for the bus. */
  #isOffline = false;
  #cancelRetry: () => void = () => {};

  /** @param isHeldOnly whether only a node that holds the key owns it */
  constructor(key: string, isHeldOnly: boolean, services: KeyServices) {
    this.key = key;
    this.#services = services;
    this.#claimsKey = services.ownsTopics && !isHeldOnly;
    this.#canAsk = !isHeldOnly;
  }

  /** Whether this node owns the key. */
  get isOwned(): boolean {
    return this.#state === "owned";
  }

  /** Whether this node owns the key, or may soon. */
  get isOwnedOrClaimed(): boolean {
    return this.isOwned || (this.#state === "seeking" && this.#claimsKey);
  }

  /** Whether the claim has to be verified before its time, because the store is a new one. */
  get isUnverified(): boolean {
    return this.#claim !== undefined && this.#incarnation !== this.#services.bus.incarnation;
  }

  /** Notifies a run of the owner, now or later, once. @param instead the claim to replace, whose node does not own the key */
  join(user: KeyUser, instead?: Claim): void {
    if (this.isOwned) {
      this.#owned.add(user);
      return void user.onOwned();
    }
    this.#waiting.add(user);
    if (this.#isQueued) user.onQueued(true);
    if (!this.#isSeeking) this.#seek(instead);
  }

  /** A run waits no longer, or its source has stopped. */
  leave(user: KeyUser): void {
    const isUser = this.#waiting.delete(user) || this.#owned.delete(user);
    const isLast = /* mutant: keep-shared-key */ this.#waiting.size + this.#owned.size === 0;
    if (isUser && isLast && !this.#isHeld) this.#end();
  }

  /** Makes this node the owner now, and replaces the claim of any other node, until `letGo`. */
  hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#cancelRetry();
    if (this.#claim === undefined) this.#insist();
    this.#own();
  }

  /** Ends the runs of a key that is held. Its claim is released once their sources have stopped. */
  letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#cancelRetry();
    // Runs that begin from now on have another owner.
    this.#over();
    for (const user of [...this.#owned]) user.onReplaced();
    if (this.#owned.size === 0) this.#end();
  }

  /** The bus is up again. */
  onUp(): void {
    if (!this.#isOffline || this.#state !== "seeking") return;
    this.#cancelRetry();
    this.#seek();
  }

  /** Another node has replaced a claim. */
  onTaken(claim: Claim): void {
    // mutant: end-replaced-owner
    if (claim.id === this.#claim?.id) this.#onReplaced();
  }

  /**
   * Renews the claim. If the store of claims is a new one, the claim is made again as it was; if it is the same one, a claim that
   * is missing was replaced by another node that has released the key since.
   *
   * @param isDue whether also if it was verified in the present life of the store
   */
  verify(isDue: boolean): void {
    const { bus, claims } = this.#services;
    const claim = this.#claim;
    if (claim === undefined || !(isDue || this.isUnverified)) return;
    const { incarnation } = bus;
    const isWanted = () => this.#claim === claim && bus.isUp && bus.incarnation === incarnation;
    claims.request({
      mine: claim,
      instead: /* mutant: renew-existing */ this.#incarnation === incarnation ? claim : undefined,
      isRenewal: true,
      isWanted,
      onOutcome: (outcome) => {
        if (outcome === "unknown" || !isWanted()) return;
        if (outcome.standing?.id === claim.id) this.#incarnation = incarnation;
        else this.#onReplaced();
      },
    });
  }

  #seek(instead?: Claim): void {
    const { bus, claims, timings, holdMs } = this.#services;
    this.#isSeeking = true;
    this.#isOffline = !bus.isUp;
    const delayMs = bus.isUp ? holdMs() : timings.retryMs;
    if (delayMs > 0) return void this.#seekLater(delayMs);
    this.#setQueued(true);
    const turn = {
      isWanted: () => this.#isWaitedFor,
      onSent: () => this.#setQueued(false),
    };
    if (/* mutant: claim-own-topics */ !this.#claimsKey) {
      claims.find({ ...turn, key: this.key, onOutcome: (outcome) => void this.#onFound(outcome, instead) });
      return;
    }
    const mine = this.#newClaim();
    claims.request({ ...turn, mine, instead, onOutcome: (outcome) => this.#onClaimed(mine, outcome) });
  }

  #seekLater(delayMs: number): void {
    this.#cancelRetry = this.#services.clock.after(delayMs, () => {
      if (this.#isWaitedFor) this.#seek();
    });
  }

  #onClaimed(mine: Claim, outcome: ClaimOutcome): void {
    const { bus, claims, timings } = this.#services;
    const standing = outcome === "unknown" ? undefined : outcome.standing;
    if (!this.#isWaitedFor) {
      // mutant: release-unwanted
      if (standing?.id === mine.id) claims.release(mine);
    } else if (outcome === "unknown") this.#seekLater(timings.retryMs);
    // The claim to replace no longer exists.
    else if (standing === undefined) this.#seek();
    else if (standing.id === mine.id) this.#own(mine);
    // A claim of this node whose answer was lost: no run has it.
    else if (/* mutant: own-unknown-claim */ standing.node === bus.node) this.#seek(standing);
    else this.#pass((user) => user.onOwnedBy(standing));
  }

  /** The claim of a key that this node does not claim. */
  async #onFound(outcome: ClaimOutcome, instead: Claim | undefined): Promise<void> {
    const { bus, timings, candidates } = this.#services;
    const standing = outcome === "unknown" ? undefined : outcome.standing;
    if (!this.#isWaitedFor) return;
    if (outcome === "unknown") return void this.#seekLater(timings.retryMs);
    // This node has held the key.
    if (standing?.node === bus.node) return void this.#seekLater(RELEASING_MS);
    if (standing !== undefined && standing.id !== instead?.id)
      return void this.#pass((user) => user.onOwnedBy(standing));
    const chosen = this.#canAsk ? await candidates.choose(this.key, instead?.node) : undefined;
    if (!this.#isWaitedFor) return;
    if (chosen === undefined) this.#pass((user) => user.onNoOwner());
    else this.#pass((user) => user.onOwnedBy({ key: this.key, node: chosen, id: "" }, standing));
  }

  /** Claims a key that is held, whichever node has claimed it. */
  #insist(instead?: Claim): void {
    const { claims, clock, timings } = this.#services;
    const mine = this.#newClaim();
    const isWanted = () => this.#isHeld && this.#claim === undefined;
    claims.request({
      mine,
      instead,
      isWanted,
      onOutcome: (outcome) => {
        const standing = outcome === "unknown" ? undefined : outcome.standing;
        if (!isWanted()) {
          if (standing?.id === mine.id) claims.release(mine);
        } else if (outcome === "unknown") {
          this.#cancelRetry = clock.after(timings.retryMs, () => {
            if (isWanted()) this.#insist();
          });
        } else if (standing?.id === mine.id) this.#onClaim(mine);
        else this.#insist(/* mutant: take-over-held */ standing);
      },
    });
  }

  /** The runs that wait own their topics. @param claim undefined if it is not made yet */
  #own(claim?: Claim): void {
    this.#state = "owned";
    if (claim !== undefined) this.#onClaim(claim);
    this.#setQueued(false);
    this.#pass((user) => {
      this.#owned.add(user);
      user.onOwned();
    });
  }

  #onClaim(claim: Claim): void {
    this.#claim = claim;
    this.#incarnation = this.#services.bus.incarnation;
  }

  #onReplaced(): void {
    this.#claim = undefined;
    // mutant: insist-on-held
    if (this.#isHeld) {
      const { clock, timings } = this.#services;
      this.#cancelRetry = clock.after(timings.retryMs, () => this.#insist());
    } else this.#over();
    for (const user of [...this.#owned]) user.onReplaced();
  }

  /** Notifies the runs that wait. They join again if they have to. */
  #pass(notify: (user: KeyUser) => void): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#isSeeking = false;
    if (!this.isOwned) this.#over();
    for (const user of waiting) notify(user);
  }

  /** No run has it any more. */
  #end(): void {
    this.#over();
    // mutant: release-claim
    if (this.#claim !== undefined) this.#services.claims.release(this.#claim);
    this.#claim = undefined;
  }

  #over(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#cancelRetry();
    this.#services.onOver(this);
  }

  get #isWaitedFor(): boolean {
    return this.#state === "seeking" && this.#waiting.size > 0;
  }

  #setQueued(isQueued: boolean): void {
    if (this.#isQueued === isQueued) return;
    this.#isQueued = isQueued;
    for (const user of this.#waiting) user.onQueued(isQueued);
  }

  #newClaim(): Claim {
    const { bus, random } = this.#services;
    return { key: this.key, node: bus.node, id: random.id() };
  }
}
