import { wildcard } from "./vectors.js";

/** A case, or several by wildcard, that is known to fail, and why. */
export interface ExpectedFailure {
  /** An id, with `*` for any text. */
  readonly pattern: string;
  readonly reason: string;
}

/**
 * Reads an expected-failures file. Plain text has a line an entry, the id and then the reason, and `#` before a comment:
 *
 *     # no floats in this language yet
 *     num-0042   writes 1 for 1.0
 *     float-*    exponents come with the next release
 *
 * JSON is an object from id to reason. An entry without a reason is refused: nobody would dare to remove it.
 *
 * @throws Error naming the entry
 */
export function parseExpectedFailures(text: string): readonly ExpectedFailure[] {
  const entries = text.trimStart().startsWith("{") ? fromJson(text) : fromLines(text);
  for (const { pattern, reason } of entries) {
    if (reason === "") throw new Error(`the expected failure "${pattern}" has no reason: write one behind the id`);
  }
  return entries;
}

function fromJson(text: string): ExpectedFailure[] {
  const value: unknown = JSON.parse(text);
  return Object.entries(value as object).map(([pattern, reason]) => {
    if (typeof reason !== "string") throw new Error(`the reason of the expected failure "${pattern}" is no text`);
    return { pattern, reason: reason.trim() };
  });
}

function fromLines(text: string): ExpectedFailure[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [pattern = "", ...words] = line.split(/\s+/);
      return { pattern, reason: words.join(" ") };
    });
}

/** The entries as a lookup that remembers which of them were still needed. */
export class Expectations {
  readonly #entries: readonly { entry: ExpectedFailure; matches: (id: string) => boolean; failed: Set<string> }[];

  constructor(entries: readonly ExpectedFailure[]) {
    this.#entries = entries.map((entry) => ({ entry, matches: wildcard(entry.pattern), failed: new Set() }));
  }

  /** The reason why a case that has just failed was expected to, or undefined. */
  excuse(id: string): string | undefined {
    const found = this.#entries.filter(({ matches }) => matches(id));
    for (const { failed } of found) failed.add(id);
    return found[0]?.entry.reason;
  }

  /**
   * The entries that no failure needed, each with what to do, judged by the cases that were answered.
   *
   * @param all the ids of every case there is
   * @param answered the ids of those that were asked and answered: a filter must not make entries stale
   */
  stale(all: readonly string[], answered: readonly string[]): readonly string[] {
    return this.#entries.flatMap(({ entry: { pattern }, matches, failed }) => {
      if (failed.size > 0) return [];
      if (!all.some(matches)) return [`${pattern}: there is no such case; remove the entry`];
      if (!answered.some(matches)) return [];
      return [`${pattern}: passes now; remove the entry`];
    });
  }
}
