// `npm run bench`: measures costs and guarantees, in the same run as rivals.
import { churn } from "./churn.mjs";
import { client } from "./client.mjs";
import { codec } from "./codec.mjs";
import { unpin } from "./cores.mjs";
import { failover } from "./failover.mjs";
import { fanOut } from "./fan-out.mjs";
import { followers } from "./followers.mjs";
import { hostile } from "./hostile.mjs";
import { isolation } from "./isolation.mjs";
import { latency } from "./latency.mjs";
import { memory } from "./memory.mjs";
import { nodes } from "./nodes.mjs";
import { receive } from "./receive.mjs";
import { asText, machine, writeFindings } from "./report.mjs";
import { scale } from "./scale.mjs";
import { keepServers } from "./sides.mjs";
import { stalled } from "./stalled.mjs";
import { storm } from "./storm.mjs";
import { sustainable } from "./sustainable.mjs";
import { topic } from "./topic.mjs";
import { workers } from "./workers.mjs";

/**
 * One part of the bench. `quick` selects sizes that only verify that it runs.
 *
 * @typedef {(context: { quick: boolean, showProgress: (step: string) => void }) => Promise<import("./report.mjs").Findings>} Part
 */

/** `exact` names the figures that a quick run measures like a full one. @type {Record<string, { summary: string, part: Part, exact?: string }>} */
const PARTS = {
  topic: { summary: "CPU time per canonical topic, compared with JSON.stringify and other libraries", part: topic },
  sustainable: {
    summary: "deliveries a second on one core with p99 ≤ 50 ms, and CPU time at equal paces",
    part: sustainable,
  },
  "fan-out": {
    summary: "CPU time per delivery, compared with ws, Socket.IO, uWebSockets and plain sockets",
    part: fanOut,
  },
  workers: { summary: "deliveries a second with one and two workers on one port", part: workers },
  nodes: { summary: "CPU time and latency of two nodes on Redis, compared with Centrifugo and Socket.IO", part: nodes },
  followers: { summary: "CPU time of a publication at its owner, a follower, Redis and the hub", part: followers },
  failover: { summary: "time until clients of a killed node have all they missed, compared as above", part: failover },
  codec: { summary: "bytes and CPU time of JSON, compact and compressed updates", part: codec, exact: "bytes" },
  receive: { summary: "CPU time per request, with validation and reply", part: receive },
  storm: { summary: "time until 10,000 new connections are served, and 1,000 snapshots of 1,000 keys", part: storm },
  latency: { summary: "p50 and p99 at half load", part: latency },
  client: {
    summary: "main thread of a page with 10,000 updates a second, compared with rivals' clients",
    part: client,
  },
  memory: { summary: "memory of an idle connection", part: memory },
  scale: { summary: "CPU time per delivery as topics and connections grow", part: scale },
  isolation: { summary: "guarantee: a client that does not read does not delay the others", part: isolation },
  stalled: { summary: "guarantee: the memory for a client that does not read is bounded", part: stalled },
  hostile: { summary: "guarantee: one message blocks the event loop for a bounded time", part: hostile },
  churn: { summary: "guarantee: clients that connect and disconnect leave nothing behind", part: churn },
};

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith("-")));
const names = args.filter((arg) => !arg.startsWith("-"));
const unknown = [
  ...names.filter((name) => !Object.hasOwn(PARTS, name)),
  ...[...flags].filter((flag) => !["--help", "--quick", "--write"].includes(flag)),
];

if (flags.has("--help")) {
  const width = Math.max(...Object.keys(PARTS).map((name) => name.length));
  console.log(`npm run bench -- [part …] [--quick] [--write]

Measures all contenders in the same run and prints figures with floors and goals. Absolute times depend on the machine;
goals apply to ratios within one run. Close other programs first. The longest part, sustainable, takes eighteen minutes.
A ratio below its floor is only reported. A broken guarantee makes the exit code 1.

${Object.entries(PARTS)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  .join("\n")}

  --quick  small sizes, in less than two minutes, to verify that it runs; the coarse figures are named
  --write  writes the figures into tooling/bench/README.md

Requires Linux, a C compiler for the loader, and network access once to install the rivals.`);
  process.exit(0);
}
if (unknown.length > 0)
  fail(`unknown part or option ${unknown.join(", ")}. Parts: ${Object.keys(PARTS).join(", ")}. Try --help.`);
if (flags.has("--quick") && flags.has("--write"))
  fail("--quick and --write exclude each other: the figures of a quick run are meaningless.");

const endServers = flags.has("--quick") ? startQuickly() : undefined;
console.log(`${machine()}\n`);
const broken = [];
const durations = /** @type {Map<string, number>} */ (new Map());
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  const startedAt = performance.now();
  try {
    const findings = await PARTS[name].part({
      quick: flags.has("--quick"),
      showProgress: (step) => showProgress(name, step),
    });
    showProgress();
    for (const table of findings.tables) console.log(asText(table));
    broken.push(...(findings.broken ?? []).map((guarantee) => `${name}: ${guarantee}`));
    if (flags.has("--write")) writeFindings(name, findings);
    if (flags.has("--quick")) console.log(`${quickNoteOf(PARTS[name])}\n`);
  } catch (error) {
    showProgress();
    console.error(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  durations.set(name, performance.now() - startedAt);
}
await endServers?.();
console.log(durationsOf(durations));
if (broken.length > 0) {
  console.error(`Broken guarantees:\n${broken.map((guarantee) => `  ${guarantee}`).join("\n")}`);
  process.exitCode = 1;
}

/** Reduces the time until servers have started. @returns {() => Promise<void>} ends the servers */
function startQuickly() {
  unpin();
  return keepServers();
}

/** Returns how long each part took, in milliseconds so far, as lines. @param {Map<string, number>} durations */
function durationsOf(durations) {
  const all = [...durations.values()].reduce((sum, ms) => sum + ms, 0);
  const width = Math.max(...[...durations.keys()].map((name) => name.length));
  return [...durations, ["in all", all]]
    .map(([name, ms]) => `${String(name).padEnd(width)}  ${(Number(ms) / 1000).toFixed(0).padStart(5)} s`)
    .join("\n");
}

/** Returns which figures of a quick run count. @param {{ summary: string, exact?: string }} part */
function quickNoteOf({ summary, exact }) {
  if (summary.startsWith("guarantee")) return "Quick: the guarantee is checked as in a full run, with less load.";
  const others = exact === undefined ? "" : `, except for the ${exact}`;
  return `Quick: the figures are coarse (a short round, of servers that have served before)${others}.`;
}

/** Shows progress in one line that the next call overwrites, if stderr is a terminal. @param {string[]} words */
function showProgress(...words) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words.join(": ").slice(0, process.stderr.columns - 1)}`);
}

/** @param {string} problem @returns {never} */
function fail(problem) {
  console.error(`bench: ${problem}`);
  process.exit(1);
}
