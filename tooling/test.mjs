// Runs the tests and prints their counts on the last line:
//   npm test                 all but the long suites, and Python's unittest
//   npm run test:long        the long suites (tooling/src/long-suites.mjs), with their times
//   npm test -- <filter>     the vitest files whose path contains the filter, long ones included
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { LONG_SUITES, missingLongFiles } from "./src/long-suites.mjs";
import { root, run, stopped } from "./src/run.mjs";
import { seedOptions } from "./src/seeds.mjs";
import { freshReport, REPORTS, readCounts, sum, summaryLine, timingTable } from "./src/test-results.mjs";
import { findTool, printMissingTools } from "./src/tools.mjs";

/** @typedef {import("./src/test-results.mjs").Runner} Runner */

const isLong = process.argv[2] === "--long";
const filters = process.argv.slice(isLong ? 3 : 2);
const missing = missingLongFiles();
if (missing.length > 0) {
  console.error(`test: tooling/src/long-suites.mjs lists paths that do not exist: ${missing.join(", ")}`);
  process.exit(1);
}
if (!printMissingTools()) process.exit(1);

/** @type {Runner} */
const vitest = isLong ? "vitest (npm run test:long)" : "vitest (npm test)";
const files = isLong && filters.length === 0 ? LONG_SUITES.flatMap(({ files }) => files) : filters;
// Half of the long suites wait most of the time, for processes that they have started. The other tests wait a third of the time.
const workers = `--maxWorkers=${Math.ceil((isLong ? 3 : 1.5) * availableParallelism())}`;
const statuses = [
  await run(
    "vitest",
    ["run", workers, "--reporter=default", "--reporter=json", `--outputFile.json=${freshReport(vitest)}`, ...files],
    files.length === 0 ? { env: { WITHOUT_LONG_SUITES: "true" } } : {},
  ),
];
/** @type {Runner[]} */
const runners = [vitest];

const python = files.length === 0 && !stopped.aborted ? findTool("python") : undefined;
if (python) {
  const runner = join(root, "packages/topic-conformance/python/tests/run.py");
  const options = ["--junit", freshReport("Python unittest"), ...seedOptions(process.env)];
  statuses.push(await run(python, [runner, ...options]));
  runners.push("Python unittest");
}

const report = join(root, "reports", REPORTS[vitest]);
if (isLong && existsSync(report)) {
  console.log(`\n${timingTable(JSON.parse(readFileSync(report, "utf8")).testResults)}\n`);
}
const counts = runners.map((runner, index) => {
  const read = readCounts(runner);
  return statuses[index] === 0 ? read : { ...read, failed: Math.max(1, read.failed) };
});
console.log(summaryLine(sum(counts)));
if (!stopped.aborted) process.exitCode = statuses.some((status) => status !== 0) ? 1 : 0;
