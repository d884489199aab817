// Prints the failed tests of the last run of each tier and runner with their errors, so that the end of a log says what failed,
// then the counts, and on the last line their sum. A missing report counts as a failure, so that CI cannot pass without having
// run everything.
import { failedTests, REPORTS, readCounts, sum, summaryLine } from "./src/test-results.mjs";

const runners = /** @type {import("./src/test-results.mjs").Runner[]} */ (Object.keys(REPORTS));
for (const failed of runners.flatMap(failedTests)) console.log(`FAILED ${failed}\n`);
for (const runner of runners) console.log(`${runner.padEnd(28)} ${summaryLine(readCounts(runner))}`);
const total = sum(runners.map(readCounts));
console.log(summaryLine(total));
if (total.failed > 0) process.exitCode = 1;
