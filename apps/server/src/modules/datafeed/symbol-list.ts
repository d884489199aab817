import { DatafeedError } from "./errors.js";
import type { Datafeed } from "./service.js";

/**
 * Maximum number of entries of one list that are unknown or repeated.
 *
 * A watch list can contain a few symbols that this server does not have, and each of them gets an error quote. Without a
 * limit, a list of two-character names costs its sender 7 bytes a name, and the server a quote of several hundred.
 */
const MAX_SURPLUS = 50;

/** Maximum length of the symbol that an error message repeats: that of every symbol. */
const MAX_SYMBOL_LENGTH = 64;

/**
 * Asserts that a list consists of known symbols, except for at most 50 entries that are unknown or repeated. So the cost
 * of a list is bounded by the number of instruments, whatever its length.
 *
 * @throws DatafeedError `too_many_unknown_symbols`
 */
export function assertMostlyKnown({ instruments }: Pick<Datafeed, "instruments">, symbols: readonly string[]): void {
  const known = new Set<string>();
  let surplus = 0;
  let example = "";
  for (const symbol of symbols) {
    if (instruments.has(symbol) && !known.has(symbol)) known.add(symbol);
    else {
      surplus++;
      example = symbol;
    }
  }
  if (surplus <= MAX_SURPLUS) return;
  const message = `The list has ${surplus} symbols that are unknown or repeated, such as ${JSON.stringify(example.slice(0, MAX_SYMBOL_LENGTH))}: remove them, at most ${MAX_SURPLUS} are accepted.`;
  throw new DatafeedError("too_many_unknown_symbols", message);
}
