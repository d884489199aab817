import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { LONG_SUITES, longSuiteOf } from "./long-suites.mjs";
import { root } from "./run.mjs";

/** @typedef {{ readonly passed: number, readonly failed: number, readonly skipped: number }} Counts */

/** The reports that a run of all tests writes, by runner and tier. */
export const REPORTS = {
  "vitest (npm test)": "vitest.json",
  "vitest (npm run test:long)": "vitest-long.json",
  "Python unittest": "python.xml",
};

/** @typedef {keyof typeof REPORTS} Runner */

const folder = join(root, "reports");

/** Returns the path of a runner's report, without the report of an earlier run. @param {Runner} runner */
export function freshReport(runner) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, REPORTS[runner]);
  rmSync(path, { force: true });
  return path;
}

/**
 * Returns what a runner's report counts. A missing or unreadable report counts as one failure.
 *
 * @param {Runner} runner
 * @returns {Counts}
 */
export function readCounts(runner) {
  const path = join(folder, REPORTS[runner]);
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 };
  const text = readFileSync(path, "utf8");
  return path.endsWith(".json") ? countVitest(JSON.parse(text)) : countJunit(text);
}

/** @param {{ success: boolean } & Record<string, number>} report @returns {Counts} */
export function countVitest({
  success,
  numPassedTests = 0,
  numFailedTests = 0,
  numPendingTests = 0,
  numTodoTests = 0,
}) {
  // A file that does not load, or an error outside of a test, fails the run without a failed test.
  const failed = success ? numFailedTests : Math.max(1, numFailedTests);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

/** @param {string} text a JUnit report @returns {Counts} */
export function countJunit(text) {
  const suite = text.match(/<testsuite\b[^>]*>/)?.[0];
  if (suite === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const count = (/** @type {string} */ name) => Number(suite.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  return { passed: count("tests") - failed - count("skipped"), failed, skipped: count("skipped") };
}

/** Characters of an error that {@link failedTests} returns. */
const MAX_ERROR = 2_000;

/**
 * Returns the failed tests of a runner's report with their errors, one text each. Those of a runner without JSON reports are
 * in its output only.
 *
 * @param {Runner} runner
 */
export function failedTests(runner) {
  const path = join(folder, REPORTS[runner]);
  if (!path.endsWith(".json") || !existsSync(path)) return [];
  return failedInVitest(JSON.parse(readFileSync(path, "utf8")));
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} VitestTest
 * @param {{ testResults: { name: string, status: string, message: string, assertionResults: VitestTest[] }[] }} report
 */
export function failedInVitest({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    const path = relative(root, name);
    // A file that does not load has a message and no tests.
    if (failed.length === 0) return status === "failed" ? [`${path}\n${message.slice(0, MAX_ERROR)}`] : [];
    return failed.map(
      ({ fullName, failureMessages = [] }) => `${path}: ${fullName}\n${failureMessages.join("\n").slice(0, MAX_ERROR)}`,
    );
  });
}

/** @param {readonly Counts[]} counts @returns {Counts} */
export function sum(counts) {
  const total = (/** @type {keyof Counts} */ key) => counts.reduce((result, count) => result + count[key], 0);
  return { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
}

/** @param {Counts} counts */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Returns a table of the seconds that each long suite took, the slowest first, and which are over their budget. Suites run
 * in parallel, so that their sum exceeds the time of the run.
 *
 * @param {readonly { name: string, startTime: number, endTime: number }[]} files of vitest's report
 */
export function timingTable(files) {
  const seconds = new Map(LONG_SUITES.map(({ name }) => [name, 0]));
  let others = 0;
  for (const { name, startTime, endTime } of files) {
    const duration = (endTime - startTime) / 1000;
    const suite = longSuiteOf(relative(root, name));
    if (suite === undefined) others += duration;
    else seconds.set(suite, (seconds.get(suite) ?? 0) + duration);
  }
  const rows = LONG_SUITES.map(({ name, budgetSeconds }) => ({ name, budgetSeconds, took: seconds.get(name) ?? 0 }))
    .filter(({ took }) => took > 0)
    .sort((one, other) => other.took - one.took)
    .map(({ name, budgetSeconds, took }) => {
      const over = took > budgetSeconds ? "  OVER BUDGET" : "";
      return `${took.toFixed(0).padStart(6)} s of ${String(budgetSeconds).padStart(4)} s  ${name}${over}`;
    });
  if (others > 0) rows.push(`${others.toFixed(0).padStart(6)} s            other test files`);
  return rows.join("\n");
}
