import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

/** @typedef {{ readonly name: string }} Mutant */

/**
 * The test files, or the case of the conformance suite, that killed each mutant of a table when it last ran with all of them. They are
 * stored, so that a run need not start the others. A wrong entry costs time and changes no result, because a mutant that survives them
 * runs all.
 */
export class Killers {
  #path;
  /** `WRITE_KILLERS=true npm test -- mutants` writes the files again. */
  #writes = process.env.WRITE_KILLERS === "true";
  /** @type {Record<string, string>} */
  #files = {};

  /** @param {string} [path] of a JSON file: by the mutant's name, its files with commas between them, or its case; without one, nothing is stored */
  constructor(path) {
    this.#path = path;
    if (path !== undefined && !this.#writes && existsSync(path)) this.#files = JSON.parse(readFileSync(path, "utf8"));
  }

  /** Returns paths relative to `test`, or the id of a case, none if they are not known. @param {Mutant} mutant */
  of({ name }) {
    return this.#files[name]?.split(", ") ?? [];
  }

  /**
   * Writes the file if the environment asks for it, and otherwise reports how many entries were wrong.
   *
   * @param {readonly { readonly mutant: Mutant, readonly killedBy: readonly string[] }[]} results in the order of the table
   * @param {number} wrong
   */
  update(results, wrong) {
    if (this.#path === undefined) return;
    if (this.#writes) {
      const entries = results.flatMap(({ mutant, killedBy }) =>
        killedBy.length === 0 ? [] : [[mutant.name, killedBy.join(", ")]],
      );
      writeFileSync(this.#path, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
    } else if (wrong > 0) {
      const again = "WRITE_KILLERS=true npm test -- mutants";
      console.log(`${basename(this.#path)}: ${wrong} mutants survive what is named there, which costs time; ${again}`);
    }
  }
}
