import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";

/** Maximum number of keys that are compared: the settings of a node are short. */
const MAX_KEYS = 50;

/** Decides which tokens a server accepts, in a form that other servers may know: it has no secret, and no hash of one alone. */
export type TokenRules = z.output<typeof tokenRules>;

const mark = z.string().max(64);

export const tokenRules = z.object({
  mode: z.enum(["none", "demo", "jwt"]),
  /** The keys that tokens are verified with: shared secrets, or public keys in a file or at a URL. */
  source: z.enum(["none", "secret", "file", "url"]),
  /** One mark for each key; empty if they are not known, as those at a URL. */
  keys: z.array(mark).max(MAX_KEYS),
  algorithms: z.array(mark).max(MAX_KEYS),
  issuer: mark,
  audience: mark,
});

/** Settings of the verification of tokens. */
export interface TokenSettings {
  readonly mode: TokenRules["mode"];
  readonly secrets?: readonly string[];
  readonly keyFile?: string;
  readonly algorithms?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
}

/**
 * Returns the rules of a server with these settings.
 *
 * @param salt the same for all servers that are compared, so that the marks of a secret differ between clusters
 */
export function tokenRulesOf(settings: TokenSettings, salt: string): TokenRules {
  const { mode, secrets, keyFile, algorithms = [], issuer = "", audience = "" } = settings;
  const isVerifying = mode !== "none";
  const source = !isVerifying ? "none" : secrets !== undefined ? "secret" : keyFile !== undefined ? "file" : "url";
  // With the secret as the key, so that only who knows it can compute the mark.
  const ofSecret = (secret: string) => createHmac("sha256", secret).update(`trading cluster ${salt}`).digest("hex");
  const keys = secrets?.map((secret) => short(ofSecret(secret))) ?? marksInFile(keyFile);
  return { mode, source, keys, algorithms: [...algorithms], issuer: hashOf(issuer), audience: hashOf(audience) };
}

/**
 * Returns the name of the variable for which one of two servers refuses tokens that the other accepts; undefined if there is none.
 * Servers with one key in common are compatible, so that keys can be replaced.
 */
export function conflictingVariable(mine: TokenRules, other: TokenRules): string | undefined {
  if (mine.mode !== other.mode) return "AUTH_MODE";
  const haveCommon = (left: readonly string[], right: readonly string[]) =>
    left.length === 0 || right.length === 0 || left.some((each) => right.includes(each));
  const isPublic = ({ source }: TokenRules) => source === "file" || source === "url";
  const isComparable = mine.source === other.source;
  if (!isComparable && !(isPublic(mine) && isPublic(other))) return "JWT_SECRET";
  if (isComparable && !haveCommon(mine.keys, other.keys)) {
    return mine.mode === "demo" ? "DEMO_SECRET" : mine.source === "file" ? "JWKS_FILE" : "JWT_SECRET";
  }
  if (!haveCommon(mine.algorithms, other.algorithms)) return "JWT_ALGORITHMS";
  if (mine.issuer !== other.issuer) return "JWT_ISSUER";
  return mine.audience === other.audience ? undefined : "JWT_AUDIENCE";
}

/** Returns the marks of the public keys in a file; none if it cannot be read, or has too many. */
function marksInFile(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    const { keys } = JSON.parse(readFileSync(path, "utf8")) as { keys: Record<string, unknown>[] };
    // The members of a public key (RFC 7638), whatever their order and its metadata.
    const marks = keys.map(({ kty, crv, x, y, n, e }) => hashOf(JSON.stringify([kty, crv, x, y, n, e])));
    return marks.length <= MAX_KEYS ? marks : [];
  } catch {
    // The authenticator reports it, and keeps the last valid keys.
    return [];
  }
}

function hashOf(text: string): string {
  return text === "" ? "" : short(createHash("sha256").update(text).digest("hex"));
}

function short(hex: string): string {
  return hex.slice(0, 32);
}
