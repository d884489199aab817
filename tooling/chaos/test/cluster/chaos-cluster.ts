import { setTimeout as pause } from "node:timers/promises";
import { type FaultProxy, Journal, type Verdict } from "../../src/index.js";
import type { Tally } from "../histories/tally.js";
import { Lasting } from "./lasting.js";
import { MovingClient } from "./moving-client.js";
import type { NodeReport, NodeSettings } from "./node/messages.js";
import { NodeProcess } from "./node/node-process.js";
import { CLIENTS, NODES, type Step } from "./plan.js";
import { type ClusterRedis, RedisPair } from "./redis-pair.js";
import { TOPICS } from "./routes.js";
import { SentinelPair } from "./sentinel-pair.js";

/** Maximum wait for the cluster to come to rest. A busy machine needs a part of it. */
const DEADLINE_MS = 180_000;

/** Time between two looks at a condition. */
const LOOK_MS = 20;

/** The settings of nodes that notice faults sooner than by default, so that a test sees many of them. */
export const FAST_NODES: Omit<NodeSettings, "redisUrl"> = {
  timings: {
    staleMs: 1_500,
    aliveMs: 300,
    interestMs: 3_000,
    retryMs: 200,
    answerMs: 600,
    graceMs: 300,
    holdMs: 500,
    ownerMs: 1_000,
    verifyMs: 2_000,
  },
  redis: { lifetimeMs: 1_600, timeoutMs: 700 },
  heartbeatIntervalMs: 1_500,
};

export interface ChaosClusterOptions {
  /** The bundle of the nodes' program. */
  readonly program: string;
  readonly tally: Tally;
  /** Whether a Sentinel decides which Redis server is the primary. @default false */
  readonly hasSentinel?: boolean;
  /** @default {@link FAST_NODES} */
  readonly settings?: Omit<NodeSettings, "redisUrl">;
}

/** Three servers in separate processes, with Redis and clients. */
export class ChaosCluster {
  readonly #options: ChaosClusterOptions;
  readonly #redis: ClusterRedis;
  readonly #nodes: NodeProcess[] = [];
  readonly #lasting = new Lasting((error) => this.#problems.push(String(error)));
  /** The Redis fault that lasts: the next one ends it. */
  #redisFault: (() => Promise<void>) | undefined;
  /** Observations of what must not happen, since the last round. */
  #problems: string[] = [];
  #journal = new Journal();
  #clients: MovingClient[] = [];

  private constructor(options: ChaosClusterOptions, redis: ClusterRedis) {
    this.#options = options;
    this.#redis = redis;
  }

  static async start(options: ChaosClusterOptions): Promise<ChaosCluster> {
    const redis = options.hasSentinel ? await SentinelPair.start(NODES) : await RedisPair.start(NODES);
    const cluster = new ChaosCluster(options, redis);
    for (let slot = 0; slot < NODES; slot++) cluster.#startNode(slot);
    await Promise.all(cluster.#nodes.map(({ listening }) => listening));
    return cluster;
  }

  /** Begins a round with new clients, and waits until they are live. */
  async begin(): Promise<void> {
    this.#journal = new Journal();
    this.#clients = Array.from({ length: CLIENTS }, (_, index) => {
      const client = new MovingClient(
        {
          name: `client ${index}`,
          portOf: (attempt) => this.#portOf(attempt),
          journal: this.#journal,
          tally: this.#options.tally,
          onProblem: (problem) => this.#problems.push(problem),
        },
        index,
      );
      for (let topic = 0; topic < 4; topic++) client.toggle(index + topic);
      return client;
    });
    await this.#until("the clients to be live", () => this.#isAtRest());
  }

  /** Executes a step. What it begins may last longer. */
  async take(step: Step): Promise<void> {
    switch (step.does) {
      case "kill node": {
        const node = this.#nodes[step.node] as NodeProcess;
        await node.kill();
        this.#lasting.begin(step.ms, () => {
          if (this.#nodes[step.node] === node) this.#startNode(step.node);
        });
        return;
      }
      case "replace node": {
        const node = this.#nodes[step.node] as NodeProcess;
        if (!node.isWanted) return;
        // A node that stands still cannot stop.
        node.resume();
        const closed = node.close();
        this.#startNode(step.node);
        this.#lasting.begin(0, () => closed);
        return;
      }
      case "stop node": {
        const node = this.#nodes[step.node] as NodeProcess;
        node.pause();
        this.#lasting.begin(step.ms, () => node.resume());
        return;
      }
      case "cut node off":
      case "black hole": {
        const proxy = this.#proxyOf(step.node);
        proxy.refuse();
        if (step.does === "cut node off") proxy.inflict({ does: "cut", afterBytes: 0, by: "RST" });
        else proxy.inflict({ does: "black hole", ...(step.towards && { towards: step.towards }) });
        this.#lasting.begin(step.ms, () => proxy.heal());
        return;
      }
      case "reset connection":
        this.#proxyOf(step.node).inflict({ does: "cut", afterBytes: 0, by: "RST" });
        return;
      case "slow connection": {
        const proxy = this.#proxyOf(step.node);
        proxy.inflict({ does: "delay", ms: step.delayMs });
        this.#lasting.begin(step.ms, () => void proxy.inflict({ does: "delay", ms: 0 }));
        return;
      }
      case "kill Redis":
        await this.#endRedisFault();
        await this.#redis.kill();
        return this.#beginRedisFault(step.ms, () => this.#redis.start());
      case "stop Redis":
        await this.#endRedisFault();
        await this.#redis.pause();
        return this.#beginRedisFault(step.ms, () => this.#redis.resume());
      case "empty Redis":
        await this.#endRedisFault();
        return this.#redis.empty();
      case "fail over": {
        await this.#endRedisFault();
        await this.#redis.isolateReplica();
        const late = step.late === undefined ? undefined : this.#proxyOf(step.late);
        return this.#beginRedisFault(step.ms, async () => {
          this.#options.tally.count("claims lost in a failover", await this.#redis.promote(late));
          this.#beginRedisFault(late === undefined ? 0 : step.lateMs, () => this.#redis.finish());
        });
      }
      case "move client":
        return this.#clients[step.client]?.move();
      case "move all":
        for (const client of this.#clients) client.move();
        return;
      case "toggle":
        return this.#clients[step.client]?.toggle(step.topic);
      case "wait":
        return pause(step.ms);
    }
  }

  /**
   * Ends all faults, waits until the cluster is at rest, checks the journal, and stops the clients.
   *
   * @throws Error with each violation
   */
  async settle(): Promise<Verdict> {
    await this.#lasting.endAll();
    for (const node of this.#nodes) node.resume();
    await Promise.all(this.#nodes.map(({ listening }) => listening));
    await this.#until("all topics to be live", () => this.#isAtRest());
    for (const node of this.#nodes) node.setQuiet(true);
    await this.#until("all clients to be where the owners are", () => this.#isAtRest(true));
    const verdict = this.#journal.check();
    const { tally } = this.#options;
    tally.count(
      "frames compared",
      this.#clients.reduce((sum, { checkedFrames }) => sum + checkedFrames, 0),
    );
    for (const node of this.#nodes) node.setQuiet(false);
    for (const client of this.#clients) client.stop();
    await this.#until("nodes to be idle", async () => (await this.#reports()).every(({ isIdle }) => isIdle));
    for (const client of this.#clients) client.close();
    const problems = [...verdict.violations, ...this.#problems.splice(0)].slice(0, 20);
    const trails = this.#clients.flatMap((client) => client.trailsOf(problems));
    this.#clients = [];
    if (problems.length > 0) throw new Error([...problems, ...trails].join("\n"));
    return verdict;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#lasting.endAll();
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.#redis.close();
  }

  #proxyOf(slot: number): FaultProxy {
    return this.#redis.proxies[slot] as FaultProxy;
  }

  #startNode(slot: number): void {
    const { program, settings = FAST_NODES } = this.#options;
    const redisUrl = this.#redis.urlOf(slot);
    this.#nodes[slot] = new NodeProcess({
      program,
      settings: { redisUrl, ...settings },
      onProblem: (problem) => this.#problems.push(problem),
    });
  }

  /** Returns the port of a node that takes connections, as far as a load balancer knows; or one that takes none. */
  #portOf(attempt: number): number {
    for (let slot = 0; slot < NODES; slot++) {
      const node = this.#nodes[(attempt + slot) % NODES];
      if (node?.isWanted && node.port !== undefined) return node.port;
    }
    return 1;
  }

  #beginRedisFault(ms: number, end: () => unknown): void {
    const fault = this.#lasting.begin(ms, async () => {
      try {
        await end();
      } finally {
        // The end of a fault can begin another one.
        if (this.#redisFault === fault) this.#redisFault = undefined;
      }
    });
    this.#redisFault = fault;
  }

  async #endRedisFault(): Promise<void> {
    while (this.#redisFault !== undefined) await this.#redisFault();
  }

  async #reports(): Promise<readonly NodeReport[]> {
    const reports = await Promise.all(this.#nodes.map((node) => node.report()));
    return reports.filter((report) => report !== undefined);
  }

  /**
   * Whether each topic that is wanted has one owner, and each client is live in its epoch.
   *
   * @param isQuiet whether sources are quiet: then clients also have to be at the owner's position
   */
  async #isAtRest(isQuiet = false): Promise<boolean> {
    const reports = await this.#reports();
    const owned = reports.flatMap(({ topics }) => topics.filter(({ role }) => role === "owner"));
    return TOPICS.every(({ topic }) => {
      const clients = this.#clients.filter(({ topics }) => topics.includes(topic));
      const owners = owned.filter((one) => one.topic === topic);
      const [owner] = owners;
      if (clients.length === 0) return true;
      if (owner === undefined || owners.length > 1) return false;
      return clients.every((client) => {
        const position = client.livePositionOf(topic);
        if (position?.epoch !== owner.epoch) return false;
        return !isQuiet || position.offset === owner.offset;
      });
    });
  }

  /** Waits for a condition, which depends on several processes: it is looked at again and again. */
  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await condition())) {
      if (performance.now() > deadline)
        throw new Error(`Waited ${DEADLINE_MS} ms for ${what}:\n${await this.#describe()}`);
      await pause(LOOK_MS);
    }
  }

  async #describe(): Promise<string> {
    const reports = (await this.#reports()).map((report) => JSON.stringify(report));
    return [...reports, ...this.#clients.map((client) => client.describe()), ...this.#problems].join("\n");
  }
}
