/** Chance that a seed fixes: the same seed makes the same choices on every machine (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  int(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** True in one of so many cases. */
  oneIn(cases: number): boolean {
    return this.int(cases) === 0;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.int(choices.length)] as Choice;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(256)));
  }

  /** So many of what is made. */
  list<Item>(length: number, make: () => Item): Item[] {
    return Array.from({ length }, make);
  }
}

/** Bytes with a few of them changed, lost, doubled or added. */
export function mutate(chance: Chance, bytes: Buffer): Buffer {
  let mutated = bytes;
  for (let count = 1 + chance.int(3); count > 0; count--) {
    const at = chance.int(mutated.length + 1);
    const to = Math.min(mutated.length, at + 1 + chance.int(8));
    const [head, cut, tail] = [mutated.subarray(0, at), mutated.subarray(at, to), mutated.subarray(to)];
    const middle = chance.pick([
      () => Buffer.alloc(0),
      () => Buffer.concat([cut, cut]),
      () => chance.bytes(cut.length),
      () => Buffer.concat([chance.bytes(1 + chance.int(4)), cut]),
      () => cut.map((byte) => byte ^ (1 << chance.int(8))),
    ])();
    mutated = Buffer.concat(chance.oneIn(12) ? [head] : [head, middle, tail]);
  }
  return mutated;
}
