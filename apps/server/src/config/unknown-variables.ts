import type { Environment } from "./env.js";
import { TABLE } from "./variables.js";

/** A variable that the server does not know, but whose name resembles that of a known one. */
export interface UnknownVariable {
  readonly name: string;
  /** The known variable with the most similar name. */
  readonly nearest: string;
}

/** Beginnings that several variables of the server share; another variable that has one is probably meant for it. */
const FAMILY = /^(?:ALLOWED|JWKS|JWT|MAX|METRICS|REPLAY|SIMULATED|TLS|TRUSTED)_/;

/** Variables of other programs with similar names. */
const FOREIGN = new Set(["HOME", "HOSTNAME", "LOGNAME", "MAX_PATH", "SSL_CERT_DIR", "SSL_CERT_FILE"]);

/** A name may differ from a known one by one edit for each of these many characters, and still count as a misspelling of it. */
const CHARACTERS_PER_EDIT = 5;

/** Returns the variables that are probably misspelled, in the order of the environment. Others are not the server's. */
export function unknownVariables(given: Environment): UnknownVariable[] {
  const known = [...TABLE].flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
  const unknown = Object.keys(given).filter((name) => !known.includes(name) && !FOREIGN.has(name));
  return unknown.flatMap((name) => {
    const limit = Math.max(1, Math.floor(name.length / CHARACTERS_PER_EDIT));
    const nearest = known
      .map((candidate) => ({ candidate, edits: distance(name.toUpperCase(), candidate) }))
      .reduce((best, next) => (next.edits < best.edits ? next : best));
    if (nearest.edits > limit && !FAMILY.test(name)) return [];
    return [{ name, nearest: nearest.candidate }];
  });
}

/** Returns the number of characters to insert, delete, replace or swap with their neighbour to turn one text into another. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next[column] = Math.min(
        last[column]! + 1,
        next[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
        isSwapped ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, next];
  }
  return last[to.length]!;
}
