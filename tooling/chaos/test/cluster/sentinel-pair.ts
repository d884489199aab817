import { setTimeout as pause } from "node:timers/promises";
import { SentinelGroup } from "../../../src/redis/redis-sentinel.mjs";
import { askRedis, type RedisServer } from "../../../src/redis/redis-server.mjs";
import { FaultProxy } from "../../src/index.js";
import { type ClusterRedis, claimsOf } from "./redis-pair.js";
import { SentinelFront } from "./sentinel-front.js";

/** Time between two looks at a condition. */
const LOOK_MS = 50;

/**
 * A Redis server with a replica, and a Sentinel that decides which one is the primary: it promotes the replica whenever the primary
 * is killed or stands still for longer than half a second.
 */
export class SentinelPair implements ClusterRedis {
  readonly proxies: readonly FaultProxy[];
  readonly #fronts: readonly SentinelFront[];
  readonly #group: SentinelGroup;
  #stopped: RedisServer | undefined;
  #paused: RedisServer | undefined;

  private constructor(group: SentinelGroup, proxies: readonly FaultProxy[], fronts: readonly SentinelFront[]) {
    this.#group = group;
    this.proxies = proxies;
    this.#fronts = fronts;
  }

  /** @param nodes number of proxies */
  static async start(nodes: number): Promise<SentinelPair> {
    const group = await SentinelGroup.start(1);
    const sentinel = group.sentinels[0]?.port as number;
    const proxies = [];
    const fronts = [];
    for (let count = 0; count < nodes; count++) {
      const proxy = await FaultProxy.listen({ target: 1 });
      proxies.push(proxy);
      fronts.push(await SentinelFront.listen(sentinel, proxy));
    }
    return new SentinelPair(group, proxies, fronts);
  }

  urlOf(node: number): string {
    return `redis+sentinel://127.0.0.1:${this.#fronts[node]?.port}/${this.#group.name}`;
  }

  async pause(): Promise<void> {
    this.#paused = await this.#primary();
    this.#paused.pause();
  }

  resume(): void {
    this.#paused?.resume();
    this.#paused = undefined;
  }

  async kill(): Promise<void> {
    this.#stopped = await this.#primary();
    await this.#stopped.kill();
  }

  /** Starts the killed server again, empty. The Sentinel makes it a replica if it has promoted the other one. */
  async start(): Promise<void> {
    await this.#stopped?.start();
    this.#stopped = undefined;
  }

  async empty(): Promise<void> {
    await (await this.#primary()).ask("FLUSHALL").catch(() => {});
  }

  /** Cuts the replica off, once it has all data: what is written from now on is lost with the primary. */
  async isolateReplica(): Promise<void> {
    const { replica } = await this.#both();
    await this.#until(async () => (await infoOf(replica)).includes("master_link_status:up"));
    await replica.ask("REPLICAOF", "127.0.0.1", "1");
  }

  /** Kills the primary, and waits until the Sentinel has promoted the replica. */
  async promote(): Promise<number> {
    const { primary, replica } = await this.#both();
    const before = await claimsOf(primary);
    await primary.kill();
    this.#stopped = primary;
    await this.#until(async () => (await infoOf(replica)).includes("role:master"));
    const after = await claimsOf(replica);
    return [...before].filter((claim) => !after.has(claim)).length;
  }

  async finish(): Promise<void> {
    await this.start();
  }

  async close(): Promise<void> {
    for (const front of this.#fronts) await front.close();
    for (const proxy of this.proxies) await proxy.close();
    this.resume();
    await this.#group.stop();
  }

  /** Returns the primary that the Sentinel names, when it takes commands as one. */
  async #primary(): Promise<RedisServer> {
    for (;;) {
      const { primary } = await this.#roles();
      if (primary !== undefined) return primary;
      await pause(LOOK_MS);
    }
  }

  /** Returns both servers, when the Sentinel and they agree. */
  async #both(): Promise<{ readonly primary: RedisServer; readonly replica: RedisServer }> {
    for (;;) {
      const { primary, replica } = await this.#roles();
      if (primary !== undefined && replica !== undefined) return { primary, replica };
      await pause(LOOK_MS);
    }
  }

  async #roles(): Promise<{ readonly primary?: RedisServer; readonly replica?: RedisServer }> {
    const { sentinels, servers, name } = this.#group;
    const named = await askRedis(["-p", `${sentinels[0]?.port}`, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
    const roles = await Promise.all(
      servers.map(async (server) => {
        const text = await infoOf(server);
        const isNamed = named.endsWith(`\n${/^tcp_port:(\d+)/m.exec(text)?.[1]}`);
        if (isNamed && text.includes("role:master")) return { primary: server };
        return !isNamed && text.includes("role:slave") ? { replica: server } : {};
      }),
    );
    return Object.assign({}, ...roles);
  }

  async #until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await pause(LOOK_MS);
  }
}

/** Returns the state of a server; an empty text if it does not run. */
function infoOf(server: RedisServer): Promise<string> {
  return server.ask("INFO").catch(() => "");
}
