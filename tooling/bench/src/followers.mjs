import { freePort } from "../../src/free-port.mjs";
import { hasRedis, RedisServer } from "../../src/redis/redis-server.mjs";
import { hub, wsServer } from "./contenders.mjs";
import { redisCpuUs } from "./nodes.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";

/** @typedef {import("./server.mjs").Server} Server */
/** @typedef {Parameters<Parameters<typeof withSides>[0]>[0]} Open */

const TOPICS = 100;
const PACES = [
  { updates: 10, everyMs: 5 },
  { updates: 100, everyMs: 20 },
  { updates: 1_000, everyMs: 100 },
];

/** A carrier of messages between servers: the options of the servers, and its CPU time so far. @typedef {{ options: object, cpuUs(): Promise<number> }} Carrier */

/** @type {{ name: string, start(open: Open): Promise<Carrier> }[]} */
const CARRIERS = [
  {
    name: "Redis",
    async start(open) {
      const port = await freePort();
      const redis = open.also(await RedisServer.start("--port", String(port), "--bind", "127.0.0.1"));
      return { options: { redisUrl: `redis://127.0.0.1:${port}` }, cpuUs: async () => redisCpuUs(redis) };
    },
  },
  {
    name: "the hub of workers",
    async start(open) {
      const server = await open.server(hub);
      return { options: { hubPath: server.port }, cpuUs: async () => (await server.usage()).cpuUs };
    },
  },
];

/** CPU times in microseconds per publication. @typedef {{ ownerUs: number, carrierUs: number, followersUs: number }} Costs */

/**
 * Measures what a follower adds to the cost of a publication, at its owner and at what carries it, and what it costs the follower.
 * Each server has one client that subscribes to all topics.
 *
 * @type {import("./main.mjs").Part}
 */
export async function followers({ quick, showProgress }) {
  if (!hasRedis) throw new Error("Redis is not installed (Debian: apt-get install redis-server).");
  const [rounds, roundMs, paces] = quick ? [1, 100, PACES.slice(1, 2)] : [7, 2_000, PACES];
  const count = quick ? 1 : 2;
  /** @type {string[][]} */
  const rows = [];
  for (const carrier of CARRIERS) {
    await withSides(async (open) => {
      showProgress(`starting ${carrier.name}`);
      const [alone, followed] = await startAll([0, count], quick, (each) => openCluster(open, carrier, each, quick));
      for (const pace of paces) {
        const turns = { turns: Math.max(3, Math.round(roundMs / pace.everyMs)), topics: TOPICS, ...pace };
        const costs = /** @type {{ alone: Costs, followed: Costs }[]} */ ([]);
        // The first round is the warm-up.
        for (let round = 0; round <= rounds; round++) {
          showProgress(`${carrier.name}, ${pace.updates} a turn, round ${round} of ${rounds}`);
          const both = { alone: await measureRound(alone, turns), followed: await measureRound(followed, turns) };
          if (round > 0) costs.push(both);
        }
        const of = (/** @type {(both: { alone: Costs, followed: Costs }) => number} */ figure) =>
          median(costs.map(figure)).toFixed(2);
        rows.push([
          carrier.name,
          String(pace.updates),
          of(({ alone: { ownerUs } }) => ownerUs),
          of((both) => (both.followed.ownerUs - both.alone.ownerUs) / count),
          of((both) => (both.followed.carrierUs - both.alone.carrierUs) / count),
          of((both) => both.followed.followersUs / count),
        ]);
      }
    });
  }
  return {
    tables: [
      {
        title: `CPU µs of a publication with ${count === 1 ? "1 follower" : `${count} followers`}, one client of each topic on each server`,
        head: [
          "carrier",
          "publications a turn",
          "owner, alone",
          "owner, per follower",
          "carrier, per follower",
          "each follower",
        ],
        rows,
        note: "The client's delivery and the costs of a turn are included at the owner alone and at each follower.",
      },
    ],
  };
}

/** @param {Open} open @param {(typeof CARRIERS)[number]} carrier @param {number} count of followers @param {boolean} quick */
async function openCluster(open, carrier, count, quick) {
  const { options, cpuUs } = await carrier.start(open);
  const nodes = Array.from({ length: count + 1 });
  const servers = await startAll(nodes, quick, () => open.server(wsServer, { options }));
  const loaders = [];
  // The first subscriber's node runs the source.
  for (const server of servers)
    loaders.push(await open.loader(server, { topics: TOPICS, connections: 1, each: TOPICS }));
  return { servers, loaders, cpuUs };
}

/** @param {Awaited<ReturnType<typeof openCluster>>} cluster @param {import("./server.mjs").Turns} turns @returns {Promise<Costs>} */
async function measureRound({ servers: [owner, ...others], loaders, cpuUs }, turns) {
  const publications = turns.turns * turns.updates;
  const usage = async () => ({
    owner: (await owner.usage()).cpuUs,
    carrier: await cpuUs(),
    followers: (await Promise.all(others.map((server) => server.usage()))).reduce((sum, { cpuUs: us }) => sum + us, 0),
  });
  const before = await usage();
  const publish = loaders.reduceRight(
    (work, loader) => () => loader.countFrames(publications, work),
    /** @type {() => Promise<unknown>} */ (() => owner.publish(turns)),
  );
  await publish();
  const after = await usage();
  return {
    ownerUs: (after.owner - before.owner) / publications,
    carrierUs: (after.carrier - before.carrier) / publications,
    followersUs: (after.followers - before.followers) / publications,
  };
}
