import { WsServerError } from "../errors.js";
import type { Principal } from "./auth.js";

/** The tokens to refuse: all tokens of a subject, or the one token whose claim `jti` is `tokenId`. */
export type Revocation = { readonly subject: string } | { readonly tokenId: string };

/** Maximum number of revocations. A further one is an error, because dropping an earlier one would accept its tokens again. */
const MAX_REVOCATIONS = 100_000;

/** The revoked subjects and tokens, in memory. */
export class Revocations {
  readonly #subjects = new Set<string>();
  readonly #tokenIds = new Set<string>();

  /** @throws WsServerError `invalid_revocation`, or `too_many_revocations` above 100,000 */
  add(revocation: Revocation): void {
    const { values, value } = this.#find(revocation);
    if (!values.has(value) && this.#subjects.size + this.#tokenIds.size >= MAX_REVOCATIONS) {
      throw new WsServerError(
        "too_many_revocations",
        `There are ${MAX_REVOCATIONS} revocations: delete those of tokens that have expired`,
      );
    }
    values.add(value);
  }

  /** Returns whether it existed. @throws WsServerError `invalid_revocation` */
  delete(revocation: Revocation): boolean {
    const { values, value } = this.#find(revocation);
    return values.delete(value);
  }

  /** Returns whether a principal's token is revoked. */
  includes({ subject, claims }: Principal): boolean {
    const tokenId = claims?.jti;
    return this.#subjects.has(subject) || (typeof tokenId === "string" && this.#tokenIds.has(tokenId));
  }

  /** All revocations, those of subjects first. */
  get all(): readonly Revocation[] {
    return [
      ...Array.from(this.#subjects, (subject) => ({ subject })),
      ...Array.from(this.#tokenIds, (tokenId) => ({ tokenId })),
    ];
  }

  #find(revocation: Revocation): { readonly values: Set<string>; readonly value: string } {
    const { subject, tokenId, ...others } = revocation as { subject?: unknown; tokenId?: unknown };
    const value = subject ?? tokenId;
    const isOne = (subject === undefined) !== (tokenId === undefined) && Object.keys(others).length === 0;
    if (isOne && typeof value === "string" && value !== "") {
      return { values: subject === undefined ? this.#tokenIds : this.#subjects, value };
    }
    throw new WsServerError(
      "invalid_revocation",
      `Invalid revocation: expected { subject } or { tokenId } with a text that is not empty, got ${JSON.stringify(revocation)}`,
    );
  }
}
