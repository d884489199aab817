import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { BaseSequencer } from "vitest/node";
import { LONG_SUITES, longSuiteOf, SLOW_FILES } from "./long-suites.mjs";
import { root } from "./run.mjs";

/**
 * Starts the files of the long suites in the order of their list, and the slow files of `npm test`, before all other files. Vitest itself starts the files that took
 * longest first, but on a fresh clone it does not know how long they take, and a long one that starts last runs alone.
 *
 * With `SHUFFLE_FILES=<seed>`, the files of a project start in an order that the seed decides: those that share workers must pass in any.
 */
export class LongSuitesFirst extends BaseSequencer {
  /** @override @param {import("vitest/node").TestSpecification[]} files */
  async sort(files) {
    const sorted = shuffled(await super.sort(files), process.env.SHUFFLE_FILES);
    /** @type {Map<import("vitest/node").TestProject, number>} */
    const projects = new Map();
    for (const { project } of sorted) if (!projects.has(project)) projects.set(project, projects.size);
    const keyed = sorted.map((file) => {
      const rank = rankOf(relative(root, file.moduleId));
      return { file, key: [rank, projects.get(file.project) ?? 0, Number(hasSimulatedPage(file))] };
    });
    return keyed.sort((one, other) => compare(one.key, other.key)).map(({ file }) => file);
  }
}

/**
 * Returns whether a file of tests runs in a simulated page. Such files start one after the other, because a worker is shared only with
 * the next file, and only if both run in the same environment.
 *
 * @param {import("vitest/node").TestSpecification} file
 */
function hasSimulatedPage({ moduleId }) {
  return readFileSync(moduleId, "utf8").startsWith("// @vitest-environment ");
}

/**
 * Compares lists of numbers by the first that differs.
 *
 * @param {readonly number[]} one
 * @param {readonly number[]} other
 */
function compare(one, other) {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at === -1 ? 0 : /** @type {number} */ (one[at]) - /** @type {number} */ (other[at]);
}

/**
 * Returns the files of each project in an order that the seed decides. They stay together, because files share a worker only with the next of their project.
 *
 * @param {import("vitest/node").TestSpecification[]} files sorted by project
 * @param {string} [seed] without one, the order stays
 */
function shuffled(files, seed) {
  if (seed === undefined) return files;
  const keyOf = (/** @type {import("vitest/node").TestSpecification} */ { project, moduleId }) =>
    `${project.name} ${createHash("sha1")
      .update(`${seed} ${relative(root, moduleId)}`)
      .digest("hex")}`;
  return files.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** Returns the position of a test file's suite in the list. @param {string} file relative to the root */
function rankOf(file) {
  const suite = longSuiteOf(file);
  const index = LONG_SUITES.findIndex(({ name }) => name === suite);
  if (index !== -1) return index;
  return SLOW_FILES.includes(file) ? LONG_SUITES.length : LONG_SUITES.length + 1;
}
