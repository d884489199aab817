// Runs a package's tests against mutants of its source code. How to add one: see marks.mjs.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, sep } from "node:path";
import { root } from "../run.mjs";
import { applyReplacements, MarkedSource, planMutants } from "./marks.mjs";
import { NameChecker } from "./names.mjs";

/** @typedef {import("./marks.mjs").Mutant} Mutant */

const UNCHANGED = "unchanged";

/**
 * The result of a mutation test. Its mutants were all killed when `survived` and `invalid` are empty.
 *
 * @typedef {object} MutationReport
 * @property {readonly string[]} rows a line for each mutant: what it does wrong, and the first test that killed it
 * @property {readonly string[]} survived the names of the mutants with which all tests pass
 * @property {readonly string[]} invalid the mutants that every test would kill, with the reason
 * @property {readonly string[]} failedUnchanged the tests that fail on the unchanged source: they would kill any mutant
 * @property {number} passedUnchanged the number of tests that pass on the unchanged source
 */

/**
 * @typedef {object} MutationTestOptions
 * @property {string} package the package's folder; the copies are made inside it, so that its dependencies resolve
 * @property {readonly string[]} files the test files to run and the files they import, relative to `test/`
 * @property {readonly Mutant[]} mutants
 * @property {string} [sources] the folder of the marked sources, relative to the package; by default `src`
 * @property {readonly string[]} [except] folders of the package whose marks belong to another table
 * @property {Record<string, string>} [env] for the tests: fixed seeds, so that a result does not depend on chance
 */

/**
 * Copies the sources and tests of a package once for each mutant, and runs the tests of all copies in one vitest.
 *
 * @param {MutationTestOptions} options
 * @returns {Promise<MutationReport>}
 * @throws {Error} for a mutant without a mark, a mark without a mutant, and an edit that does not fit the marked code
 */
export async function testMutants({ package: folder, files, mutants, sources = "src", except = [], env = {} }) {
  const marked = readMarked(
    join(folder, sources),
    except.map((path) => join(folder, path)),
  );
  const planned = planMutants(mutants, marked).map(({ mutant, source, replacements }) => ({
    mutant,
    file: source.file,
    text: applyReplacements(source.text, replacements),
  }));

  const checker = new NameChecker(join(folder, "tsconfig.json"));
  /** @type {Map<Mutant, string>} */
  const invalid = new Map();
  for (const { mutant, file, text } of planned) {
    const problem = checker.problem(file, text);
    if (problem !== undefined) invalid.set(mutant, problem);
  }

  const copies = join(folder, ".mutants");
  mkdirSync(copies, { recursive: true });
  // A package can have several tables, which run at the same time.
  const ground = mkdtempSync(join(copies, "run-"));
  try {
    const copy = (/** @type {string} */ name) => {
      cpSync(join(folder, "src"), join(ground, name, "src"), { recursive: true });
      for (const file of files)
        cpSync(join(folder, "test", file), join(ground, name, "test", file), { recursive: true });
    };
    copy(UNCHANGED);
    for (const [index, { mutant, file, text }] of planned.entries()) {
      if (invalid.has(mutant)) continue;
      copy(`mutant-${index}`);
      writeFileSync(join(ground, `mutant-${index}`, relative(folder, file)), text);
    }
    const results = await runTests(ground, env);
    const unchanged = results.get(UNCHANGED) ?? { failed: ["no test ran"], passed: 0, notLoaded: [] };
    const survived = [];
    for (const [index, mutant] of mutants.entries()) {
      const result = results.get(`mutant-${index}`);
      if (invalid.has(mutant)) continue;
      if (result === undefined) invalid.set(mutant, "no test ran");
      else if (result.notLoaded.length > 0) invalid.set(mutant, `${result.notLoaded[0]} could not be loaded`);
      else if (result.passed === 0) invalid.set(mutant, "no test passes");
      else if (result.failed.length === 0) survived.push(mutant.name);
    }
    const rows = mutants.map((mutant, index) => {
      const reason = invalid.get(mutant);
      const name = `${mutant.isLegacy ? "legacy: " : ""}${mutant.name}`;
      return `  ${name.padEnd(76)} ${reason ? `INVALID: ${reason}` : verdict(results.get(`mutant-${index}`))}`;
    });
    return {
      rows,
      survived,
      invalid: mutants.flatMap((mutant) => (invalid.has(mutant) ? `${mutant.name}: ${invalid.get(mutant)}` : [])),
      failedUnchanged: [...unchanged.failed, ...unchanged.notLoaded],
      passedUnchanged: unchanged.passed,
    };
  } finally {
    rmSync(ground, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {readonly string[]} except */
function readMarked(folder, except) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !except.some((other) => path.startsWith(other + sep)))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
    .filter(({ text }) => text.includes(" mutant: "))
    .map(({ path, text }) => new MarkedSource(path, text));
}

/** @param {TestResults | undefined} results */
function verdict(results) {
  const [first, ...others] = results?.failed ?? [];
  if (first === undefined) return "SURVIVED";
  return `${first.slice(0, 70)}${others.length > 0 ? ` (+${others.length})` : ""}`;
}

/** @typedef {{ failed: string[], passed: number, notLoaded: string[] }} TestResults */

/**
 * @param {string} ground
 * @param {Record<string, string>} env
 * @returns {Promise<Map<string, TestResults>>} by the copy's name
 */
async function runTests(ground, env) {
  const report = join(ground, "report.json");
  const config = join(ground, "vitest.config.mjs");
  const conditions = ["@trading/source", "node", "import", "module", "default"];
  const settings = {
    ssr: { resolve: { conditions } },
    test: {
      root: ground,
      include: ["*/test/**/*.test.ts"],
      testTimeout: 15_000,
      maxWorkers: availableParallelism(),
      // An unhandled rejection in one copy would end the run of all copies.
      dangerouslyIgnoreUnhandledErrors: true,
    },
  };
  writeFileSync(config, `export default ${JSON.stringify(settings)};\n`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile.json=${report}`];
  const options = { cwd: ground, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  await new Promise((resolve) => execFile(process.execPath, args, options, resolve));
  /** @type {Map<string, TestResults>} */
  const results = new Map();
  for (const { name, status, assertionResults } of JSON.parse(readFileSync(report, "utf8")).testResults) {
    const [copy = "", , ...path] = name.slice(ground.length + 1).split("/");
    const result = results.get(copy) ?? { failed: [], passed: 0, notLoaded: [] };
    results.set(copy, result);
    if (status === "failed" && assertionResults.length === 0) result.notLoaded.push(path.join("/"));
    for (const { status: outcome, title } of assertionResults) {
      if (outcome === "failed") result.failed.push(`${path.join("/")}: ${title}`);
      else if (outcome === "passed") result.passed++;
    }
  }
  return results;
}
