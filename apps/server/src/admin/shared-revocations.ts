import { createHash } from "node:crypto";
import type { Clock, Revocation, StreamServer } from "@trading/ws-server";
import { type RevocationFile, revocationOf, type StoredRevocation } from "./revocation-file.js";

/** Time for which a restored revocation is kept: a server that was away for longer can bring it back. */
const KEEP_RESTORED_MS = 30 * 86_400_000;
/** Number of entries in one reply to another server, so that it is far below the maximum size. */
const PAGE_ENTRIES = 1_000;

/** The revocations of this server, as they are needed. */
export interface SharedRevocationsParts {
  readonly stream: Pick<StreamServer, "revoke" | "restore">;
  readonly file: RevocationFile;
  readonly clock: Clock;
}

/**
 * The revocations of a server, stored in its file. Servers of a cluster merge theirs: of each subject and token the latest act
 * counts, whichever server learns of it first, so that all come to the same result.
 */
export class SharedRevocations {
  readonly #parts: SharedRevocationsParts;
  readonly #entries = new Map<string, StoredRevocation>();
  /** The exclusive or of the hashes of all entries. */
  #digest = 0n;

  /** Applies the stored revocations. @throws EnvError if they cannot be read */
  constructor(parts: SharedRevocationsParts) {
    this.#parts = parts;
    for (const entry of parts.file.read()) this.#apply(entry);
  }

  /** Is equal on two servers if they have the same revocations. */
  get digest(): string {
    return this.#digest.toString(16);
  }

  /** Returns some entries, and the number of all. @param skip how many to leave out at the beginning */
  page(skip: number): { readonly entries: readonly StoredRevocation[]; readonly total: number } {
    return { entries: [...this.#entries.values()].slice(skip, skip + PAGE_ENTRIES), total: this.#entries.size };
  }

  /** @returns the entry, for other servers, and the number of closed connections @throws WsServerError for an invalid revocation */
  revoke(revocation: Revocation): { readonly entry: StoredRevocation; readonly closed: number } {
    // It is validated before it is stored.
    const closed = this.#parts.stream.revoke(revocation);
    const entry = this.#act(revocation, false);
    this.#write();
    return { entry, closed };
  }

  /** @returns the entry; undefined if the subject or token is not revoked @throws WsServerError for an invalid one */
  restore(revocation: Revocation): StoredRevocation | undefined {
    if (!this.#parts.stream.restore(revocation)) return undefined;
    const entry = this.#act(revocation, true);
    this.#write();
    return entry;
  }

  /** Merges entries of another server. @returns the number of closed connections, and whether anything was new */
  merge(entries: readonly StoredRevocation[]): { readonly closed: number; readonly isChanged: boolean } {
    let closed = 0;
    let isChanged = false;
    for (const entry of entries) {
      if (!this.#isLater(entry)) continue;
      closed += this.#apply(entry);
      isChanged = true;
    }
    if (isChanged) this.#write();
    return { closed, isChanged };
  }

  #isLater(entry: StoredRevocation): boolean {
    if (this.#isForgotten(entry)) return false;
    const known = this.#entries.get(keyOf(entry));
    if (known === undefined || entry.at > known.at) return true;
    // Two acts at the same time: the tokens are refused.
    return entry.at === known.at && !entry.restored && known.restored === true;
  }

  /** Stores an act of an operator on this server, as the latest. */
  #act(revocation: Revocation, restored: boolean): StoredRevocation {
    const known = this.#entries.get(keyOf(revocation));
    const at = Math.max(Math.floor(this.#parts.clock.now()), known === undefined ? 0 : known.at + 1);
    const entry = { ...revocation, at, ...(restored && { restored: true as const }) };
    this.#set(entry);
    return entry;
  }

  #apply(entry: StoredRevocation): number {
    const { stream } = this.#parts;
    this.#set(entry);
    if (!entry.restored) return stream.revoke(revocationOf(entry));
    stream.restore(revocationOf(entry));
    return 0;
  }

  #set(entry: StoredRevocation): void {
    this.#remove(keyOf(entry));
    this.#entries.set(keyOf(entry), entry);
    this.#digest ^= hashOf(entry);
  }

  #remove(key: string): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    this.#entries.delete(key);
    this.#digest ^= hashOf(known);
  }

  #write(): void {
    for (const [key, entry] of this.#entries) if (this.#isForgotten(entry)) this.#remove(key);
    this.#parts.file.write([...this.#entries.values()]);
  }

  #isForgotten({ at, restored }: StoredRevocation): boolean {
    return restored === true && this.#parts.clock.now() - at > KEEP_RESTORED_MS;
  }
}

function keyOf(revocation: Revocation): string {
  return "subject" in revocation ? `subject ${revocation.subject}` : `token ${revocation.tokenId}`;
}

function hashOf(entry: StoredRevocation): bigint {
  const text = JSON.stringify([keyOf(entry), entry.at, entry.restored === true]);
  return createHash("sha256").update(text).digest().readBigUInt64BE();
}
