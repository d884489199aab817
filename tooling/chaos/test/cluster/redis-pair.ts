import { setTimeout as pause } from "node:timers/promises";
import { RedisServer } from "../../../src/redis/redis-server.mjs";
import { FaultProxy } from "../../src/index.js";

/** The Redis of a cluster, with a replica and its faults. */
export interface ClusterRedis {
  /** The connections of the nodes. */
  readonly proxies: readonly FaultProxy[];
  /** Returns the REDIS_URL of a node. */
  urlOf(node: number): string;
  /** Makes the primary stand still until `resume`. */
  pause(): void | Promise<void>;
  resume(): void;
  /** Kills the primary. */
  kill(): Promise<void>;
  /** Starts the killed server again, empty. */
  start(): Promise<void>;
  /** Deletes all keys while connections stay open. */
  empty(): Promise<void>;
  /** Cuts the replica off, once it has all data: what is written from now on is lost with the primary. */
  isolateReplica(): Promise<void>;
  /**
   * Promotes the replica.
   *
   * @param late the connection that stays with the earlier primary, if that lives on
   * @returns the number of claims that it has not, or has as they were before
   */
  promote(late: FaultProxy | undefined): Promise<number>;
  /** Makes the earlier primary an empty replica of the present one. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A Redis server with a replica. Nodes reach the primary through proxies, one for each, which are switched when the replica is
 * promoted, as a service address is.
 */
export class RedisPair implements ClusterRedis {
  readonly proxies: readonly FaultProxy[];
  /** Between the replica and the primary. */
  readonly #replication: FaultProxy;
  #primary: RedisServer;
  #replica: RedisServer;

  private constructor(
    primary: RedisServer,
    replica: RedisServer,
    replication: FaultProxy,
    proxies: readonly FaultProxy[],
  ) {
    this.#primary = primary;
    this.#replica = replica;
    this.#replication = replication;
    this.proxies = proxies;
  }

  /** @param nodes number of proxies */
  static async start(nodes: number): Promise<RedisPair> {
    const [primary, replica] = [await RedisServer.start(), await RedisServer.start()];
    const target = primary.socket;
    const replication = await FaultProxy.listen({ target });
    const proxies = [];
    for (let count = 0; count < nodes; count++) proxies.push(await FaultProxy.listen({ target }));
    const pair = new RedisPair(primary, replica, replication, proxies);
    await pair.#replicate();
    return pair;
  }

  urlOf(node: number): string {
    return `redis://127.0.0.1:${this.proxies[node]?.port}`;
  }

  /** Makes the primary stand still until `resume`. */
  pause(): void {
    this.#primary.pause();
  }

  resume(): void {
    this.#primary.resume();
  }

  /** Kills the primary. */
  async kill(): Promise<void> {
    await this.#primary.kill();
  }

  /** Starts the primary again, empty. */
  async start(): Promise<void> {
    await this.#primary.start();
  }

  /** Deletes all keys while connections stay open. */
  async empty(): Promise<void> {
    await this.#primary.ask("FLUSHALL");
  }

  /** Cuts the replica off, once it has all data: what is written from now on is lost with the primary. */
  async isolateReplica(): Promise<void> {
    while (!(await this.#replica.ask("INFO", "replication")).includes("master_link_status:up")) await pause(50);
    this.#replication.refuse();
    for (const link of this.#replication.links) link.reset();
  }

  /**
   * Promotes the replica. The primary lives on, for the nodes of `late`.
   *
   * @returns the number of claims that it has not, or has as they were before
   */
  async promote(late: FaultProxy | undefined): Promise<number> {
    const [before, after] = await Promise.all([claimsOf(this.#primary), claimsOf(this.#replica)]);
    await this.#replica.ask("REPLICAOF", "NO", "ONE");
    for (const proxy of this.proxies) if (proxy !== late) switchTo(proxy, this.#replica);
    return [...before].filter((claim) => !after.has(claim)).length;
  }

  /** Replaces the earlier primary by an empty replica of the present one. */
  async finish(): Promise<void> {
    const earlier = this.#primary;
    await earlier.kill();
    this.#primary = this.#replica;
    this.#replica = earlier;
    for (const proxy of this.proxies) if (proxy.target !== this.#primary.socket) switchTo(proxy, this.#primary);
    await earlier.start();
    this.#replication.target = this.#primary.socket;
    await this.#replication.accept();
    await this.#replicate();
  }

  async close(): Promise<void> {
    for (const proxy of [this.#replication, ...this.proxies]) await proxy.close();
    await Promise.all([this.#primary.stop(), this.#replica.stop()]);
  }

  async #replicate(): Promise<void> {
    await this.#replica.ask("REPLICAOF", "127.0.0.1", `${this.#replication.port}`);
  }
}

function switchTo(proxy: FaultProxy, { socket }: RedisServer): void {
  proxy.target = socket;
  for (const link of proxy.links) link.reset();
}

/** Returns the claims in Redis, each with its key. */
export async function claimsOf(redis: RedisServer): Promise<ReadonlySet<string>> {
  const script =
    "local all = {} for i, key in ipairs(redis.call('KEYS', ARGV[1])) do all[i] = key .. ' ' .. redis.call('GET', key) end return all";
  return new Set((await redis.ask("EVAL", script, "0", "*claim:*")).split("\n"));
}
