import type { Claim } from "./bus.js";

/** The claims of a cluster in memory: one for each key. */
export class ClaimStore {
  readonly #claims: Map<string, Claim>;
  readonly #onTaken: (claim: Claim) => void;

  /** @param onTaken called with a claim that another node has replaced @param claims those that exist. @default none */
  constructor(onTaken: (claim: Claim) => void, claims: Iterable<Claim> = []) {
    this.#onTaken = onTaken;
    this.#claims = new Map(Array.from(claims, (claim) => [claim.key, claim]));
  }

  get size(): number {
    return this.#claims.size;
  }

  [Symbol.iterator](): Iterator<Claim> {
    return this.#claims.values();
  }

  find(key: string): Claim | undefined {
    return this.#claims.get(key);
  }

  /** Claims a key as `Bus.claim` describes it. @returns the claim that exists now; undefined if there is none */
  claim(mine: Claim, instead?: Claim): Claim | undefined {
    const standing = this.#claims.get(mine.key);
    const isMade =
      instead === undefined ? standing === undefined : /* mutant: replace-existing */ standing?.id === instead.id;
    if (!isMade) return standing;
    this.#claims.set(mine.key, mine);
    if (standing !== undefined && standing.node !== mine.node) this.#onTaken(standing);
    return mine;
  }

  /** Removes a claim, if it is still this one. */
  release(claim: Claim): void {
    // mutant: release-own
    if (this.#claims.get(claim.key)?.id === claim.id) this.#claims.delete(claim.key);
  }

  /** Removes all claims of a node. */
  releaseAll(node: string): void {
    for (const claim of this.#claims.values()) if (claim.node === node) this.#claims.delete(claim.key);
  }
}
