import { readFileSync, statSync } from "node:fs";
import { WsServerError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import { readText } from "../platform/read-text.js";

/** Maximum size of a key set. A key with its certificates has a few kilobytes. */
const MAX_KEYS_BYTES = 1_048_576;
const FETCH_TIMEOUT_MS = 5_000;
/** Minimum interval between attempts to fetch the keys from an unreachable issuer. */
const FETCH_RETRY_MS = 1_000;
/** Minimum interval between two fetches for unknown keys, which anyone can request. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;
const KEYS_MAX_AGE_MS = 600_000;
/** Maximum number of unknown keys that are remembered. */
const MAX_UNKNOWN_KEYS = 1_000;

/** The source of the current keys for verifying tokens. */
export interface KeySource<Keys> {
  /** @throws WsServerError `keys_unavailable` if they cannot be fetched */
  current(): Promise<Keys>;
  /**
   * Returns newer keys for a token whose key is not among the current ones.
   *
   * @param key identifies the unknown key
   * @param arrivedAt monotonic time at which the verification of the token started
   * @returns undefined if the current keys are newer than the token: its key does not exist
   * @throws WsServerError `keys_unavailable` if they cannot be fetched at the moment
   */
  refresh(key: string, arrivedAt: number): Promise<Keys | undefined>;
}

/** Creates a source of keys that never change. */
export function fixedKeys<Keys>(keys: Keys): KeySource<Keys> {
  return { current: async () => keys, refresh: async () => undefined };
}

/**
 * Creates a source that reads a file again when it has changed; if it is invalid, the last valid keys stay.
 *
 * @param parse throws for an invalid key set
 * @throws Error if the file cannot be read, or is invalid
 */
export function keysInFile<Keys>(path: string, parse: (text: string) => Keys, logger: Logger): KeySource<Keys> {
  const read = () => {
    const { size } = statSync(path);
    if (size > MAX_KEYS_BYTES) throw new Error(`The key set has ${size} bytes, the maximum is ${MAX_KEYS_BYTES}`);
    return parse(readFileSync(path, "utf8"));
  };
  let stamp = stampOf(path);
  let keys = read();
  return {
    async current() {
      const seen = stampOf(path);
      if (seen !== stamp) {
        stamp = seen;
        try {
          keys = read();
        } catch (error) {
          logger.warn("The changed JWKS file is invalid: the last valid keys stay", { path, error });
        }
      }
      return keys;
    },
    refresh: async () => undefined,
  };
}

/** Returns a value that changes when the file is written or replaced; undefined if it does not exist. */
function stampOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}

/**
 * Fetches keys from a URL: for the first token, every ten minutes, and for an unknown key at most every 30 seconds.
 *
 * A key that its issuer has just published is unknown until the next fetch. So a token with a key that has not been seen
 * before the last fetch cannot be verified yet, which is different from being invalid.
 */
export class KeysAtUrl<Keys> implements KeySource<Keys> {
  readonly #url: URL;
  readonly #parse: (text: string) => Keys;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #fetched: { readonly keys: Keys; readonly startedAt: number } | undefined;
  #pending: Promise<Keys> | undefined;
  #retryAt = Number.NEGATIVE_INFINITY;
  /** Monotonic times at which unknown keys were first seen, oldest first. */
  readonly #unknownSince = new Map<string, number>();

  /** @param parse throws for an invalid key set */
  constructor(url: URL, parse: (text: string) => Keys, clock: Clock, logger: Logger) {
    this.#url = url;
    this.#parse = parse;
    this.#clock = clock;
    this.#logger = logger;
  }

  async current(): Promise<Keys> {
    const isFresh = this.#ageMs() < KEYS_MAX_AGE_MS;
    return isFresh && this.#fetched !== undefined ? this.#fetched.keys : this.#fetch();
  }

  async refresh(key: string, arrivedAt: number): Promise<Keys | undefined> {
    const since = this.#unknownSince.get(key) ?? arrivedAt;
    if (!this.#unknownSince.has(key)) this.#remember(key, arrivedAt);
    if (this.#pending !== undefined || this.#ageMs() >= UNKNOWN_KEY_COOLDOWN_MS) return this.#fetch();
    const isAbsent = this.#fetched !== undefined && this.#fetched.startedAt >= since;
    if (isAbsent) return undefined;
    throw unavailable();
  }

  #ageMs(): number {
    return this.#clock.monotonic() - (this.#fetched?.startedAt ?? Number.NEGATIVE_INFINITY);
  }

  #remember(key: string, since: number): void {
    const [oldest] = this.#unknownSince.keys();
    if (this.#unknownSince.size >= MAX_UNKNOWN_KEYS && oldest !== undefined) this.#unknownSince.delete(oldest);
    this.#unknownSince.set(key, since);
  }

  #fetch(): Promise<Keys> {
    this.#pending ??= this.#load().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #load(): Promise<Keys> {
    const startedAt = this.#clock.monotonic();
    if (startedAt < this.#retryAt) throw unavailable();
    try {
      const response = await fetch(this.#url, {
        redirect: "manual",
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
        headers: { accept: "application/json" },
      });
      if (response.status !== 200) throw new Error(`The JWKS endpoint responded with status ${response.status}`);
      const keys = this.#parse(await readText(response, MAX_KEYS_BYTES));
      this.#fetched = { keys, startedAt };
      return keys;
    } catch (error) {
      this.#retryAt = this.#clock.monotonic() + FETCH_RETRY_MS;
      this.#logger.warn("The JWKS cannot be fetched", { host: this.#url.host, error });
      throw unavailable();
    }
  }
}

/** Its message is sent to clients, so it does not disclose the URL of the keys. */
function unavailable(): WsServerError {
  const message = "Tokens cannot be verified at the moment: try again later";
  return new WsServerError("keys_unavailable", message, { retryable: true });
}
