import { createHash, timingSafeEqual } from "node:crypto";
import { EnvError } from "../config/env.js";

/** Minimum length of a token. It is the only protection of the operators' endpoints. */
const MIN_LENGTH = 32;

/** Maximum length of a name, and its characters. */
const NAME = /^[\w.@-]{1,64}$/;

/** A token of an operator. */
export interface AdminToken {
  /** The operator, for the audit lines. */
  readonly name: string;
  readonly secret: string;
}

/**
 * Parses the value of ADMIN_TOKEN: a token, or several as `name:token`, separated by commas or lines.
 *
 * @throws EnvError
 */
export function parseAdminTokens(text: string): readonly AdminToken[] {
  const tokens = text
    .split(/[\s,]+/)
    .filter((item) => item !== "")
    .map((item) => {
      const end = item.lastIndexOf(":");
      return { name: end < 0 ? "admin" : item.slice(0, end), secret: item.slice(end + 1) };
    });
  for (const [index, { name, secret }] of tokens.entries()) {
    if (!NAME.test(name))
      throw invalid(`the name ${JSON.stringify(name)} has characters other than A-Z, a-z, 0-9 and _.@-`);
    if (secret.length < MIN_LENGTH) {
      throw invalid(`the token of ${name} has ${secret.length} characters, and needs at least ${MIN_LENGTH}`);
    }
    if (tokens.findIndex((other) => other.name === name || other.secret === secret) < index) {
      throw invalid(`the token or the name of ${name} occurs twice`);
    }
  }
  return tokens;
}

function invalid(problem: string): EnvError {
  return new EnvError("ADMIN_TOKEN", `Invalid ADMIN_TOKEN: ${problem}. Create a token with openssl rand -hex 32.`);
}

/** The tokens that operators can use. */
export class AdminTokens {
  #tokens: readonly { readonly name: string; readonly digest: Buffer }[] = [];

  constructor(tokens: readonly AdminToken[]) {
    this.replace(tokens);
  }

  get isEmpty(): boolean {
    return this.#tokens.length === 0;
  }

  /** Replaces the tokens. */
  replace(tokens: readonly AdminToken[]): void {
    this.#tokens = tokens.map(({ name, secret }) => ({ name, digest: digestOf(secret) }));
  }

  /** Returns the operator of an Authorization header; undefined if it has no known token. Its duration does not depend on the token. */
  nameOf(authorization: string | undefined): string | undefined {
    const [, secret = ""] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    const digest = digestOf(secret);
    let found: string | undefined;
    // All are compared, and digests have one length, so that the time does not depend on the secret.
    for (const token of this.#tokens) if (timingSafeEqual(token.digest, digest)) found = token.name;
    return found;
  }
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
