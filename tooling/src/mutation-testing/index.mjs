// Runs a package's tests against mutants of its source code. How to add one: see marks.mjs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { Killers } from "./killers.mjs";
import { applyReplacements, MarkedSource, planMutants } from "./marks.mjs";
import { findProblems } from "./names.mjs";
import { runTests, writeTests } from "./run-tests.mjs";

/** @typedef {import("./marks.mjs").Mutant} Mutant */
/** @typedef {import("./run-tests.mjs").TestResults} TestResults */

const UNCHANGED = "unchanged";

/**
 * The result of a mutation test. Its mutants were all killed when `survived` and `invalid` are empty.
 *
 * @typedef {object} MutationReport
 * @property {readonly string[]} rows a line for each mutant: what it does wrong, and a test that killed it
 * @property {readonly string[]} survived the names of the mutants with which all tests pass
 * @property {readonly string[]} invalid the mutants that every test would kill, with the reason
 * @property {readonly string[]} failedUnchanged the tests that fail on the unchanged source: they would kill any mutant
 * @property {number} passedUnchanged the number of tests that pass on the unchanged source
 */

/**
 * @typedef {object} MutationTestOptions
 * @property {string} package the package's folder
 * @property {readonly string[]} files the test files to run, and folders of them, relative to `test/`. They become part of a
 *   bundle: none can use `import.meta.url` or `vi.mock`
 * @property {readonly Mutant[]} mutants
 * @property {string} [sources] the folder of the marked sources, relative to the package; by default `src`
 * @property {readonly string[]} [except] folders of the package whose marks belong to another table
 * @property {Record<string, string>} [env] for the tests: fixed seeds, so that a result does not depend on chance
 * @property {boolean} [isolate] whether each mutant has a separate worker; by default true. Without, a worker loads the
 *   packages that the mutants import once, but a mutant that never returns hangs the whole run
 * @property {string} [killers] the path of the file that says which test files killed each mutant, see killers.mjs. A mutant runs
 *   only these, and all of them if it survives
 * @property {AbortSignal} [signal] ends the run: pass the test's, so that no process survives its timeout
 */

/**
 * Bundles the tests of a package with its sources once for each mutant, and runs all bundles in one vitest.
 *
 * @param {MutationTestOptions} options
 * @returns {Promise<MutationReport>}
 * @throws {Error} for a mutant without a mark, a mark without a mutant, and an edit that does not fit the marked code;
 *   the signal's reason
 */
export async function testMutants(options) {
  const { package: folder, files, mutants, sources = "src", except = [], env = {}, isolate = true, signal } = options;
  const killers = new Killers(options.killers);
  const marked = readMarked(
    join(folder, sources),
    except.map((path) => join(folder, path)),
  );
  const planned = planMutants(mutants, marked).map(({ mutant, source, replacements }) => ({
    mutant,
    file: source.file,
    replacements,
    text: applyReplacements(source.text, replacements),
  }));

  /** @type {Map<Mutant, string>} */
  const invalid = new Map();
  for (const [index, problem] of findProblems(join(folder, "tsconfig.json"), planned).entries()) {
    if (problem !== undefined) invalid.set(/** @type {Mutant} */ (mutants[index]), problem);
  }

  const testFiles = files.flatMap((file) => testFilesIn(join(folder, "test"), file));
  const bundles = join(folder, ".mutants");
  mkdirSync(bundles, { recursive: true });
  // A package can have several tables, which run at the same time.
  const ground = mkdtempSync(join(bundles, "run-"));
  try {
    /**
     * Writes the test files that a mutant runs. Returns the problem if they cannot be bundled.
     *
     * @param {string} name @param {readonly string[]} tests @param {{ file: string, text: string }} [mutated]
     */
    const write = (name, tests, mutated) =>
      writeTests(join(ground, name), tests, { folder: join(folder, "test"), isolate, mutated });
    /** The test files of a mutant. @param {Mutant} mutant */
    const testsOf = ({ test = "" }) => {
      const own = testFiles.filter((file) => file.endsWith(test));
      if (own.length === 0) throw new Error(`no test file ${test}`);
      return own;
    };
    const notBundled = await write(UNCHANGED, testFiles);
    if (notBundled !== undefined) throw new Error(`the tests of ${folder} cannot be bundled: ${notBundled}`);
    const first = [UNCHANGED];
    /** The mutants that run only the test files that killed them before, by name. @type {Map<string, typeof planned[number]>} */
    const narrowed = new Map();
    for (const [index, plan] of planned.entries()) {
      const { mutant } = plan;
      if (invalid.has(mutant)) continue;
      const name = `mutant-${index}`;
      const tests = testsOf(mutant);
      const known = killers.of(mutant).filter((test) => tests.includes(test));
      if (known.length > 0 && known.length < tests.length) narrowed.set(name, plan);
      const problem = await write(name, known.length > 0 ? known : tests, plan);
      if (problem === undefined) first.push(name);
      else invalid.set(mutant, `the tests could not be loaded: ${problem}`);
    }
    const results = await runTests(ground, first, { env, isolate, signal });
    const again = [...narrowed].filter(([name]) => results.has(name) && !isKilled(results.get(name)));
    for (const [name, plan] of again) await write(name, testsOf(plan.mutant), plan);
    if (again.length > 0) {
      const names = again.map(([name]) => name);
      for (const [name, result] of await runTests(ground, names, { env, isolate, signal })) results.set(name, result);
    }
    killers.update(
      mutants.map((mutant, index) => ({ mutant, killedBy: results.get(`mutant-${index}`)?.killedBy ?? [] })),
      again.length,
    );
    const unchanged = results.get(UNCHANGED) ?? { failed: [], passed: 0, killedBy: [], problem: "no test ran" };
    const survived = [];
    for (const [index, mutant] of mutants.entries()) {
      const result = results.get(`mutant-${index}`);
      if (invalid.has(mutant)) continue;
      if (result === undefined) invalid.set(mutant, "no test ran");
      else if (result.problem !== undefined) invalid.set(mutant, `the tests could not be loaded: ${result.problem}`);
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
      failedUnchanged: unchanged.problem === undefined ? unchanged.failed : [unchanged.problem],
      passedUnchanged: unchanged.passed,
    };
  } finally {
    rmSync(ground, { recursive: true, force: true, maxRetries: 5 });
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

/** @param {string} folder @param {string} path of a file or a folder in it @returns {string[]} */
function testFilesIn(folder, path) {
  const isFolder = statSync(join(folder, path)).isDirectory();
  const files = isFolder ? readdirSync(join(folder, path), { recursive: true, encoding: "utf8" }).sort() : [""];
  return files.map((file) => join(path, file)).filter((file) => /\.test\.tsx?$/.test(file));
}

/** @param {TestResults | undefined} results */
function isKilled(results) {
  return results !== undefined && results.problem === undefined && results.passed > 0 && results.failed.length > 0;
}

/** @param {TestResults | undefined} results */
function verdict(results) {
  return results?.failed[0]?.slice(0, 70) ?? "SURVIVED";
}
