import { freePort } from "../../src/free-port.mjs";
import { hasRedis, RedisServer } from "../../src/redis/redis-server.mjs";
import {
  centrifugo,
  centrifugoWithoutHistory,
  installCentrifugo,
  installRivals,
  socketIo,
  wsServer,
  wsServerBatching,
} from "./contenders.mjs";
import { against } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";

const TOPICS = 100;
const CONNECTIONS = 100;
const EACH = 10;
/** Deliveries of a publication, all on the other node. */
const FOLLOWERS = (CONNECTIONS * EACH) / TOPICS;

/** Updates per turn, and the interval of the turns: the same pace for all. */
const PACES = [
  { updates: 1, everyMs: 2 },
  { updates: 10, everyMs: 5 },
  { updates: 100, everyMs: 20 },
];

/** @typedef {{ redisUs: number, publisherUs: number, followerUs: number, p50Us: number, p99Us: number }} Costs of a publication */

/**
 * Measures two nodes on Redis: one publishes, the clients are connected to the other one.
 *
 * @type {import("./main.mjs").Part}
 */
export async function nodes({ quick, showProgress }) {
  if (!hasRedis) throw new Error("Redis is not installed (Debian: apt-get install redis-server).");
  installRivals();
  const [rounds, roundMs, paces] = quick ? [1, 100, PACES.slice(1, 2)] : [7, 1_500, PACES];
  const streams = { ...socketIo, name: "Socket.IO, Redis streams adapter" };
  const rivals = installCentrifugo() ? [streams, centrifugo, centrifugoWithoutHistory] : [streams];
  const tables = [];
  /** @type {string[][]} */
  const goals = [];
  for (const pace of paces) {
    const turns = { turns: Math.max(5, Math.round(roundMs / pace.everyMs)), topics: TOPICS, ...pace };
    const contenders = quick ? [wsServer, ...rivals.slice(0, 2)] : [wsServer, wsServerBatching, ...rivals];
    const measured = await measureAll(contenders, turns, rounds, quick, (step) =>
      showProgress(`${pace.updates} updates per turn, ${step}`),
    );
    tables.push(tableOf(pace, measured));
    goals.push(...goalsOf(pace, measured));
  }
  return { tables: [...tables, { title: "Goals", head: ["pair", "ratio", "floor", "goal", ""], rows: goals }] };
}

/**
 * @param {readonly import("./server.mjs").Contender[]} contenders @param {import("./server.mjs").Turns} turns
 * @param {number} rounds @param {boolean} quick @param {(step: string) => void} showProgress
 * @returns {Promise<Map<import("./server.mjs").Contender, Costs[]>>}
 */
async function measureAll(contenders, turns, rounds, quick, showProgress) {
  const redises = /** @type {RedisServer[]} */ ([]);
  try {
    return await withSides(async (open) => {
      const runs = await startAll(contenders, quick, async (contender) => {
        showProgress(`starting ${contender.name}`);
        const port = await freePort();
        const redis = await RedisServer.start("--port", String(port), "--bind", "127.0.0.1");
        redises.push(redis);
        const nodes = await openNodes(open, contender, port, quick);
        return { contender, redis, ...nodes, costs: /** @type {Costs[]} */ ([]) };
      });
      // The first round is the warm-up.
      for (let round = 0; round <= rounds; round++) {
        for (const { contender, costs, ...sides } of runs) {
          showProgress(`round ${round} of ${rounds}, ${contender.name}`);
          const cost = await measureRound(sides, turns);
          if (round > 0) costs.push(cost);
        }
      }
      return new Map(runs.map(({ contender, costs }) => [contender, costs]));
    });
  } finally {
    for (const redis of redises) await redis.stop();
  }
}

/** Opens two nodes, with the clients on the second one. @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {import("./server.mjs").Contender} contender @param {number} redisPort @param {boolean} quick */
async function openNodes(open, contender, redisPort, quick) {
  const options = { redisUrl: `redis://127.0.0.1:${redisPort}` };
  const [publisher, follower] = await startAll([1, 2], quick, () => open.server(contender, { options }));
  // The node of a topic's first subscriber runs its source.
  const first = await open.loader(publisher, { topics: TOPICS, connections: 1, each: TOPICS });
  const loader = await open.loader(follower, { topics: TOPICS, connections: CONNECTIONS, each: EACH, stamp: "volume" });
  await first.stop();
  return { publisher, follower, loader };
}

/**
 * @param {{ redis: RedisServer, publisher: import("./server.mjs").Server, follower: import("./server.mjs").Server, loader: import("./loader.mjs").Loader }} sides
 * @param {import("./server.mjs").Turns} turns
 * @returns {Promise<Costs>}
 */
async function measureRound({ redis, publisher, follower, loader }, turns) {
  const usage = async () => ({
    redis: redisCpuUs(redis),
    publisher: (await publisher.usage()).cpuUs,
    follower: (await follower.usage()).cpuUs,
  });
  const publications = turns.turns * turns.updates;
  const before = await usage();
  const { p50Us, p99Us } = await loader.countFrames(publications * FOLLOWERS, () => publisher.publish(turns));
  const after = await usage();
  return {
    redisUs: (after.redis - before.redis) / publications,
    publisherUs: (after.publisher - before.publisher) / publications,
    followerUs: (after.follower - before.follower) / publications,
    p50Us,
    p99Us,
  };
}

/** Returns the CPU time of Redis in microseconds. @param {RedisServer} redis */
export function redisCpuUs(redis) {
  const seconds = [...redis.run("INFO", "cpu").matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].map(([, text]) =>
    Number(text),
  );
  return seconds.reduce((sum, second) => sum + second, 0) * 1e6;
}

/** @param {{ updates: number, everyMs: number }} pace @param {Map<import("./server.mjs").Contender, Costs[]>} measured */
function tableOf({ updates, everyMs }, measured) {
  const rows = [...measured].map(([{ name }, costs]) => {
    const of = (/** @type {keyof Costs} */ part) => median(costs.map((cost) => cost[part]));
    const us = [of("redisUs"), of("publisherUs"), of("followerUs")];
    const ms = [of("p50Us") / 1000, of("p99Us") / 1000];
    return [name, ...us.map((value) => value.toFixed(1)), ...ms.map((value) => value.toFixed(2))];
  });
  return {
    title: `Two nodes on Redis, a turn of ${updates} update${updates === 1 ? "" : "s"} each ${everyMs} ms, ${FOLLOWERS} clients of each topic on the other node`,
    head: ["servers", "Redis, CPU µs per publication", "publishing node", "other node", "p50 ms", "p99 ms"],
    rows,
    note:
      "Latency is the time from the creation of an update on one node until a client of the other one has read it. The publishing node of " +
      "Centrifugo is without the process that calls its HTTP API.",
  };
}

/** @param {{ updates: number }} pace @param {Map<import("./server.mjs").Contender, Costs[]>} measured */
function goalsOf({ updates }, measured) {
  const of = (/** @type {import("./server.mjs").Contender} */ contender, /** @type {keyof Costs} */ part) =>
    measured.get(contender)?.map((cost) => cost[part]) ?? [];
  const streams = [...measured.keys()].find(({ name }) => name.startsWith("Socket.IO"));
  const pair = (/** @type {string} */ what) => `${what}, turns of ${updates}`;
  return [
    ...(measured.has(centrifugo)
      ? [
          [
            pair("CPU at Redis, Centrifugo with history vs. @trading/ws-server"),
            ...against(medianRatio(of(centrifugo, "redisUs"), of(wsServer, "redisUs")), 1, 3),
          ],
        ]
      : []),
    ...(streams
      ? [
          [
            pair("p99 across nodes, Socket.IO vs. @trading/ws-server"),
            ...against(medianRatio(of(streams, "p99Us"), of(wsServer, "p99Us")), 0.8, 1),
          ],
        ]
      : []),
  ];
}
