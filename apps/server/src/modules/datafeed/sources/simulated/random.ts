/** A generator of uniform integers in [0, 2^32), deterministic for a seed. */
export type Random = () => number;

/** Returns a 32-bit hash of a string (FNV-1a, then mixed so that similar inputs differ in all bits). */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(state);
}

/** Creates a small random generator (mulberry32); its 2^32 states are enough for the 86,400 draws of a day. */
export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = nextState(state);
    return drawnFrom(state);
  };
}

/** Returns the state of a generator after a draw. A long loop keeps the state in a variable: that is faster than a call of {@link Random}. */
export function nextState(state: number): number {
  return (state + 0x6d2b79f5) | 0;
}

/** Returns the integer that a generator draws in a state. */
export function drawnFrom(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
