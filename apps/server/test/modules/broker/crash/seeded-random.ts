import type { RandomInteger } from "./load.js";

/** Creates a seeded random generator (xorshift). */
export function seededRandom(seed: number): RandomInteger {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
