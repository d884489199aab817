// Plants bugs, one at a time, in copies of a package's sources, and runs its tests on each copy.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

const SOUND = "sound";

/**
 * A bug, planted by replacing one text of one source.
 *
 * @typedef {object} Bug
 * @property {string} name what it would do to users
 * @property {true} [isOrigins] the origin had it
 * @property {string} file below `src/`
 * @property {string} find found exactly once
 * @property {string} replace
 */

/**
 * What became of the bugs.
 *
 * @typedef {object} KillTable
 * @property {readonly string[]} rows a line for each bug: its name, and the first test that caught it or SURVIVED
 * @property {readonly string[]} failedWithout tests that fail without any bug: they would catch anything
 * @property {number} passedWithout
 */

/**
 * Runs tests against a copy of the sources for each bug, all in one vitest.
 *
 * @param {object} plan
 * @param {string} plan.package the package's folder; the copies are made inside it, where its dependencies are found
 * @param {readonly string[]} plan.files tests, and what they import, below `test/`
 * @param {readonly Bug[]} plan.bugs
 * @param {Record<string, string>} [plan.env] for the tests: seeds, since whether a bug is caught must not depend on luck
 * @returns {Promise<KillTable>}
 * @throws {Error} naming the bug whose text is not in its source, or is there more than once
 */
export async function killTable({ package: ours, files, bugs, env = {} }) {
  const grounds = join(ours, ".kill-table");
  mkdirSync(grounds, { recursive: true });
  // A package may have several tables, which are made side by side.
  const ground = mkdtempSync(join(grounds, "run-"));
  try {
    plant({ ours, ground, files, name: SOUND });
    for (const [index, bug] of bugs.entries()) plant({ ours, ground, files, name: `bug-${index}`, bug });
    const verdicts = await run(ground, env);
    const rows = bugs.map((bug, index) => {
      const [first, ...others] = verdicts.get(`bug-${index}`)?.failed ?? [];
      const by =
        first === undefined ? "SURVIVED" : `${first.slice(0, 70)}${others.length > 0 ? ` (+${others.length})` : ""}`;
      return `  ${`${bug.isOrigins ? "origin: " : ""}${bug.name}`.padEnd(76)} ${by}`;
    });
    const sound = verdicts.get(SOUND);
    return { rows, failedWithout: sound?.failed ?? ["nothing was run"], passedWithout: sound?.passed ?? 0 };
  } finally {
    rmSync(ground, { recursive: true, force: true });
  }
}

/**
 * A copy of the sources and of the tests, with a bug planted in it.
 *
 * @param {{ ours: string, ground: string, files: readonly string[], name: string, bug?: Bug }} copy
 */
function plant({ ours, ground, files, name, bug }) {
  const folder = join(ground, name);
  mkdirSync(join(folder, "test"), { recursive: true });
  cpSync(join(ours, "src"), join(folder, "src"), { recursive: true });
  for (const file of files) cpSync(join(ours, "test", file), join(folder, "test", file), { recursive: true });
  if (bug === undefined) return;
  const path = join(folder, "src", bug.file);
  const source = readFileSync(path, "utf8");
  const found = source.split(bug.find).length - 1;
  if (found !== 1) throw new Error(`"${bug.name}": what it replaces is in ${bug.file} ${found} times, not once`);
  writeFileSync(
    path,
    source.replace(bug.find, () => bug.replace),
  );
}

/** What each copy's run of the tests has told. */
async function run(ground, env) {
  const report = join(ground, "report.json");
  const config = join(ground, "vitest.config.mjs");
  const conditions = ["@trading/source", "node", "import", "module", "default"];
  const settings = {
    ssr: { resolve: { conditions } },
    test: {
      root: ground,
      include: ["*/test/**/*.test.ts"],
      testTimeout: 5_000,
      maxWorkers: availableParallelism(),
      // A bug that makes a test reject late would end the run of all.
      dangerouslyIgnoreUnhandledErrors: true,
    },
  };
  writeFileSync(config, `export default ${JSON.stringify(settings)};\n`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile.json=${report}`];
  const options = { cwd: ground, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  await new Promise((resolve) => execFile(process.execPath, args, options, resolve));
  const verdicts = new Map();
  for (const { name, status, assertionResults } of JSON.parse(readFileSync(report, "utf8")).testResults) {
    const [folder = "", , ...file] = name.slice(ground.length + 1).split("/");
    const verdict = verdicts.get(folder) ?? { failed: [], passed: 0 };
    verdicts.set(folder, verdict);
    if (status === "failed" && assertionResults.length === 0) verdict.failed.push(file.join("/"));
    for (const { status: outcome, title } of assertionResults) {
      if (outcome === "failed") verdict.failed.push(`${file.join("/")}: ${title}`);
      else verdict.passed++;
    }
  }
  return verdicts;
}
