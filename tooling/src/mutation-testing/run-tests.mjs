// Runs the tests of all mutants of a package in one vitest.
import { fork } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleTests } from "./bundle.mjs";

/** Long enough for a busy machine: only a mutant that hangs reaches it. */
const TEST_TIMEOUT_MS = 15_000;
/** For tests that have to pass, however busy the machine is. */
const PATIENT_TIMEOUT_MS = 300_000;

/**
 * @typedef {object} TestResults
 * @property {string[]} failed the names of the failed tests, after their file
 * @property {number} passed
 * @property {string[]} killedBy the file of the first failed test, relative to the folder `test`, after one with a passed test
 *   if no test of that file passed. Empty if no test failed
 * @property {string} [problem] why no test could be loaded
 */

/** The test file of each mutant: starting a worker for every test file would take most of the time. */
const ENTRY = "all.test.ts";
const BUNDLE = "tests.mjs";

/**
 * Writes a folder with a bundle of test files and a test file that imports it.
 *
 * @param {string} target the path of the new folder
 * @param {readonly string[]} files in the order in which they run
 * @param {object} options
 * @param {string} options.folder the folder of the test files
 * @param {boolean} options.isolate
 * @param {{ readonly file: string, readonly text: string } | undefined} options.mutated the source with the bug; without one, all tests
 *   have to pass
 * @returns {Promise<string | undefined>} the problem, if they cannot be bundled
 */
export async function writeTests(target, files, { folder, isolate, mutated }) {
  const timeouts = `vi.setConfig({ testTimeout: ${PATIENT_TIMEOUT_MS}, hookTimeout: ${PATIENT_TIMEOUT_MS} });`;
  const suites = files.map((file) => `describe(${JSON.stringify(file)}, () => import("./${file}"));`);
  const lines = ['import { describe, vi } from "vitest";', ...(mutated ? [] : [timeouts]), ...suites, ""];
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, ENTRY), `import "./${BUNDLE}";\n`);
  return bundleTests(lines.join("\n"), join(target, BUNDLE), { folder, isolate, mutated });
}

/**
 * @param {string} ground the folder with those of the mutants
 * @param {readonly string[]} names of the folders whose tests run
 * @param {{ env: Record<string, string>, isolate: boolean, signal?: AbortSignal | undefined }} options `signal` ends the run
 * @returns {Promise<Map<string, TestResults>>} by the folder's name
 * @throws the signal's reason, and an Error when vitest writes no report
 */
export async function runTests(ground, names, { env, isolate, signal }) {
  const report = join(ground, "report.json");
  rmSync(report, { force: true });
  const config = join(ground, "vitest.config.mjs");
  const settings = {
    test: {
      root: ground,
      include: names.map((name) => `${name}/${ENTRY}`),
      // A thread starts faster than a process. The tables with shared workers load native modules, which threads cannot.
      pool: isolate ? "threads" : "forks",
      setupFiles: [fileURLToPath(new URL("./skip-when-killed.mjs", import.meta.url))],
      isolate,
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      maxWorkers: availableParallelism(),
      // An unhandled rejection of one mutant would end the run of all mutants.
      dangerouslyIgnoreUnhandledErrors: true,
    },
  };
  // Node itself loads the bundles.
  const external = `{ deps: { external: [/\\/${BUNDLE}$/] } }`;
  writeFileSync(
    config,
    `const config = ${JSON.stringify(settings)};\nconfig.test.server = ${external};\nexport default config;\n`,
  );
  const args = ["run", "--config", config, "--reporter=json", `--outputFile.json=${report}`];
  const errors = await runVitest(args, { cwd: ground, env: { ...process.env, ...env } }, signal);
  if (!existsSync(report)) throw new Error(`vitest wrote no report: ${errors}`);
  /** @type {Map<string, TestResults>} */
  const results = new Map();
  for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(report, "utf8")).testResults) {
    /** @type {TestResults} */
    const result = { failed: [], passed: 0, killedBy: [] };
    if (status === "failed" && assertionResults.length === 0) result.problem = message;
    const first = (/** @type {string} */ wanted, file = "") =>
      assertionResults.find(({ status, ancestorTitles }) => status === wanted && ancestorTitles[0].endsWith(file))
        ?.ancestorTitles[0];
    const killer = first("failed");
    const passes = killer && (first("passed", killer) ?? first("passed"));
    if (killer) result.killedBy = [...new Set([...(passes ? [passes] : []), killer])];
    for (const { status: outcome, title, ancestorTitles } of assertionResults) {
      if (outcome === "failed") result.failed.push(`${ancestorTitles[0]}: ${title}`);
      if (outcome === "passed") result.passed++;
    }
    results.set(basename(dirname(name)), result);
  }
  return results;
}

/**
 * Runs vitest in a process group, because the worker of a mutant that hangs does not end with vitest.
 *
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @param {AbortSignal} [signal] kills the group
 * @returns {Promise<string>} the standard error output
 * @throws the signal's reason
 */
async function runVitest(args, options, signal) {
  signal?.throwIfAborted();
  const script = fileURLToPath(new URL("./vitest-group.mjs", import.meta.url));
  const stdio = /** @type {const} */ (["ignore", "ignore", "pipe", "ipc"]);
  const child = fork(script, args, { ...options, execArgv: [], detached: true, stdio: [...stdio] });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const stop = () => child.disconnect();
  signal?.addEventListener("abort", stop);
  try {
    await new Promise((resolve, reject) => child.once("exit", resolve).once("error", reject));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  signal?.throwIfAborted();
  return errors;
}
