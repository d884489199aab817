import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Position } from "@trading/ws-client";
import { expect, onTestFinished, test } from "vitest";
import { bundleProgram } from "../../../src/bundle-program.mjs";
import { hasRedis } from "../../../src/redis/redis-server.mjs";
import { Journal } from "../../src/index.js";
import { Tally } from "../histories/tally.js";
import { MovingClient } from "./moving-client.js";
import { NodeProcess } from "./node/node-process.js";
import { RedisPair } from "./redis-pair.js";
import { TOPICS } from "./routes.js";

/** Number of times that each thing happens. The times are printed, and are no condition: they are those of the machine. */
const TIMES = Number(process.env.CHAOS_TIMES ?? 1);
const NODES = 3;
const CLIENTS = 9;
const { topic } = TOPICS[0] as (typeof TOPICS)[number];

/**
 * The defaults, as they apply to a connection that has lasted for 30 seconds. After a shorter one the client waits longer, and
 * here all are short.
 */
const WAITS = { backoffInitialMs: 1_000, backoffMaxMs: 1_000 };

/** The times of one kind of event, in milliseconds. */
class Times {
  readonly #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  toString(): string {
    const sorted = [...this.#ms].sort((one, other) => one - other);
    const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] as number);
    return `${sorted.length} times, p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
  }
}

/** Three nodes and their clients, with the timings that a deployment has by default. */
class TimedCluster {
  readonly clients: readonly MovingClient[];
  readonly tally = new Tally();
  readonly problems: string[] = [];
  readonly journal = new Journal();
  readonly redis: RedisPair;
  readonly #program: string;
  readonly #nodes: NodeProcess[] = [];

  constructor(program: string, redis: RedisPair) {
    this.#program = program;
    this.redis = redis;
    for (let slot = 0; slot < NODES; slot++) this.#startNode(slot);
    const onProblem = (problem: string) => void this.problems.push(problem);
    this.clients = Array.from({ length: CLIENTS }, (_, index) => {
      const portOf = (attempt: number) => this.#portOf(attempt);
      const { journal, tally } = this;
      const client = new MovingClient(
        { name: `client ${index}`, portOf, journal, tally, onProblem, waits: WAITS },
        index,
      );
      client.toggle(0);
      return client;
    });
  }

  /** Returns the position of each client that is live. */
  get live(): ReadonlyMap<MovingClient, Position> {
    const live = new Map<MovingClient, Position>();
    for (const client of this.clients) {
      const position = client.livePositionOf(topic);
      if (position !== undefined) live.set(client, position);
    }
    return live;
  }

  /** Waits until a condition is true, and looks at it every millisecond. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await pause(1);
  }

  /** Waits until all nodes run, and all clients are live in one epoch and connected to each of the nodes. @returns the owner's slot */
  async rest(): Promise<number> {
    await Promise.all(this.#nodes.map(({ listening }) => listening));
    for (;;) {
      const reports = await Promise.all(this.#nodes.map((node) => node.report()));
      const owners = reports.map((report) => report?.topics.find(({ role }) => role === "owner")?.epoch);
      const epochs = new Set(Array.from(this.live.values(), ({ epoch }) => epoch));
      const isLive = this.live.size === CLIENTS && epochs.size === 1 && reports.every((report) => report?.isUp);
      const slot = owners.findIndex((epoch) => epoch !== undefined && epochs.has(epoch));
      const lonely = this.#nodes.filter(({ port }) => !this.clients.some((client) => client.port === port));
      if (isLive && slot >= 0 && lonely.length === 0) return slot;
      if (isLive) this.#crowded.move();
      await pause(50);
    }
  }

  /** Kills a node and starts another one. @returns the clients that were connected to it */
  async replace(slot: number): Promise<readonly MovingClient[]> {
    const node = this.#nodes[slot] as NodeProcess;
    const connected = this.clients.filter(({ port }) => port === node.port);
    await node.kill();
    this.#startNode(slot);
    return connected;
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.redis.close();
  }

  #startNode(slot: number): void {
    this.#nodes[slot] = new NodeProcess({
      program: this.#program,
      settings: { redisUrl: `redis://127.0.0.1:${this.redis.proxies[slot]?.port}`, heartbeatIntervalMs: 30_000 },
      onProblem: (problem) => void this.problems.push(problem),
    });
  }

  /** A client of the node that has most of them. */
  get #crowded(): MovingClient {
    const companyOf = ({ port }: MovingClient) => this.clients.filter((other) => other.port === port).length;
    return this.clients.reduce((one, other) => (companyOf(other) > companyOf(one) ? other : one));
  }

  #portOf(attempt: number): number {
    const ports = this.#nodes.flatMap(({ port, isWanted }) => (isWanted && port !== undefined ? [port] : []));
    return ports[attempt % ports.length] ?? 1;
  }
}

test.skipIf(!hasRedis)(
  `the times of a cluster with default settings, ${TIMES} times each (CHAOS_TIMES)`,
  { timeout: 300_000 + TIMES * 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "chaos-times-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = await bundleProgram(fileURLToPath(new URL("node/main.ts", import.meta.url)), folder);
    const cluster = new TimedCluster(program, await RedisPair.start(NODES));
    onTestFinished(() => cluster.close());
    const { redis, tally } = cluster;
    const [gateway, followers, owned, restart] = [new Times(), new Times(), new Times(), new Times()];

    const moved = new Tally();
    for (let time = 0; time < TIMES; time++) {
      const owner = await cluster.rest();
      const gone = await cluster.replace((owner + 1) % NODES);
      const killedAt = performance.now();
      const [recovered, gaps] = [tally.of("resumed, recovered"), tally.of("resumed with a gap")];
      // Its clients notice that their connection was closed.
      await cluster.until(() => gone.every((client) => !cluster.live.has(client)));
      const left = new Set(gone);
      await cluster.until(() => {
        for (const client of left)
          if (cluster.live.has(client) && left.delete(client)) gateway.add(performance.now() - killedAt);
        return left.size === 0;
      });
      moved.count("recovered", tally.of("resumed, recovered") - recovered);
      moved.count("with a gap", tally.of("resumed with a gap") - gaps);
    }

    for (let time = 0; time < TIMES; time++) {
      const owner = await cluster.rest();
      const [position] = cluster.live.values();
      const gone = await cluster.replace(owner);
      const killedAt = performance.now();
      const left = new Set(cluster.clients);
      await cluster.until(() => {
        for (const [client, { epoch }] of cluster.live) {
          if (epoch === position?.epoch || !left.delete(client)) continue;
          (gone.includes(client) ? owned : followers).add(performance.now() - killedAt);
        }
        return left.size === 0;
      });
    }

    const seen = new Tally();
    for (let time = 0; time < TIMES; time++) {
      await cluster.rest();
      const events = [
        "connection lost",
        "ended as owner_lost",
        "ended as moved",
        "gap in a run",
        "gap into another run",
      ];
      const before = events.map((event) => tally.of(event));
      await redis.kill();
      const killedAt = performance.now();
      await redis.start();
      await cluster.rest();
      // Updates of the owner arrive everywhere again.
      const positions = cluster.live;
      await cluster.until(() =>
        [...cluster.live].every(([client, { offset }]) => offset > (positions.get(client)?.offset ?? 0)),
      );
      restart.add(performance.now() - killedAt);
      for (const [index, event] of events.entries()) seen.count(event, tally.of(event) - (before[index] as number));
    }

    console.log(
      [
        `a node without the source is killed, its clients have on another one what they missed: ${gateway}; ${moved}`,
        `the owner is killed, clients of other nodes are live again: ${followers}`,
        `the owner is killed, its clients are live again: ${owned}`,
        `Redis is killed and starts empty, all nodes are connected and updates arrive: ${restart}; clients saw: ${seen}`,
      ].join("\n"),
    );
    for (const client of cluster.clients) client.stop();
    expect([...cluster.problems, ...cluster.journal.check().violations]).toEqual([]);
  },
);
