import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

/** @typedef {import("./marks.mjs").Mutant} Mutant */

/**
 * The test file that killed each mutant of a table when it last ran with all of its test files. It is stored, so that a run need not
 * start the other test files. A wrong entry costs time and changes no result, because a mutant that survives the file runs them all.
 */
export class Killers {
  #path;
  /** `WRITE_KILLERS=true npm test -- mutants` writes the files again. */
  #writes = process.env.WRITE_KILLERS === "true";
  /** @type {Record<string, string>} */
  #files = {};

  /** @param {string} [path] of a JSON file with test files by the mutant's name; without one, nothing is stored */
  constructor(path) {
    this.#path = path;
    if (path !== undefined && !this.#writes && existsSync(path)) this.#files = JSON.parse(readFileSync(path, "utf8"));
  }

  /** Returns the path of a test file relative to `test`, or undefined if none is known. @param {Mutant} mutant */
  of({ name }) {
    return this.#files[name];
  }

  /**
   * Writes the file if the environment asks for it, and otherwise reports how many entries were wrong.
   *
   * @param {readonly { readonly mutant: Mutant, readonly killedBy: string | undefined }[]} results in the order of the table
   * @param {number} wrong
   */
  update(results, wrong) {
    if (this.#path === undefined) return;
    if (this.#writes) {
      const entries = results.flatMap(({ mutant, killedBy }) =>
        killedBy === undefined ? [] : [[mutant.name, killedBy]],
      );
      writeFileSync(this.#path, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
    } else if (wrong > 0) {
      const again = "WRITE_KILLERS=true npm test -- mutants";
      console.log(
        `${basename(this.#path)}: ${wrong} mutants survive the test file named there, which costs time; ${again}`,
      );
    }
  }
}
