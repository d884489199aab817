import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/free-port.mjs";
import { hasRedis, RedisServer } from "../../src/redis/redis-server.mjs";
import { centrifugo, installCentrifugo, installRivals, socketIo, wsServerBatching } from "./contenders.mjs";
import { LoadBalancer } from "./load-balancer.mjs";
import { startAll, withSides } from "./sides.mjs";
import { barOf, STAMP_BASE } from "./workload.mjs";

/** @typedef {import("./server.mjs").Contender} Contender */
/** @typedef {import("./server.mjs").Server} Server */

const FIRST = barOf(0);
const CLIENTS_HOST = fileURLToPath(new URL("clients/host.mjs", import.meta.url));
const TOPICS = 10;
/** Ten updates a second of each topic: what its history retains (100) lasts for ten seconds. */
const PACE = { updates: 2, topics: TOPICS, everyMs: 20 };
/** `@trading/ws-client` waits longer after a connection that lasted less than 30 seconds. */
const AGE_MS = 31_000;
const BEFORE_MS = 1_000;
/** Longer than any of the clients waits before its second attempt to reconnect. */
const AFTER_MS = 6_000;
/** Time for the last updates after the end of publishing. */
const SETTLE_MS = 5_000;

const client = (/** @type {string} */ file) => new URL(file, import.meta.url).href;

/** Servers with the clients that their makers publish. */
const PAIRS = [
  { contender: { ...wsServerBatching, name: "@trading/ws-server" }, clients: client("clients/ws-client.mjs") },
  {
    contender: {
      ...socketIo,
      name: "Socket.IO, Redis streams adapter, connection state recovery",
      options: { recovers: true },
    },
    clients: client("../rivals/socket-io-client.mjs"),
  },
  { contender: centrifugo, clients: client("../rivals/centrifugo-client.mjs") },
];

/** The updates that one client of the killed server has received. `completeMs` is undefined if it received nothing after the kill. @typedef {{ completeMs: number | undefined, lost: number, repeated: number }} Outcome */

/**
 * Kills one of two servers on Redis, and measures the time until each of its clients has every update that was published meanwhile.
 *
 * @type {import("./main.mjs").Part}
 */
export async function failover({ quick, showProgress }) {
  if (!hasRedis) throw new Error("Redis is not installed (Debian: apt-get install redis-server).");
  installRivals();
  const pairs = installCentrifugo() ? PAIRS : PAIRS.filter(({ contender }) => contender !== centrifugo);
  const [rounds, clients, ageMs, afterMs] = quick ? [1, 10, 0, 1_500] : [5, 100, AGE_MS, AFTER_MS];
  const outcomes = new Map(pairs.map(({ contender }) => [contender, /** @type {Outcome[]} */ ([])]));
  for (let round = 1; round <= rounds; round++) {
    await withSides(async (open) => {
      const runs = await startAll(pairs, quick, async ({ contender, clients: file }) => {
        showProgress(`round ${round} of ${rounds}, starting ${contender.name}`);
        return { contender, ...(await openPair(open, contender, file, clients, quick)) };
      });
      showProgress(`round ${round} of ${rounds}, waiting`);
      await sleep(ageMs);
      const measureRun = async (/** @type {typeof runs[number]} */ { contender, ...sides }) => {
        showProgress(`round ${round} of ${rounds}, ${contender.name}`);
        outcomes.get(contender)?.push(...(await measureKill(sides, afterMs)));
      };
      if (quick) await Promise.all(runs.map(measureRun));
      else for (const run of runs) await measureRun(run);
    });
  }
  return { tables: [tableOf(outcomes, rounds, clients)] };
}

/** Two servers on Redis, and the clients of the one that is going to be killed. @typedef {{ survivor: Server, victim: Server, clients: import("node:child_process").ChildProcess }} Sides */

/**
 * @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {Contender} contender @param {string} clientFile
 * @param {number} count of clients @param {boolean} quick
 * @returns {Promise<Sides>}
 */
async function openPair(open, contender, clientFile, count, quick) {
  const port = await freePort();
  open.also(await RedisServer.start("--port", String(port), "--bind", "127.0.0.1"));
  const options = { redisUrl: `redis://127.0.0.1:${port}` };
  const [survivor, victim] = await startAll([1, 2], quick, () => open.server(contender, { options }));
  // The first subscriber's node runs the source: the updates come from the node that survives.
  const first = await open.loader(survivor, { topics: TOPICS, connections: 1, each: TOPICS });
  const balancer = open.also(new LoadBalancer([victim.port, survivor.port]));
  const clients = fork(CLIENTS_HOST, [clientFile, String(await balancer.listen()), String(count), String(TOPICS)]);
  open.also({
    async stop() {
      if (clients.exitCode !== null) return;
      clients.disconnect();
      await once(clients, "exit");
    },
  });
  await once(clients, "message");
  await first.stop();
  return { survivor, victim, clients };
}

/**
 * Kills a server while the other one publishes.
 *
 * @param {Sides} sides @param {number} afterMs how long it publishes after the kill
 * @returns {Promise<Outcome[]>}
 */
async function measureKill({ survivor, victim, clients }, afterMs) {
  const turns = Math.round((BEFORE_MS + afterMs) / PACE.everyMs);
  const published = survivor.publish({ turns, ...PACE });
  await sleep(BEFORE_MS);
  const killedAt = nowUs();
  await victim.kill();
  const endedAt = nowUs();
  await published;
  const numbers = Array.from({ length: turns * PACE.updates }, (_, number) => number);
  const wantedBy = (/** @type {number} */ index) => numbers.filter((number) => number % TOPICS === index % TOPICS);
  const received = await receivedBy(clients, wantedBy);
  return received.map((updates, index) => outcomeOf(updates, wantedBy(index), { killedAt, endedAt }));
}

/** An update that a client received: its number, and the times of its creation and of its arrival in microseconds. @typedef {{ number: number, createdAt: number, arrivedAt: number }} Received */

/**
 * Returns what each client has received, once all have their last update, or after a time.
 *
 * @param {import("node:child_process").ChildProcess} clients @param {(index: number) => number[]} wantedBy
 * @returns {Promise<Received[][]>}
 */
async function receivedBy(clients, wantedBy) {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    clients.send("report");
    const [report] = await once(clients, "message");
    const received = report.map((/** @type {[number, number, number][]} */ updates) =>
      updates.map(([time, volume, arrivedAt]) => ({
        number: (time - FIRST.time) / (barOf(1).time - FIRST.time),
        createdAt: volume - STAMP_BASE,
        arrivedAt,
      })),
    );
    const isComplete = received.every((/** @type {Received[]} */ updates, /** @type {number} */ index) =>
      updates.some(({ number }) => number === wantedBy(index).at(-1)),
    );
    if (isComplete || performance.now() > deadline) return received;
    await sleep(100);
  }
}

/**
 * @param {Received[]} received @param {number[]} wanted
 * @param {{ killedAt: number, endedAt: number }} kill before the signal, and when the process had ended
 * @returns {Outcome}
 */
function outcomeOf(received, wanted, { killedAt, endedAt }) {
  const byNumber = new Map();
  for (const update of received) if (!byNumber.has(update.number)) byNumber.set(update.number, update);
  const lost = wanted.filter((number) => !byNumber.has(number)).length;
  const repeated = received.length - byNumber.size;
  // Only the other server can send what was created after the end of this one.
  const arrivals = received.filter(({ createdAt }) => createdAt > endedAt).map(({ arrivedAt }) => arrivedAt);
  if (arrivals.length === 0) return { completeMs: undefined, lost, repeated };
  const connectedAt = Math.min(...arrivals);
  const missed = [...byNumber.values()].filter(({ createdAt }) => createdAt <= connectedAt);
  const completeAt = Math.max(connectedAt, ...missed.map(({ arrivedAt }) => arrivedAt));
  return { completeMs: (completeAt - killedAt) / 1000, lost, repeated };
}

/** @param {Map<Contender, Outcome[]>} outcomes @param {number} rounds @param {number} clients */
function tableOf(outcomes, rounds, clients) {
  const rows = [...outcomes].map(([{ name }, all]) => {
    const times = all.flatMap(({ completeMs }) => completeMs ?? []).sort((left, right) => left - right);
    const of = (/** @type {number} */ share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    const lost = all.reduce((sum, outcome) => sum + outcome.lost, 0);
    const repeated = all.reduce((sum, outcome) => sum + outcome.repeated, 0);
    const losers = all.filter((outcome) => outcome.lost > 0).length;
    const seconds = [of(0.5), of(0.99), times.at(-1)].map((ms) => (ms === undefined ? "" : (ms / 1000).toFixed(2)));
    return [name, ...seconds, String(lost), `${losers} of ${all.length}`, String(repeated)];
  });
  return {
    title: `One of two servers on Redis is killed: ${clients} clients, ${TOPICS} topics with ten updates a second, ${rounds} rounds`,
    head: ["servers", "p50 s", "p99 s", "longest", "updates lost", "clients with losses", "updates repeated"],
    rows,
    note:
      "The time from SIGKILL until a client has every update that was published before its new connection delivered, except for lost ones. " +
      "A lost update never reaches its client.",
  };
}

/** The clock of the updates' time stamps. */
function nowUs() {
  return Number(process.hrtime.bigint() / 1000n);
}
