import { wildcard } from "./vectors.js";

/** An entry for one or more cases that are known to fail, with the reason. */
export interface ExpectedFailure {
  /** A case id. `*` matches any text. */
  readonly pattern: string;
  readonly reason: string;
}

/**
 * Parses an expected-failures file. In plain text each line is an entry: the id, then the reason. `#` starts a comment line:
 *
 *     # this language does not support floats yet
 *     num-0042   writes 1 for 1.0
 *     float-*    exponents follow in the next release
 *
 * In JSON the file is an object that maps ids to reasons. A reason is required, so that a later reader can judge whether
 * the entry is still needed.
 *
 * @throws Error with the name of the invalid entry
 */
export function parseExpectedFailures(text: string): readonly ExpectedFailure[] {
  const entries = text.trimStart().startsWith("{") ? fromJson(text) : fromLines(text);
  for (const { pattern, reason } of entries) {
    if (reason === "") throw new Error(`the expected failure "${pattern}" has no reason: add one after the id`);
  }
  return entries;
}

function fromJson(text: string): ExpectedFailure[] {
  const value: unknown = JSON.parse(text);
  return Object.entries(value as object).map(([pattern, reason]) => {
    if (typeof reason !== "string") throw new Error(`the reason of the expected failure "${pattern}" is not a string`);
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

/** Looks up expected failures and records which entries matched a failure. */
export class Expectations {
  readonly #entries: readonly { entry: ExpectedFailure; matches: (id: string) => boolean; failed: Set<string> }[];

  constructor(entries: readonly ExpectedFailure[]) {
    this.#entries = entries.map((entry) => ({ entry, matches: wildcard(entry.pattern), failed: new Set() }));
  }

  /** Records the failure of a case. Returns the reason if the failure was expected, otherwise undefined. */
  reasonFor(id: string): string | undefined {
    const found = this.#entries.filter(({ matches }) => matches(id));
    for (const { failed } of found) failed.add(id);
    return found[0]?.entry.reason;
  }

  /** Returns how many cases each entry has hidden, for entries that matched a failure. */
  hidden(): readonly { readonly pattern: string; readonly reason: string; readonly cases: number }[] {
    return this.#entries
      .filter(({ failed }) => failed.size > 0)
      .map(({ entry: { pattern, reason }, failed }) => ({ pattern, reason, cases: failed.size }));
  }

  /**
   * Returns a message for each entry that matched no failure. Entries for cases that were not run are not stale.
   *
   * @param all the ids of all cases
   * @param completed the ids of the cases that were run; a filter leaves out the others
   */
  stale(all: readonly string[], completed: readonly string[]): readonly string[] {
    return this.#entries.flatMap(({ entry: { pattern }, matches, failed }) => {
      if (failed.size > 0) return [];
      if (!all.some(matches)) return [`${pattern}: matches no case; remove the entry`];
      if (!completed.some(matches)) return [];
      return [`${pattern}: passes now; remove the entry`];
    });
  }
}
