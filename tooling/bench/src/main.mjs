// `npm run bench`: what the product costs and what it guarantees, measured beside rivals in one run.
import { churn } from "./churn.mjs";
import { fanOut } from "./fan-out.mjs";
import { hostile } from "./hostile.mjs";
import { isolation } from "./isolation.mjs";
import { latency } from "./latency.mjs";
import { memory } from "./memory.mjs";
import { receive } from "./receive.mjs";
import { asText, machine, writeFindings } from "./report.mjs";
import { scale } from "./scale.mjs";
import { stalled } from "./stalled.mjs";
import { topic } from "./topic.mjs";

/**
 * One part of the bench. `quick` asks for sizes that only show that it runs; `say` shows progress.
 *
 * @typedef {(context: { quick: boolean, say: (doing: string) => void }) => Promise<import("./report.mjs").Findings>} Part
 */

/** @type {Record<string, { summary: string, part: Part }>} */
const PARTS = {
  topic: { summary: "what a canonical topic costs, against JSON.stringify and other libraries", part: topic },
  "fan-out": { summary: "CPU time a delivery, against ws, Socket.IO, uWebSockets and bare sockets", part: fanOut },
  receive: { summary: "CPU time a request that is checked and answered", part: receive },
  latency: { summary: "p50 and p99 at half load", part: latency },
  memory: { summary: "memory of an idle connection", part: memory },
  scale: { summary: "a delivery against the number of topics and connections", part: scale },
  isolation: { summary: "a guarantee: one client that does not read delays nobody", part: isolation },
  stalled: { summary: "a guarantee: what a client that does not read costs at most", part: stalled },
  hostile: { summary: "a guarantee: how long one message can hold up the others", part: hostile },
  churn: { summary: "a guarantee: clients that come and go leave nothing behind", part: churn },
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

Measures side by side in one run and prints figures beside floors and goals. Seconds depend on the machine; ratios are
taken within this run, and are what the goals are about. Close other programs first: all of it takes about ten minutes.
Ratios are only reported; a guarantee that is not kept ends it with exit code 1.

${Object.entries(PARTS)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  .join("\n")}

  --quick  sizes that show that it runs; the figures mean nothing
  --write  puts the figures into tooling/bench/README.md

Needs Linux, a C compiler for the loader, and for the rivals the network once.`);
  process.exit(0);
}
if (unknown.length > 0)
  fail(`no part or option ${unknown.join(", ")}. Parts: ${Object.keys(PARTS).join(", ")}. Try --help.`);
if (flags.has("--quick") && flags.has("--write"))
  fail("--quick measures nothing worth writing: leave one of them out.");

console.log(`${machine()}\n`);
const broken = [];
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  try {
    const findings = await PARTS[name].part({ quick: flags.has("--quick"), say: (doing) => say(name, doing) });
    say();
    for (const table of findings.tables) console.log(asText(table));
    broken.push(...(findings.broken ?? []).map((guarantee) => `${name}: ${guarantee}`));
    if (flags.has("--write")) writeFindings(name, findings);
  } catch (error) {
    say();
    console.error(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
if (broken.length > 0) {
  console.error(`Guarantees that were not kept:\n${broken.map((guarantee) => `  ${guarantee}`).join("\n")}`);
  process.exitCode = 1;
}

/** Progress in one line that the next one replaces; nothing where nobody watches. @param {string[]} words */
function say(...words) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words.join(": ").slice(0, process.stderr.columns - 1)}`);
}

/** @param {string} problem @returns {never} */
function fail(problem) {
  console.error(`bench: ${problem}`);
  process.exit(1);
}
