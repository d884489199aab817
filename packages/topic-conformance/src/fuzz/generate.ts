/** A generator of pseudorandom 32-bit integers (xoshiro128**), the same in every runtime for a seed. */
export class RandomSource {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    // splitmix32 spreads a small seed over the state.
    let mixed = seed >>> 0;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#state[index] = z ^ (z >>> 16);
    }
  }

  bits(): number {
    const state = this.#state;
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    state[2] = c ^ a;
    state[3] = d ^ b;
    state[1] = b ^ (state[2] as number);
    state[0] = a ^ (state[3] as number);
    state[2] = (state[2] as number) ^ (b << 9);
    const last = state[3] as number;
    state[3] = (last << 11) | (last >>> 21);
    return result;
  }

  /** Returns an integer from 0 to `limit - 1`. */
  below(limit: number): number {
    // Faster than `%`, which V8 computes for unsigned integers as a remainder of floats.
    return Math.floor((this.bits() * limit) / 2 ** 32);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

/** The kinds of values that a harness accepts, from the features that it declares. */
export interface Kinds {
  readonly float: boolean;
  readonly bigint: boolean;
  readonly loneSurrogate: boolean;
}

const KEYS = [
  "a",
  "b",
  "id",
  "type",
  "$ref",
  "symbol",
  "accountId",
  "0",
  "1",
  "10",
  "",
  "__proto__",
  "\uffee",
  "é",
  "a b",
];
const PIECES = [
  '"',
  "\\",
  ", ",
  ": ",
  "null",
  "\n",
  "\u0000",
  "\u007f",
  "\u2028",
  "é",
  "株",
  "\ue000",
  "\uffff",
  "😀",
  "\u{10ffff}",
];

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Generates a tagged value (docs/vectors.md). */
export function generateValue(random: RandomSource, kinds: Kinds, depth = 2): unknown {
  const kind = random.below(depth > 0 ? 19 : 14);
  if (kind < 5) return kinds.float ? { $float: generateFloat(random) } : random.below(1000);
  if (kind < 8) return generateInteger(random, kinds);
  if (kind < 13) return generateText(random, kinds);
  if (kind < 14) return random.pick([null, true, false]);
  const count = random.below(5);
  if (kind < 16) return Array.from({ length: count }, () => generateValue(random, kinds, depth - 1));
  const members: Record<string, unknown> = {};
  for (let index = 0; index < count; index++) {
    const key = random.below(4) === 0 ? generateText(random, kinds) : random.pick(KEYS);
    if (typeof key !== "string" || key.startsWith("$") || key === "__proto__") {
      return { $object: [[key, generateValue(random, kinds, depth - 1)]] };
    }
    members[key] = generateValue(random, kinds, depth - 1);
  }
  return members;
}

/** Generates a float in the notation of Python's `float()`: any bits, the range without an exponent, short decimals. */
function generateFloat(random: RandomSource): string {
  const kind = random.below(64);
  if (kind === 0) return random.pick(["nan", "inf", "-inf", "0.0", "-0.0", "5e-324", "1.7976931348623157e+308"]);
  words[0] = random.bits();
  words[1] = random.bits();
  if (kind < 24) {
    if ((words[1] & 0x7ff00000) >>> 20 === 0x7ff) words[1] &= ~(1 << 30);
  } else if (kind < 44) {
    words[1] = ((words[1] as number) & 0x800fffff) | ((1000 + random.below(88)) << 20);
  } else if (kind < 56) {
    double[0] = (random.bits() % 1_000_000) / 10 ** random.below(16);
  } else {
    // A power of two, or a double next to it.
    double[0] = 2 ** (random.below(2098) - 1074);
    words[0] = ((words[0] as number) + random.below(3) - 1) >>> 0;
  }
  return floatText(double[0] as number);
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const text = String(value);
  if (text.includes("e")) return text.replace(/e([+-])(\d)$/, "e$10$2");
  return text.includes(".") ? text : `${text}.0`;
}

function generateInteger(random: RandomSource, { bigint }: Kinds): unknown {
  const sign = random.below(2) === 0 ? 1 : -1;
  if (bigint && random.below(4) === 0) {
    const power = 2n ** BigInt(random.below(140)) + BigInt(random.below(3) - 1);
    return { $int: String(BigInt(sign) * power) };
  }
  // `0 *` would make -0, which is a float.
  const value = sign * Math.floor(random.bits() * 2 ** (random.below(52) - 31));
  return value === 0 ? 0 : value;
}

function generateText(random: RandomSource, kinds: Kinds): unknown {
  const kind = random.below(16);
  if (kind === 0 && kinds.loneSurrogate) {
    const units = Array.from({ length: 1 + random.below(4) }, () =>
      random.pick(["d83d", "de00", "d800", "dfff", "0061", "e000"]),
    );
    return { $utf16: units.join("") };
  }
  let text = "";
  const count = random.below(6);
  for (let index = 0; index < count; index++) {
    const piece = random.below(8);
    if (piece < 4) text += String.fromCharCode(0x20 + random.below(0x5f));
    else if (piece < 6) text += random.pick(PIECES);
    else if (piece < 7) text += String.fromCharCode(random.below(0xd800));
    else text += String.fromCodePoint(0xe000 + random.below(0x110000 - 0xe000));
  }
  return text;
}
