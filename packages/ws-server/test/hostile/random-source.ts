/** A seeded random source: the same seed makes the same choices on every machine (mulberry32). */
export class RandomSource {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns an integer from 0 up to, but excluding, `limit`. */
  int(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** Returns true with the probability 1 / `cases`. */
  oneIn(cases: number): boolean {
    return this.int(cases) === 0;
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.int(choices.length)] as Choice;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.int(256)));
  }

  /** Makes a list of the given length. */
  list<Item>(length: number, make: () => Item): Item[] {
    return Array.from({ length }, make);
  }
}

/** Returns a copy of the bytes in which a few are changed, removed, duplicated or inserted. */
export function mutate(random: RandomSource, bytes: Buffer): Buffer {
  let mutated = bytes;
  for (let count = 1 + random.int(3); count > 0; count--) {
    const at = random.int(mutated.length + 1);
    const to = Math.min(mutated.length, at + 1 + random.int(8));
    const [head, cut, tail] = [mutated.subarray(0, at), mutated.subarray(at, to), mutated.subarray(to)];
    const middle = random.pick([
      () => Buffer.alloc(0),
      () => Buffer.concat([cut, cut]),
      () => random.bytes(cut.length),
      () => Buffer.concat([random.bytes(1 + random.int(4)), cut]),
      () => cut.map((byte) => byte ^ (1 << random.int(8))),
    ])();
    mutated = Buffer.concat(random.oneIn(12) ? [head] : [head, middle, tail]);
  }
  return mutated;
}
