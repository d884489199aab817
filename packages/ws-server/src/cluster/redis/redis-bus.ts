import { WsServerError } from "../../errors.js";
import { type Clock, systemClock } from "../../platform/clock.js";
import { type Logger, lineLogger } from "../../platform/logger.js";
import { type Random, systemRandom } from "../../platform/random.js";
import { withTimeout } from "../../platform/timeout.js";
import type { Bus, BusListener, BusNode, Claim, NodeRole } from "../bus.js";
import { RedisConnection, type RedisTlsOptions, type RenewedKeys } from "./connection.js";
import { addressOf, parseRedisUrl, type RedisEndpoint } from "./endpoint.js";
import { decodeInbox, encodeMessage, encodeTaken, type InboxMessage, parseClaim, textOf } from "./inbox.js";
import { RedisProblem } from "./problems.js";
import { primaryOf } from "./sentinel.js";

/** Options of {@link RedisBus}. */
export interface RedisBusOptions {
  /**
   * `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS, or `unix:///path/to/socket`. With Sentinel,
   * `redis+sentinel://[user:password@]host[:port],…/name[/database]`: the hosts are the Sentinels', the login is the server's.
   * `?sentinelUser=…&sentinelPassword=…` logs in to the Sentinels.
   */
  readonly url: string;
  /** Certificates for `rediss://`. @default the authorities that Node trusts */
  readonly tls?: RedisTlsOptions;
  /** Begins all keys and channels: clusters with different ones share a Redis without seeing each other. @default "trading:" */
  readonly prefix?: string;
  /** Milliseconds after which a node that has not renewed its lifetime counts as dead. @default 5_000 */
  readonly lifetimeMs?: number;
  /** Milliseconds to keep a claim that is not verified. @default 600_000 */
  readonly claimMs?: number;
  /** Milliseconds without a reply after which the connection is replaced. @default 2_000 */
  readonly timeoutMs?: number;
  /** Bytes that Redis has not confirmed, above which `send` returns false. @default 8_388_608 */
  readonly maxUnconfirmedBytes?: number;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** @default warnings and errors, as JSON lines on standard error */
  readonly logger?: Logger;
}

/** A node renews its lifetime this many times while it lasts. */
const RENEWALS = 4;

/**
 * Longest delay before the first attempt to connect again, and before further ones. The delay is random. The latter is less
 * than `graceMs` of a cluster, so that a node that is able to connect again does not count as dead.
 */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 500;

/**
 * The bus on Redis 6.2 or later, or Valkey: a key for each claim, and a key with a lifetime and an inbox channel for each node.
 *
 * @throws WsServerError `invalid_option`
 */
export class RedisBus implements Bus {
  readonly node: string;
  /** With Sentinels: the primary that was found last. */
  #endpoint: RedisEndpoint;
  readonly #options: Required<Omit<RedisBusOptions, "url">>;
  #listener: BusListener | undefined;
  #ownsTopics = false;
  #connection: RedisConnection | undefined;
  #incarnation = "";
  /** Whether `send` has returned false, and `onDrain` was not called since. */
  #isFull = false;
  #problem: string | undefined = "The bus is not open yet";
  #isClosed = false;
  #invalidMessages = 0;
  readonly #closing = new AbortController();

  constructor(options: RedisBusOptions) {
    this.#endpoint = parseRedisUrl(options.url);
    this.#options = {
      tls: options.tls ?? {},
      prefix: options.prefix ?? "trading:",
      lifetimeMs: options.lifetimeMs ?? 5_000,
      claimMs: options.claimMs ?? 600_000,
      timeoutMs: options.timeoutMs ?? 2_000,
      maxUnconfirmedBytes: options.maxUnconfirmedBytes ?? 8_388_608,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      logger: options.logger ?? lineLogger("warn"),
    };
    const { prefix, random } = this.#options;
    if (!/^[\w:.-]{1,64}$/.test(prefix)) {
      throw new WsServerError(
        "invalid_option",
        `Invalid option "prefix" of a RedisBus: expected 1 to 64 letters, digits, or : . _ -, got ${JSON.stringify(prefix)}`,
      );
    }
    this.node = random.id();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  /** The reason for which the bus is down, in one sentence; undefined while it is up. */
  get problem(): string | undefined {
    return this.#problem;
  }

  open(listener: BusListener, { ownsTopics }: NodeRole): void {
    this.#listener = listener;
    this.#ownsTopics = ownsTopics;
    void this.#run();
  }

  send(to: string, message: Uint8Array): boolean {
    if (this.#connection === undefined) return true;
    const hasRoom = this.#connection.publish(this.#inboxOf(to), encodeMessage(this.node, message));
    if (!hasRoom) this.#isFull = true;
    return hasRoom;
  }

  async claim(mine: Claim, instead?: Claim): Promise<Claim | undefined> {
    const notice =
      instead !== undefined && instead.node !== this.node
        ? { inbox: this.#inboxOf(instead.node), text: encodeTaken(instead) }
        : undefined;
    const replaced = instead === undefined ? "" : textOf(instead);
    const key = this.#claimKey(mine.key);
    const standing = await this.#up.claim(key, textOf(mine), replaced, this.#options.claimMs, notice);
    return standing === "" ? undefined : parseClaim(mine.key, standing);
  }

  async find(key: string): Promise<Claim | undefined> {
    const standing = await this.#up.get(this.#claimKey(key));
    return standing === undefined ? undefined : parseClaim(key, standing);
  }

  async release(claim: Claim): Promise<void> {
    await this.#up.release(this.#claimKey(claim.key), textOf(claim));
  }

  /** Returns whether a node has renewed its lifetime and is connected: Redis notices immediately that a process was killed. */
  async isAlive(node: string): Promise<boolean> {
    return this.#up.has(this.#lifetimeKey(node), this.#inboxOf(node));
  }

  async owners(): Promise<readonly string[]> {
    return this.#up.owners(this.#keys.owners, this.#lifetimeKey(""), this.#inboxOf(""));
  }

  async nodes(settings: string): Promise<readonly BusNode[]> {
    const keys = {
      nodes: `${this.#options.prefix}nodes`,
      settingsStart: this.#settingsKey(""),
      lifetimeStart: this.#lifetimeKey(""),
      inboxStart: this.#inboxOf(""),
    };
    return this.#up.nodes(keys, this.node, settings, this.#options.claimMs);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closing.abort();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#problem = "The bus is closed";
    if (connection === undefined) return;
    const { clock, timeoutMs } = this.#options;
    const late = () => new Error("No reply");
    const keys = [this.#lifetimeKey(this.node), this.#settingsKey(this.node)];
    // Commands are answered in order, so everything that was sent before has arrived when this is answered.
    await withTimeout(clock, timeoutMs, connection.delete(keys), late).catch(() => {});
    connection.close(new Error("The bus is closed"));
  }

  /** Connects, again and again until the bus is closed. */
  async #run(): Promise<void> {
    const { clock, random } = this.#options;
    let attempt = 0;
    while (!this.#isClosed) {
      try {
        const connection = await this.#connect();
        attempt = 0;
        await this.#renewUntilBroken(connection);
      } catch (error) {
        this.#onDown(error as Error);
      }
      const longestMs = Math.min(FIRST_RETRY_MS * 2 ** attempt++, MAX_RETRY_MS);
      await pause(clock, random.fraction() * longestMs, this.#closing.signal);
    }
  }

  async #connect(): Promise<RedisConnection> {
    const { tls, timeoutMs, maxUnconfirmedBytes, clock } = this.#options;
    this.#endpoint = await primaryOf(this.#endpoint, { tls, timeoutMs, clock });
    const connection: RedisConnection = await RedisConnection.open({
      endpoint: this.#endpoint,
      tls,
      inbox: this.#inboxOf(this.node),
      onMessage: (message) => {
        if (this.#connection === connection) this.#onMessage(message);
      },
      onDrain: () => {
        if (this.#connection === connection) this.#onDrain();
      },
      timeoutMs,
      maxUnconfirmedBytes,
      signal: this.#closing.signal,
      clock,
    });
    return connection;
  }

  /** Is up while the connection works. @throws RedisProblem when it does not any more */
  async #renewUntilBroken(connection: RedisConnection): Promise<never> {
    const { lifetimeMs, timeoutMs, clock, random } = this.#options;
    const owner = this.#ownsTopics ? this.node : "";
    const renew = () => {
      const renewed = connection.renew(this.#keys, lifetimeMs, random.id(), owner);
      return withTimeout(clock, timeoutMs, renewed, () => this.#newProblem(`has not replied for ${timeoutMs} ms`));
    };
    try {
      const store = await renew();
      this.#onUp(connection, `${connection.serverLife}:${store}`);
      for (;;) {
        await pause(clock, lifetimeMs / RENEWALS, connection.closed);
        if ((await renew()) !== store) throw this.#newProblem("was emptied");
      }
    } catch (error) {
      connection.close(error);
      throw connection.closed.reason;
    }
  }

  #onUp(connection: RedisConnection, incarnation: string): void {
    if (this.#isClosed) throw new Error("The bus is closed");
    this.#connection = connection;
    this.#incarnation = incarnation;
    if (this.#problem !== undefined) this.#options.logger.info("Connected to Redis", { node: this.node });
    this.#problem = undefined;
    this.#listener?.onUp();
    this.#onDrain();
  }

  #onDown({ message }: Error): void {
    if (this.#isClosed) return;
    // The same problem at each attempt is one log line.
    if (message !== this.#problem) this.#options.logger.warn(message, { node: this.node });
    this.#problem = message;
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    this.#listener?.onDown();
  }

  #onDrain(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#listener?.onDrain();
  }

  #onMessage(bytes: Buffer): void {
    let message: InboxMessage;
    try {
      message = decodeInbox(bytes, this.node);
    } catch (error) {
      // Something else than a node publishes to this channel.
      if (this.#invalidMessages++ === 0) this.#options.logger.error("A message in Redis was refused", { error });
      return;
    }
    if (message.type === "message") this.#listener?.onMessage(message.from, message.body);
    else this.#listener?.onTaken(message.claim);
  }

  /** The open connection. @throws Error while there is none */
  get #up(): RedisConnection {
    if (this.#connection === undefined) throw new Error("The connection to Redis is closed");
    return this.#connection;
  }

  #newProblem(sentence: string): RedisProblem {
    return new RedisProblem(`Redis at ${addressOf(this.#endpoint)} ${sentence}`);
  }

  #inboxOf(node: string): string {
    return `${this.#options.prefix}inbox:${node}`;
  }

  #claimKey(key: string): string {
    return `${this.#options.prefix}claim:${key}`;
  }

  #lifetimeKey(node: string): string {
    return `${this.#options.prefix}node:${node}`;
  }

  #settingsKey(node: string): string {
    return `${this.#options.prefix}settings:${node}`;
  }

  get #keys(): RenewedKeys {
    const { prefix } = this.#options;
    return { node: this.#lifetimeKey(this.node), store: `${prefix}store`, owners: `${prefix}owners` };
  }
}

/** Waits, at most until a signal is aborted. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end);
  });
}
