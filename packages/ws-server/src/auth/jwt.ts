import { createSecretKey } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { WsServerError } from "../errors.js";
import { type Clock, systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Authenticator, MAX_TOKEN_BYTES } from "./auth.js";

/** Bytes that a shared secret needs at least: as many as its hash has (RFC 7518, 3.2). */
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

/** How a token may be signed. There is no `none`. */
export type JwtAlgorithm = keyof typeof SECRET_BYTES | (typeof PUBLIC_KEY_ALGORITHMS)[number];

/** What tokens are verified with: one of the three. */
export type JwtKeys =
  /** Shared with the issuer, for HS256 (at least 32 bytes), HS384 (48) or HS512 (64). Text counts as UTF-8. */
  | { readonly secret: string | Uint8Array }
  /** A JSON Web Key Set of public keys. Read again when it changes; while it is broken, the last good keys stay. */
  | { readonly jwksFile: string }
  /**
   * Where the issuer publishes its key set: https, or http on this machine. Fetched at the first token, after ten minutes,
   * and for an unknown key at most every 30 seconds.
   */
  | { readonly jwksUrl: string };

/** What {@link jwtAuthenticator} asks of a token. */
export interface JwtOptions {
  /** The only algorithms that count, whatever a token says: all HS, or all of public keys. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** What `iss` must be. @default not looked at */
  readonly issuer?: string;
  /** What `aud` must be or have. Set it wherever the issuer serves other applications as well. @default not looked at */
  readonly audience?: string;
  /** How far the issuer's clock may be off: `nbf` may lie so far ahead, and a token is good for so long after its `exp`. @default 5 */
  readonly clockToleranceSeconds?: number;
  /** The claim that names the principal's subject: a text of 1 to 256 characters. @default "sub" */
  readonly subjectClaim?: string;
  /** A longer token is not looked at. @default 16_384 */
  readonly maxTokenBytes?: number;
  /** Time. @default the computer's clock */
  readonly clock?: Clock;
  /** Told at debug why tokens are refused, and at warn when keys cannot be had; never a token. @default warnings on standard error */
  readonly logger?: Logger;
}

const MAX_SUBJECT_LENGTH = 256;
const FETCH_TIMEOUT_MS = 5_000;
/** While the issuer cannot be reached, it is asked this often, however many tokens come. */
const FETCH_RETRY_MS = 1_000;
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
const KEYS_MAX_AGE_MS = 600_000;

/**
 * Trusts JSON Web Tokens (RFC 7519) that are signed, have an `exp` in whole seconds, and name a subject.
 *
 * The authenticator rejects with WsServerError `unauthorized`, in the same words for every bad token, or with
 * `keys_unavailable` when the key set cannot be fetched, which says nothing about the token.
 *
 * @throws WsServerError `invalid_option`
 */
export function jwtAuthenticator(keys: JwtKeys, options: JwtOptions): Authenticator {
  const { clockToleranceSeconds = 5, subjectClaim = "sub", maxTokenBytes = MAX_TOKEN_BYTES } = options;
  const { clock = systemClock, logger = lineLogger("warn") } = options;
  assertWhole("clockToleranceSeconds", clockToleranceSeconds, 0);
  assertWhole("maxTokenBytes", maxTokenBytes, 1);
  assertAlgorithms(keys, options.algorithms);
  const getKey = keyFinder(keys, options.algorithms, clock, logger);
  const asked = {
    algorithms: [...options.algorithms],
    clockTolerance: clockToleranceSeconds,
    ...(options.issuer !== undefined && { issuer: options.issuer }),
    ...(options.audience !== undefined && { audience: options.audience }),
  };

  return async (token) => {
    try {
      if (typeof token !== "string" || token.length > maxTokenBytes) throw new errors.JWTInvalid("too long");
      const { payload } = await jwtVerify(token, getKey, { ...asked, currentDate: new Date(clock.now()) });
      if (isAmbiguous(token)) throw new errors.JWTInvalid("ambiguous names");
      return {
        subject: subjectOf(payload, subjectClaim),
        expiresAt: expiryOf(payload, clockToleranceSeconds),
        claims: payload,
      };
    } catch (error) {
      if (error instanceof WsServerError) throw error;
      // The code is jose's and fixed. Its errors carry the claims, so none goes further.
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

/** The moment from which the token would be refused, so that a connection ends when a new one could not be had. */
function expiryOf({ exp }: JWTPayload, toleranceSeconds: number): number {
  const expiresAt = (Number(exp) + toleranceSeconds) * 1_000;
  if (Number.isSafeInteger(exp) && Number.isSafeInteger(expiresAt)) return expiresAt;
  throw new errors.JWTInvalid("no expiry");
}

/**
 * Whether an object in a verified token has a name twice, which parsers understand differently, or the name `__proto__`.
 * JSON.parse tells nothing of either, so the text is read: in JSON only a name is followed by a colon.
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

function keyFinder(keys: JwtKeys, algorithms: readonly JwtAlgorithm[], clock: Clock, logger: Logger): JWTVerifyGetKey {
  if ("jwksFile" in keys) return fileKeys(keys.jwksFile, logger);
  if ("jwksUrl" in keys) return urlKeys(keys.jwksUrl, clock, logger);
  const { secret } = keys;
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw invalid(`secret is of type ${typeof secret}: give text or bytes`);
  }
  const bytes = Buffer.from(secret);
  for (const algorithm of algorithms) {
    const least = SECRET_BYTES[algorithm as keyof typeof SECRET_BYTES];
    if (bytes.length < least) throw invalid(`secret has ${bytes.length} bytes: ${algorithm} needs at least ${least}`);
  }
  // A public key is known to everyone: with it as the secret, anyone could sign.
  if (bytes.includes("-----BEGIN ")) throw invalid("secret is a PEM key: give public keys by jwksFile");
  const key = createSecretKey(bytes);
  return () => key;
}

function fileKeys(path: string, logger: Logger): JWTVerifyGetKey {
  let stamp: string | undefined;
  let keys: JWTVerifyGetKey;
  try {
    stamp = stampOf(path);
    keys = readKeys(path);
  } catch (cause) {
    throw invalid(`jwksFile is ${JSON.stringify(path)}: give a readable JSON Web Key Set of public keys`, cause);
  }
  return (header, token) => {
    const seen = stampOf(path);
    if (seen !== stamp) {
      stamp = seen;
      try {
        keys = readKeys(path);
      } catch (error) {
        logger.warn("The JWKS file has changed and cannot be used: the last good keys stay", { path, error });
      }
    }
    return keys(header, token);
  };
}

/** What differs when a file was written or replaced; undefined while it is not there. */
function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}

function readKeys(path: string): JWTVerifyGetKey {
  const set = JSON.parse(readFileSync(path, "utf8"));
  const keys = createLocalJWKSet(set);
  if (keys.jwks().keys.some((key) => "d" in key || "k" in key)) throw new Error("A key in it is private or secret");
  return keys;
}

function urlKeys(text: string, clock: Clock, logger: Logger): JWTVerifyGetKey {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password) throw invalid("jwksUrl has a user or password: leave them out");
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  // Whoever can change plain http on its way can sign.
  if (url === undefined || (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal))) {
    throw invalid(`jwksUrl is ${JSON.stringify(text)}: give an https URL, or an http one of this machine`);
  }
  let retryAt = Number.NEGATIVE_INFINITY;
  const fetchKeys: FetchImplementation = async (href, init) => {
    // Clients are told this one, so it says nothing of where the keys are.
    const message = "Tokens cannot be checked right now: try again later";
    const unavailable = new WsServerError("keys_unavailable", message, { retryable: true });
    if (clock.monotonic() < retryAt) throw unavailable;
    try {
      const response = await fetch(href, init);
      if (response.status !== 200) throw new Error(`It answered with status ${response.status}`);
      const set = (await response.json()) as JSONWebKeySet;
      createLocalJWKSet(set);
      return Response.json(set);
    } catch (error) {
      retryAt = clock.monotonic() + FETCH_RETRY_MS;
      logger.warn("The JWKS cannot be fetched", { host: url.host, error });
      throw unavailable;
    }
  };
  return createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: UNKNOWN_KEY_COOLDOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: fetchKeys,
  });
}

function assertAlgorithms(keys: JwtKeys, algorithms: readonly JwtAlgorithm[]): void {
  const sources = ["secret", "jwksFile", "jwksUrl"].filter((name) => name in keys);
  if (sources.length !== 1) throw invalid(`${sources.length} of secret, jwksFile and jwksUrl are given: give one`);
  const fitting: readonly string[] = "secret" in keys ? Object.keys(SECRET_BYTES) : PUBLIC_KEY_ALGORITHMS;
  if (!Array.isArray(algorithms) || algorithms.length === 0)
    throw invalid(`algorithms is empty: pin ${fitting[0]}, say`);
  const wrong = algorithms.find((algorithm) => !fitting.includes(algorithm));
  if (wrong === undefined) return;
  throw invalid(`algorithms has ${JSON.stringify(wrong)}: with ${sources[0]}, pin some of ${fitting.join(", ")}`);
}

function assertWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw invalid(`${name} is ${String(value)}: give a whole number of at least ${least}`);
}

function invalid(message: string, cause?: unknown): WsServerError {
  return new WsServerError("invalid_option", message, cause === undefined ? undefined : { cause });
}
