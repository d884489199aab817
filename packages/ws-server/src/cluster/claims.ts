import type { Clock } from "../platform/clock.js";
import type { Bus, Claim } from "./bus.js";
import type { NodeCounts } from "./counts.js";
import type { ClusterTimings } from "./timings.js";

/** Claims that may wait for their answers together: more would only exceed their time limits together. */
const MAX_IN_FLIGHT = 64;

/** The outcome of a claim: what exists now, or that the answer was lost. */
export type ClaimOutcome = { readonly standing: Claim | undefined } | "unknown";

/** A question about a claim, which waits for its turn. */
interface Question {
  /** Returns whether the answer is still wanted, when its turn has come. */
  readonly isWanted: () => boolean;
  /** Its turn has come: it is sent now. */
  readonly onSent?: () => void;
  /** Called once, unless the claim is cancelled before it is sent. */
  readonly onOutcome: (outcome: ClaimOutcome) => void;
}

interface SentQuestion extends Question {
  readonly ask: () => Promise<Claim | undefined>;
}

/** A claim to make. */
export interface ClaimRequest extends Question {
  readonly mine: Claim;
  /** See {@link Bus.claim}. */
  readonly instead?: Claim | undefined;
  /** Whether the claim exists already and is verified: then it is kept when the answer is lost. */
  readonly isRenewal?: boolean;
}

/** A claim to find. */
export interface ClaimSearch extends Question {
  readonly key: string;
}

/** The services that claims use. */
export interface ClaimServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timings: ClusterTimings;
  readonly counts: NodeCounts;
}

/** The claims that this node makes, finds and releases: a limited number at a time, each with a time limit. */
export class Claims {
  readonly #services: ClaimServices;
  readonly #queue: SentQuestion[] = [];
  #inFlight = 0;
  /** Claims to release, by id, until the release is confirmed: one that is left would lead other nodes here. */
  readonly #unreleased = new Map<string, Claim>();

  constructor(services: ClaimServices) {
    this.#services = services;
  }

  /** Number of questions that wait for their turn. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Number of claims whose release is not confirmed. */
  get unreleased(): number {
    return this.#unreleased.size;
  }

  request({ mine, instead, isRenewal = false, onOutcome, ...question }: ClaimRequest): void {
    this.#enqueue({
      ...question,
      ask: () => this.#services.bus.claim(mine, instead),
      onOutcome: (outcome) => {
        // The claim may have been made, and only its answer is lost.
        // mutant: release-unanswered
        if (outcome === "unknown" && !isRenewal) this.release(mine);
        const isMade = outcome !== "unknown" && outcome.standing?.id === mine.id;
        if (isMade && instead !== undefined && instead.node !== mine.node) this.#services.counts.takeovers++;
        onOutcome(outcome);
      },
    });
  }

  find({ key, ...question }: ClaimSearch): void {
    this.#enqueue({ ...question, ask: () => this.#services.bus.find(key) });
  }

  /** Releases a claim, again and again until that is confirmed. */
  release(claim: Claim): void {
    this.#unreleased.set(claim.id, claim);
    this.#sendRelease(claim);
  }

  /** Repeats the releases that are not confirmed. */
  releaseAgain(): void {
    for (const claim of this.#unreleased.values()) this.#sendRelease(claim);
  }

  #sendRelease(claim: Claim): void {
    const { bus } = this.#services;
    if (!bus.isUp) return;
    bus.release(claim).then(
      () => void this.#unreleased.delete(claim.id),
      () => {},
    );
  }

  #enqueue(question: SentQuestion): void {
    this.#queue.push(question);
    this.#next();
  }

  #next(): void {
    // mutant: limit-claims
    while (this.#inFlight < MAX_IN_FLIGHT) {
      const question = this.#queue.shift();
      if (question === undefined) return;
      if (question.isWanted()) this.#send(question);
    }
  }

  #send({ ask, onSent, onOutcome }: SentQuestion): void {
    const { clock, timings } = this.#services;
    onSent?.();
    this.#inFlight++;
    let isSettled = false;
    const settle = (outcome: ClaimOutcome) => {
      if (isSettled) return;
      isSettled = true;
      cancel();
      this.#inFlight--;
      onOutcome(outcome);
      this.#next();
    };
    const cancel = clock.after(timings.answerMs, () => settle("unknown"));
    ask().then(
      (standing) => settle({ standing }),
      () => settle("unknown"),
    );
  }
}
