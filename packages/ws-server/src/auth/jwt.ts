import { createSecretKey, type KeyObject, type webcrypto } from "node:crypto";
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import { WsServerError } from "../errors.js";
import { type Clock, systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Authenticator, MAX_TOKEN_BYTES } from "./auth.js";
import { fixedKeys, type KeySource, KeysAtUrl, keysInFile } from "./key-source.js";
import { VerifiedTokens } from "./verified-tokens.js";

/** Minimum length of a shared secret in bytes: the length of the hash (RFC 7518, section 3.2). */
const SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 };

const PUBLIC_KEY_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** Supported signature algorithms. `none` is not supported. */
export type JwtAlgorithm = keyof typeof SECRET_BYTES | (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** The keys for verifying tokens. */
export type JwtKeys =
  /**
   * A secret shared with the issuer, for HS256 (at least 32 bytes), HS384 (48) or HS512 (64). A string is encoded as UTF-8.
   * A list is for replacing the secret: a token signed with any of them is accepted.
   */
  | { readonly secret: string | Uint8Array | readonly (string | Uint8Array)[] }
  /** Path of a JSON Web Key Set of public keys. It is reloaded when it changes; if it is invalid, the last valid keys stay. */
  | { readonly jwksFile: string }
  /**
   * URL of the issuer's key set: https, or http on localhost. It is fetched for the first token, every ten minutes, and for an
   * unknown key at most every 30 seconds.
   */
  | { readonly jwksUrl: string };

/** The requirements of {@link jwtAuthenticator} for a token. */
export interface JwtOptions {
  /** The accepted algorithms: all of them HS, or all of them with public keys. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** Required `iss`. @default not checked */
  readonly issuer?: string;
  /** Required `aud`, or one of its entries. Set it if the issuer serves other applications as well. @default not checked */
  readonly audience?: string;
  /** Tolerated difference to the issuer's clock, for `nbf` and `exp`. @default 5 */
  readonly clockToleranceSeconds?: number;
  /** The claim with the principal's subject, a string of 1 to 256 characters. @default "sub" */
  readonly subjectClaim?: string;
  /** Maximum length of a token; a longer one is refused without verification. @default 16_384 */
  readonly maxTokenBytes?: number;
  /** Time source. @default the system clock */
  readonly clock?: Clock;
  /** Logs refused tokens at debug, and unavailable keys at warn; never a token. @default warnings on standard error */
  readonly logger?: Logger;
}

const MAX_SUBJECT_LENGTH = 256;

/**
 * Creates an authenticator for JSON Web Tokens (RFC 7519) that are signed, have an `exp` in whole seconds, and name a
 * subject.
 *
 * A valid token is verified once: until it expires, or the keys have changed, the authenticator returns the same principal for
 * it, which is frozen.
 *
 * The authenticator rejects with WsServerError `unauthorized`, with the same message for every invalid token, or with
 * `keys_unavailable` when the key set cannot be fetched.
 *
 * @throws WsServerError `invalid_option`
 */
export function jwtAuthenticator(keys: JwtKeys, options: JwtOptions): Authenticator {
  const { clockToleranceSeconds = 5, subjectClaim = "sub", maxTokenBytes = MAX_TOKEN_BYTES } = options;
  const { clock = systemClock, logger = lineLogger("warn") } = options;
  assertWhole("clockToleranceSeconds", clockToleranceSeconds, 0);
  assertWhole("maxTokenBytes", maxTokenBytes, 1);
  assertAlgorithms(keys, options.algorithms);
  const source = keySource(keys, options.algorithms, clock, logger);
  const requirements = {
    algorithms: [...options.algorithms],
    clockTolerance: clockToleranceSeconds,
    ...(options.issuer !== undefined && { issuer: options.issuer }),
    ...(options.audience !== undefined && { audience: options.audience }),
  };

  const verified = new VerifiedTokens();
  return async (token) => {
    try {
      if (typeof token !== "string" || token.length > maxTokenBytes) throw new errors.JWTInvalid("too long");
      const arrivedAt = clock.monotonic();
      const current = await source.current();
      const now = clock.now();
      const known = verified.get(token, current, now);
      if (known !== undefined) return known;
      const options = { ...requirements, currentDate: new Date(now) };
      const { payload, keys } = await verify(token, { source, current, arrivedAt }, options);
      if (isAmbiguous(token)) throw new errors.JWTInvalid("ambiguous names");
      const principal = Object.freeze({
        subject: subjectOf(payload, subjectClaim),
        expiresAt: expiryOf(payload, clockToleranceSeconds),
        claims: Object.freeze(payload),
      });
      verified.add(token, keys, principal);
      return principal;
    } catch (error) {
      if (error instanceof WsServerError) throw error;
      // Only the code is logged, because jose's errors contain the claims.
      logger.debug("A token was refused", { reason: error instanceof errors.JOSEError ? error.code : "ERR_UNKNOWN" });
      throw new WsServerError("unauthorized", "The token is not valid");
    }
  };
}

function subjectOf(payload: JWTPayload, claim: string): string {
  const subject = payload[claim];
  if (typeof subject === "string" && subject !== "" && subject.length <= MAX_SUBJECT_LENGTH) return subject;
  throw new errors.JWTInvalid("no subject");
}

/** Returns the time from which the token would be refused, so that a connection ends when a new one would be refused. */
function expiryOf({ exp }: JWTPayload, toleranceSeconds: number): number {
  const expiresAt = (Number(exp) + toleranceSeconds) * 1_000;
  if (Number.isSafeInteger(exp) && Number.isSafeInteger(expiresAt)) return expiresAt;
  throw new errors.JWTInvalid("no expiry");
}

/**
 * Returns whether an object in a verified token has a duplicate name, which parsers interpret differently, or the name
 * `__proto__`. JSON.parse reports neither, so the text is scanned: in JSON only a name is followed by a colon.
 */
function isAmbiguous(token: string): boolean {
  const json = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  const open: Set<unknown>[] = [];
  for (const [symbol, text, colon] of json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (symbol === "{" || symbol === "[") open.push(new Set());
    else if (symbol === "}" || symbol === "]") open.pop();
    else if (text !== undefined && colon !== undefined) {
      const name: unknown = JSON.parse(text);
      const names = open.at(-1);
      if (name === "__proto__" || names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}

/** Verifies a token with one set of keys. @throws JOSEError for an invalid token */
type Verify = (token: string, options: JWTVerifyOptions) => Promise<JWTPayload>;

async function verify(
  token: string,
  { source, current, arrivedAt }: { source: KeySource<Verify>; current: Verify; arrivedAt: number },
  options: JWTVerifyOptions,
): Promise<{ payload: JWTPayload; keys: Verify }> {
  try {
    return { payload: await current(token, options), keys: current };
  } catch (error) {
    const key = unknownKey(token, error);
    const newer = key === undefined ? undefined : await source.refresh(key, arrivedAt);
    if (newer === undefined || newer === current) throw error;
    return { payload: await newer(token, options), keys: newer };
  }
}

/**
 * Returns an identification of the token's key if newer keys could verify the token; undefined if they could not. A token
 * without a key ID is identified by its signature.
 */
function unknownKey(token: string, error: unknown): string | undefined {
  const [head = "", , signature = ""] = token.split(".");
  const isUnverified =
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
  if (!isUnverified) return undefined;
  const { kid } = JSON.parse(Buffer.from(head, "base64url").toString()) as { readonly kid?: unknown };
  if (typeof kid === "string") return error instanceof errors.JWKSNoMatchingKey ? `id ${kid.slice(0, 256)}` : undefined;
  return `signature ${signature.slice(0, 64)}`;
}

function keySource(
  keys: JwtKeys,
  algorithms: readonly JwtAlgorithm[],
  clock: Clock,
  logger: Logger,
): KeySource<Verify> {
  if ("jwksUrl" in keys) return new KeysAtUrl(assertUrl(keys.jwksUrl), parseKeySet, clock, logger);
  if ("jwksFile" in keys) {
    try {
      return keysInFile(keys.jwksFile, parseKeySet, logger);
    } catch (cause) {
      throw invalid(
        `Invalid option "jwksFile": expected a readable JSON Web Key Set of public keys, got ${JSON.stringify(keys.jwksFile)}`,
        cause,
      );
    }
  }
  const secrets: readonly unknown[] = Array.isArray(keys.secret) ? keys.secret : [keys.secret];
  if (secrets.length === 0) throw invalid('Invalid option "secret": expected at least one, got an empty list');
  const secretKeys = secrets.map((secret, index) =>
    secretKey(secrets === keys.secret ? `secret[${index}]` : "secret", secret, algorithms),
  );
  return fixedKeys((token, options) => verifyWithAny(secretKeys, token, options));
}

function secretKey(name: string, secret: unknown, algorithms: readonly JwtAlgorithm[]): KeyObject {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw invalid(`Invalid option "${name}": expected a string or bytes, got ${typeof secret}`);
  }
  const bytes = Buffer.from(secret);
  for (const algorithm of algorithms) {
    const least = SECRET_BYTES[algorithm as keyof typeof SECRET_BYTES];
    if (bytes.length < least)
      throw invalid(`Invalid option "${name}": ${algorithm} requires at least ${least} bytes, got ${bytes.length}`);
  }
  // A public key is not secret: with it as the shared secret, anyone could sign tokens.
  if (bytes.includes("-----BEGIN "))
    throw invalid(`Invalid option "${name}": got a PEM key, pass public keys by jwksFile`);
  return createSecretKey(bytes);
}

/** @throws Error for a text that is not a key set of public keys */
function parseKeySet(text: string): Verify {
  const set = JSON.parse(text) as JSONWebKeySet;
  const find = createLocalJWKSet(set);
  if (set.keys.some((key) => "d" in key || "k" in key)) throw new Error("The key set contains a private or secret key");
  const findWithoutId = createLocalJWKSet({ keys: set.keys.filter(({ kid }) => kid === undefined) });
  const verifyWith = async (getKey: JWTVerifyGetKey, token: string, options: JWTVerifyOptions) => {
    try {
      return (await jwtVerify(token, getKey, options)).payload;
    } catch (error) {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(error, token, options);
      throw error;
    }
  };
  return async (token, options) => {
    try {
      return await verifyWith(find, token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    try {
      // An issuer can write key IDs into tokens only.
      return await verifyWith(({ kid: _, ...header }, jws) => findWithoutId(header, jws), token, options);
    } catch (error) {
      throw error instanceof errors.JWSSignatureVerificationFailed ? new errors.JWKSNoMatchingKey() : error;
    }
  };
}

/** Verifies a token with the first of several keys that has signed it. */
async function verifyWithAny(
  keys: Iterable<KeyObject> | AsyncIterable<webcrypto.CryptoKey>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function assertUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password) throw invalid('Invalid option "jwksUrl": must not contain a user or password');
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  // An attacker who can modify plain http responses can replace the keys.
  if (url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && isLocal))) return url;
  throw invalid(
    `Invalid option "jwksUrl": expected an https URL, or an http URL of localhost, got ${JSON.stringify(text)}`,
  );
}

function assertAlgorithms(keys: JwtKeys, algorithms: readonly JwtAlgorithm[]): void {
  const sources = ["secret", "jwksFile", "jwksUrl"].filter((name) => name in keys);
  if (sources.length !== 1) throw invalid(`Pass one of secret, jwksFile and jwksUrl, got ${sources.length}`);
  const fitting: readonly string[] = "secret" in keys ? Object.keys(SECRET_BYTES) : PUBLIC_KEY_ALGORITHMS;
  if (!Array.isArray(algorithms) || algorithms.length === 0)
    throw invalid(`Invalid option "algorithms": expected at least one, such as ${fitting[0]}`);
  const wrong = algorithms.find((algorithm) => !fitting.includes(algorithm));
  if (wrong === undefined) return;
  throw invalid(
    `Invalid option "algorithms": with ${sources[0]}, expected some of ${fitting.join(", ")}, got ${JSON.stringify(wrong)}`,
  );
}

function assertWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw invalid(`Invalid option "${name}": expected an integer of at least ${least}, got ${String(value)}`);
}

function invalid(message: string, cause?: unknown): WsServerError {
  return new WsServerError("invalid_option", message, cause === undefined ? undefined : { cause });
}
