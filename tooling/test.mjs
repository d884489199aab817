// Runs every test: vitest, then Python's unittest. With arguments, vitest alone: `npm test -- <file>`.
// The last line is the sum over the runners' own reports, which lie in reports/.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, run, stopped } from "./src/run.mjs";
import { findTool, sayMissingTools } from "./src/tools.mjs";

const filters = process.argv.slice(2);
const reports = join(root, "reports");
mkdirSync(reports, { recursive: true });
if (!sayMissingTools()) process.exit(1);

const results = [await vitest()];
const python = filters.length === 0 && !stopped.aborted ? findTool("python") : undefined;
if (python) results.push(await unittest(python));

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
if (!stopped.aborted) process.exitCode = results.some(({ ok }) => !ok) ? 1 : 0;

async function vitest() {
  const report = fresh("vitest.json");
  const status = await run(join(root, "node_modules/.bin/vitest"), [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...filters,
  ]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, ok: false };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
  // A file that could not be loaded, or an error outside of a test, fails the run without a failed test of its own.
  const failed = status === 0 ? numFailedTests : Math.max(1, numFailedTests);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests, ok: status === 0 };
}

/** @param {string} python */
async function unittest(python) {
  const report = fresh("python.xml");
  const runner = join(root, "packages/topic-conformance/python/tests/run.py");
  const status = await run(python, [runner, "--junit", report]);
  const suite = existsSync(report) ? readFileSync(report, "utf8").match(/<testsuite\b[^>]*>/)?.[0] : undefined;
  if (suite === undefined) return { passed: 0, failed: 1, skipped: 0, ok: false };
  const count = (name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = Math.max(count("failures") + count("errors"), status === 0 ? 0 : 1);
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped, ok: status === 0 };
}

/** The path of a report that no earlier run has left. */
function fresh(name) {
  const path = join(reports, name);
  rmSync(path, { force: true });
  return path;
}
