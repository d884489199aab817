import { createHash } from "node:crypto";
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
    const ranks = new Map(sorted.map((file) => [file, rankOf(relative(root, file.moduleId))]));
    return sorted.sort(
      (one, other) => /** @type {number} */ (ranks.get(one)) - /** @type {number} */ (ranks.get(other)),
    );
  }
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
