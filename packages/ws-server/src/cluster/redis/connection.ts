import type { ConnectionOptions } from "node:tls";
import { createClient, defineScript } from "redis";
import type { Clock } from "../../platform/clock.js";
import { withTimeout } from "../../platform/timeout.js";
import type { BusNode } from "../bus.js";
import { addressOf, type RedisEndpoint } from "./endpoint.js";
import { CLUSTER_MODE, RedisProblem, redisProblem, SILENT } from "./problems.js";
import { CLAIM, NODES, OWNERS, RELEASE, RENEW } from "./scripts.js";

/** The TLS options of a connection; the URL decides whether TLS is used. */
export type RedisTlsOptions = Pick<ConnectionOptions, "ca" | "cert" | "key" | "passphrase" | "servername">;

/** The settings and the events of a connection. */
export interface RedisConnectionOptions {
  readonly endpoint: RedisEndpoint;
  readonly tls: RedisTlsOptions;
  /** The channel to subscribe to. */
  readonly inbox: string;
  readonly onMessage: (message: Buffer) => void;
  /** There is room for messages again. */
  readonly onDrain: () => void;
  /** Bytes of messages without a reply, above which `publish` returns false. */
  readonly maxUnconfirmedBytes: number;
  /** Time limit for the connection with its first commands, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends an attempt to connect. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The keys that the renewal of a lifetime writes. */
export interface RenewedKeys {
  readonly node: string;
  readonly store: string;
  readonly owners: string;
}

/** The key of the nodes' names, and the starts of keys and channels that end with such a name. */
export interface PublishedKeys {
  readonly nodes: string;
  readonly settingsStart: string;
  readonly lifetimeStart: string;
  readonly inboxStart: string;
}

/** Messages are dropped when the unconfirmed bytes are this many times their maximum: then the sender ignores the back pressure. */
const DROP_FACTOR = 16;

type Client = ReturnType<typeof newClient>;

/**
 * One connection to Redis, for commands and messages alike. It is never repaired: when it breaks, all unanswered commands are
 * rejected, and another one has to be made. So no command is ever queued or sent again, and messages and replies of two
 * connections cannot be mixed up.
 */
export class RedisConnection {
  readonly #client: Client;
  readonly #options: RedisConnectionOptions;
  readonly #closing = new AbortController();
  #serverLife = "";
  #unconfirmedBytes = 0;
  #isFull = false;

  private constructor(client: Client, options: RedisConnectionOptions) {
    this.#client = client;
    this.#options = options;
    client.on("error", (error) => this.close(error));
  }

  /** Connects, checks that the server can be used, and subscribes. @throws RedisProblem */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const { endpoint, inbox, onMessage, timeoutMs, signal, clock } = options;
    const address = addressOf(endpoint);
    const client = newClient(options);
    const connection = new RedisConnection(client, options);
    const opening = async () => {
      await client.connect();
      connection.#serverLife = lifeOf(endpoint, await client.info());
      await client.subscribe(inbox, onMessage, true);
    };
    const late = () => new RedisProblem(`Redis at ${address} ${SILENT}`);
    const abort = () => connection.close(new Error("The attempt to connect was ended"));
    signal.addEventListener("abort", abort);
    try {
      await withTimeout(clock, timeoutMs, Promise.race([opening(), rejectedBy(connection.closed)]), late);
      return connection;
    } catch (error) {
      connection.close(error);
      throw connection.closed.reason;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Changes when the server was restarted, or replaced by one that may not have all data. */
  get serverLife(): string {
    return this.#serverLife;
  }

  /** Is aborted when the connection is closed, with a {@link RedisProblem} as its reason. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Closes the connection, and rejects its unanswered commands. A repeated call does nothing. */
  close(reason: unknown): void {
    if (this.closed.aborted) return;
    this.#closing.abort(redisProblem(addressOf(this.#options.endpoint), reason));
    try {
      this.#client.destroy();
    } catch {
      // The library throws if it has closed the client itself.
    }
  }

  /** Sends a message to a channel. @returns false if the sender has to wait for `onDrain` */
  publish(channel: string, message: Buffer): boolean {
    const { maxUnconfirmedBytes } = this.#options;
    if (this.#unconfirmedBytes > DROP_FACTOR * maxUnconfirmedBytes) return false;
    this.#unconfirmedBytes += message.length;
    this.#client.publish(channel, message).then(
      () => this.#onConfirmed(message.length),
      // Redis refuses a message only for a reason that concerns all of them.
      (error) => this.close(error),
    );
    if (this.#unconfirmedBytes > maxUnconfirmedBytes) this.#isFull = true;
    return !this.#isFull;
  }

  #onConfirmed(bytes: number): void {
    this.#unconfirmedBytes -= bytes;
    if (!this.#isFull || this.#unconfirmedBytes > this.#options.maxUnconfirmedBytes / 2) return;
    this.#isFull = false;
    this.#options.onDrain();
  }

  /** See {@link CLAIM}. */
  claim(key: string, claim: string, instead: string, keepMs: number, notice?: { inbox: string; text: string }) {
    return this.#client.claim(key, claim, instead, String(keepMs), notice?.inbox ?? "", notice?.text ?? "");
  }

  /** See {@link RELEASE}. */
  async release(key: string, claim: string): Promise<void> {
    await this.#client.release(key, claim);
  }

  /** See {@link RENEW}. */
  renew(keys: RenewedKeys, lifetimeMs: number, random: string, owner: string): Promise<string> {
    return this.#client.renew(keys.node, keys.store, keys.owners, String(lifetimeMs), random, owner);
  }

  /** See {@link OWNERS}. */
  async owners(key: string, startOfLifetime: string, startOfInbox: string): Promise<readonly string[]> {
    const nodes = await this.#client.owners(key, startOfLifetime, startOfInbox);
    return nodes === "" ? [] : nodes.split(" ");
  }

  /** See {@link NODES}. */
  async nodes(keys: PublishedKeys, node: string, settings: string, keepMs: number): Promise<readonly BusNode[]> {
    const { nodes, settingsStart, lifetimeStart, inboxStart } = keys;
    const starts = [settingsStart, lifetimeStart, inboxStart] as const;
    const alive = await this.#client.nodes(nodes, node, settings, String(keepMs), ...starts);
    if (alive === "") return [];
    return alive.split("\n").map((line) => {
      const end = line.indexOf(" ");
      return { node: line.slice(0, end), settings: line.slice(end + 1) };
    });
  }

  /** Returns the text of a key. */
  async get(key: string): Promise<string | undefined> {
    return (await this.#client.get(key)) ?? undefined;
  }

  async delete(keys: string[]): Promise<void> {
    await this.#client.del(keys);
  }

  /** Returns whether a key exists, and a channel has a subscriber. */
  async has(key: string, channel: string): Promise<boolean> {
    const [keys, subscribers] = await Promise.all([this.#client.exists(key), this.#client.pubSubNumSub(channel)]);
    return keys > 0 && Number(subscribers[channel]) > 0;
  }
}

/** Rejects when a signal is aborted: the library does not settle `connect` if the server speaks another protocol. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function newClient({ endpoint, tls, timeoutMs }: RedisConnectionOptions) {
  const { address, isTls, username, password, database } = endpoint;
  const limits = { reconnectStrategy: false, connectTimeout: timeoutMs } as const;
  return createClient({
    // With RESP3 commands and messages share one connection, and so one fate.
    RESP: 3,
    socket: isTls ? { ...tls, ...address, tls: true, ...limits } : { ...address, ...limits },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    disableOfflineQueue: true,
    // Needs a right that nodes do not need otherwise.
    disableClientInfo: true,
    maintNotifications: "disabled",
    scripts: {
      claim: script(CLAIM, 1),
      release: script(RELEASE, 1),
      renew: script(RENEW, 3),
      owners: script(OWNERS, 1),
      nodes: script(NODES, 1),
    },
  });
}

/** A script that returns a string. The library sends its hash, and its text only if Redis does not know it. */
function script(text: string, keys: number) {
  return defineScript({
    SCRIPT: text,
    NUMBER_OF_KEYS: keys,
    parseCommand(parser, ...args: string[]) {
      parser.pushKeys(args.slice(0, keys));
      parser.push(...args.slice(keys));
    },
    transformReply: undefined as unknown as () => string,
  });
}

const SENTINEL = "is a Sentinel: write redis+sentinel://host:port/name into the URL";
const REPLICA = "is a read-only replica: give the URL of the primary";
const NAMED_REPLICA =
  "is a read-only replica, which its Sentinels name as the primary: wait for the end of the failover";

/** Returns the life of the server from its INFO. @throws RedisProblem if nodes cannot use the server */
function lifeOf(endpoint: RedisEndpoint, info: string): string {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
  const refuse = (sentence: string) => new RedisProblem(`Redis at ${addressOf(endpoint)} ${sentence}`);
  if (field("redis_mode") === "cluster") throw refuse(CLUSTER_MODE);
  if (field("redis_mode") === "sentinel") throw refuse(SENTINEL);
  if (field("role") === "slave") throw refuse(endpoint.sentinels === undefined ? REPLICA : NAMED_REPLICA);
  const policy = field("maxmemory_policy");
  if (field("maxmemory") !== "0" && policy !== "noeviction") {
    throw refuse(`evicts keys (maxmemory-policy ${policy}), and so the owners of topics: set it to noeviction`);
  }
  return `${field("run_id")}:${field("master_replid")}`;
}
