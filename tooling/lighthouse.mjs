// `npm run lighthouse`: measures the built terminal with Lighthouse, and fails if a score is below its goal.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { loadLighthouse } from "./src/lighthouse/install.mjs";
import { CATEGORIES, compareWithGoal, failedAudits, middleOf } from "./src/lighthouse/scores.mjs";
import { startReferenceServer } from "./src/reference-server.mjs";
import { root } from "./src/run.mjs";
import { CHROMIUM_ARGS, findTool } from "./src/tools.mjs";

const DEVICES = ["mobile", "desktop"];

const HELP = `npm run lighthouse [options]

Loads the terminal from the built reference server in Chromium, with an empty cache, and prints the scores of Lighthouse: performance,
accessibility and best practices, on a phone and on a desktop. Below them, the audits that lower a score, with the elements that they
name. Exits with 1 if a score is below the goal. Writes the whole reports to reports/lighthouse-<device>.html.

The first run installs Lighthouse into tooling/lighthouse/node_modules.

The performance is simulated: Lighthouse loads the page without a limit, and computes from what it has recorded how long a slow
connection and, on a phone, a processor of a quarter of the speed would take. So it depends on the processor of this machine, and on what
else it does: run it alone. The other two scores do not depend on the speed.

Options follow after --, as in: npm run lighthouse -- --device mobile

  --device <name>    mobile or desktop                                                   default both
  --only <category>  ${Object.keys(CATEGORIES).join(", ")}${" ".repeat(28)}default all
  --runs <n>         number of loads on each device; shows the one in the middle         default 3
  --goal <n>         the lowest score that passes, from 0 to 100                         default 95
  --help             shows this text
`;

const options = read();
if (options === undefined) process.stdout.write(HELP);
else await measure(options);

/** @param {NonNullable<ReturnType<typeof read>>} options */
async function measure({ devices, categories, runs, goal }) {
  const chromePath = findTool("chromium");
  if (chromePath === undefined) exit("chromium is not installed: install it (Debian: apt-get install chromium).");
  const { lighthouse, desktopConfig, launch } = await loadLighthouse();
  const server = await startReferenceServer();
  const chromium = await launch({ chromePath, chromeFlags: ["--headless", ...CHROMIUM_ARGS], logLevel: "silent" });
  try {
    /** @type {Record<string, import("./src/lighthouse/scores.mjs").Report>} */
    const reports = {};
    for (const device of devices) {
      const loads = [];
      for (let run = 1; run <= runs; run++) {
        console.error(`${device}, load ${run} of ${runs} …`);
        const flags = { port: chromium.port, output: "html", onlyCategories: categories, logLevel: "silent" };
        const load = await lighthouse(server.url, flags, device === "desktop" ? desktopConfig : undefined);
        if (load.lhr.runtimeError) throw new Error(`Lighthouse: ${load.lhr.runtimeError.message}`);
        loads.push(load);
      }
      const middle = middleOf(loads.map(({ lhr }) => lhr));
      reports[device] = middle;
      const file = join(root, `reports/lighthouse-${device}.html`);
      mkdirSync(join(root, "reports"), { recursive: true });
      writeFileSync(file, loads.find(({ lhr }) => lhr === middle)?.report ?? "");
      console.error(`${relative(root, file)} has the report.`);
    }
    const { table, missed } = compareWithGoal(reports, goal);
    console.log(`\n${table}`);
    // Such as a processor that is too slow or too busy for a score that can be compared.
    for (const [device, { runWarnings, environment }] of Object.entries(reports))
      for (const warning of runWarnings)
        console.log(`${device}: ${warning} Its benchmark index is ${environment.benchmarkIndex}.`);
    const failed = failedAudits(reports);
    if (failed.length > 0) console.log(`\nAudits that lower a score:\n${failed.join("\n")}`);
    for (const line of missed) console.error(`FAILED: ${line}`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    chromium.kill();
    await server.stop();
  }
}

/** Returns the options of the command line; undefined if it asks for help. */
function read() {
  try {
    const { values } = parseArgs({
      options: {
        device: { type: "string" },
        only: { type: "string" },
        runs: { type: "string", default: "3" },
        goal: { type: "string", default: "95" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return undefined;
    return {
      devices: choose("device", values.device, DEVICES),
      categories: choose("only", values.only, Object.keys(CATEGORIES)),
      runs: numberOf("runs", values.runs, 1, 20),
      goal: numberOf("goal", values.goal, 0, 100),
    };
  } catch (error) {
    exit(`${error instanceof Error ? error.message : error}. See: npm run lighthouse -- --help`);
  }
}

/** @param {string} option @param {string | undefined} value @param {readonly string[]} known */
function choose(option, value, known) {
  if (value === undefined) return known;
  if (!known.includes(value)) throw new Error(`--${option} "${value}" is unknown: use ${known.join(" or ")}`);
  return [value];
}

/** @param {string} option @param {string} text @param {number} min @param {number} max */
function numberOf(option, text, min, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max && text !== "") return value;
  throw new Error(`--${option} "${text}" is not a whole number from ${min} to ${max}`);
}

/** @param {string} message @returns {never} */
function exit(message) {
  console.error(`lighthouse: ${message}`);
  process.exit(1);
}
