import { createHash } from "node:crypto";
import type { Principal } from "./auth.js";

/** Maximum length of all tokens together. Their claims take about as much memory. */
const MAX_BYTES = 4_000_000;

interface Verified {
  readonly principal: Principal & { readonly expiresAt: number };
  /** The keys that have verified it. */
  readonly keys: unknown;
  readonly bytes: number;
}

/**
 * The principals of valid tokens. Each request of a client has the same token, and verifying it takes a turn of the event loop
 * and most of the time of a short request. Invalid tokens are not stored, so only clients with a login take memory. Above four
 * megabytes, those that have not been used for longest are verified again.
 */
export class VerifiedTokens {
  /** By hash, so that no token stays in memory; the last one that was used comes last. */
  readonly #verified = new Map<string, Verified>();
  #bytes = 0;

  /** Returns the principal of a token that these keys have verified, unless it has expired. */
  get(token: string, keys: unknown, now: number): Principal | undefined {
    const hash = hashOf(token);
    const found = this.#verified.get(hash);
    if (found === undefined) return undefined;
    this.#delete(hash, found);
    // mutant: same-keys
    if (found.keys !== keys) return undefined;
    // mutant: not-expired
    if (found.principal.expiresAt <= now) return undefined;
    this.#set(hash, found);
    return found.principal;
  }

  add(token: string, keys: unknown, principal: Verified["principal"]): void {
    const hash = hashOf(token);
    const earlier = this.#verified.get(hash);
    if (earlier !== undefined) this.#delete(hash, earlier);
    this.#set(hash, { principal, keys, bytes: token.length });
    for (const [oldest, verified] of this.#verified) {
      // mutant: limit-verified
      if (this.#bytes <= MAX_BYTES) return;
      this.#delete(oldest, verified);
    }
  }

  #set(hash: string, verified: Verified): void {
    this.#verified.set(hash, verified);
    this.#bytes += verified.bytes;
  }

  #delete(hash: string, { bytes }: Verified): void {
    this.#verified.delete(hash);
    this.#bytes -= bytes;
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}
