import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { asText } from "../../bench/src/report.mjs";
import { stopped } from "../../src/run.mjs";
import { Healthy } from "./healthy.mjs";
import { Server, settings } from "./server.mjs";

const ATTACKERS = new URL("attackers.mjs", import.meta.url);

/** Maximum ratio of the healthy clients' 99th percentiles, attacked and quiet. */
const MAX_RATIO = 2;

/** Below this time a ratio says nothing, in milliseconds. */
const NOISE_MS = 20;

/** Time after the start of a phase that is not measured, in milliseconds. */
const WARM_UP_MS = 2_000;

/**
 * Measures healthy clients undisturbed and under attack, and prints their replies, refusals and times.
 *
 * @param {import("./main.mjs").Options} options @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<import("./measure.mjs").Missed>}
 */
export async function crowd({ hostile, addresses, healthy, seconds }, progress) {
  const server = await Server.start();
  const clients = [];
  try {
    for (let index = 0; index < healthy; index++) {
      progress.show(index, healthy, "connecting the healthy clients");
      clients.push(await Healthy.start(server.port, index));
    }
    const phase = async (/** @type {string} */ name) => {
      await sleep(WARM_UP_MS);
      for (const client of clients) client.reset();
      await server.startTime();
      for (let second = 0; second < seconds && !stopped.aborted; second++) {
        progress.show(second, seconds, name);
        await sleep(1_000);
      }
      const time = await server.time();
      return { times: Healthy.merged(clients), ...time };
    };
    const quiet = await phase("undisturbed");
    const before = await server.memory();
    const attackers = fork(ATTACKERS, [JSON.stringify({ port: server.port, connections: hostile, addresses })]);
    const attacked = await phase(`${hostile} hostile connections`);
    const counts = await end(attackers);
    const memory = (await server.memory()) - before;
    await sleep(WARM_UP_MS);
    const left = (await server.memory()) - before;
    const after = await phase("after the attack");
    progress.end();
    print({ quiet, attacked, after, counts, memory, left, seconds, hostile, addresses });
    return { missed: missed(quiet, attacked), slow: [] };
  } catch (error) {
    if (server.exitCode === undefined) throw error;
    const why = error instanceof Error ? error.message : error;
    return { missed: [`the server ended during the attack: ${why}`], slow: [] };
  } finally {
    for (const client of clients) client.close();
    await server.stop();
  }
}

/** The healthy clients' figures in one phase. @typedef {{ times: Map<string, import("./healthy.mjs").Times>, longestMs: number, cpuMs: number }} Phase */

/** @param {{ quiet: Phase, attacked: Phase, after: Phase, counts: [string, number][], memory: number, left: number, seconds: number, hostile: number, addresses: number }} run */
function print({ quiet, attacked, after, counts, memory, left, seconds, hostile, addresses }) {
  const rows = [...quiet.times.keys()].flatMap((name) =>
    /** @type {[string, Phase][]} */ ([
      ["quiet", quiet],
      ["attacked", attacked],
      ["after", after],
    ]).map(([phase, { times }]) => {
      const { ms, refused, failed } = times.get(name) ?? { ms: [], refused: new Map(), failed: 0 };
      const refusals = Array.from(refused, ([code, count]) => `${code} ${count}`).join(", ") || "0";
      return [
        name,
        phase,
        `${ms.length}`,
        refusals,
        `${failed}`,
        percentile(ms, 50).toFixed(1),
        percentile(ms, 99).toFixed(1),
      ];
    }),
  );
  const head = ["healthy clients", "phase", "replies", "refusals", "no reply", "p50, ms", "p99, ms"];
  console.log(asText({ title: `Healthy clients, ${seconds} s each phase`, head, rows }));
  const share = ({ cpuMs, longestMs }) => [
    `${((100 * cpuMs) / (seconds * 1_000)).toFixed(0)} %`,
    `${longestMs.toFixed(1)} ms`,
  ];
  console.log(
    asText({
      title: "The server",
      head: ["phase", "CPU, of one core", "longest turn"],
      rows: [
        ["quiet", ...share(quiet)],
        ["attacked", ...share(attacked)],
        ["after", ...share(after)],
      ],
      note: `Memory: ${megabytes(memory)} more at the end of the attack, ${megabytes(left)} more ${WARM_UP_MS / 1_000} s after the attackers have left.`,
    }),
  );
  const title = `${hostile} hostile connections without a login, from ${addresses} address${addresses === 1 ? "" : "es"}`;
  console.log(
    asText({
      title,
      head: ["attack: what the server did", "count"],
      rows: counts.map(([name, count]) => [name, `${count}`]),
    }),
  );
  console.log(
    `Settings: ${Array.from(settings(process.env))
      .flatMap(([name, value]) => (/^MAX_|LIMIT|RATE|BYTES/.test(name) ? [`${name}=${value}`] : []))
      .join(" ")}\n`,
  );
}

/** @param {Phase} quiet @param {Phase} attacked @returns {string[]} */
function missed(quiet, attacked) {
  return [...quiet.times].flatMap(([name, { ms }]) => {
    const before = percentile(ms, 99);
    const others = attacked.times.get(name);
    const during = percentile(others?.ms ?? [], 99);
    if (others === undefined || others.ms.length === 0) return [`${name}: no reply during the attack`];
    return during > MAX_RATIO * Math.max(before, NOISE_MS)
      ? [`${name}: p99 ${before.toFixed(1)} → ${during.toFixed(1)} ms`]
      : [];
  });
}

/** Ends the attackers, and returns their counts. @param {import("node:child_process").ChildProcess} attackers @returns {Promise<[string, number][]>} */
async function end(attackers) {
  const counts = once(attackers, "message");
  attackers.send("stop");
  const [received] = await Promise.race([counts, once(attackers, "exit").then(() => [[]])]);
  attackers.kill("SIGKILL");
  return /** @type {[string, number][]} */ (received).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {number[]} values @param {number} percent */
function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
