const EXPONENT = 0x7ffn;

/**
 * Generates the hash-checked floats. It implements the description in docs/vectors.md independently of the Python code, so
 * that the description is tested, too.
 */
export function* floatSet(seed: bigint, count: number): Generator<number> {
  const bits = new BigUint64Array(1);
  const double = new Float64Array(bits.buffer);
  const fromBits = (pattern: bigint): number => {
    bits[0] = pattern;
    return double[0] as number;
  };
  let x = seed;
  for (let step = 0; step < count; step++) {
    x = BigInt.asUintN(64, x ^ (x << 13n));
    x ^= x >> 7n;
    x = BigInt.asUintN(64, x ^ (x << 17n));
    const exponent = (x >> 52n) & EXPONENT;
    switch (step % 4) {
      case 0:
        yield fromBits(exponent === EXPONENT ? x & ~(1n << 62n) : x);
        break;
      case 1:
        yield fromBits((x & ~(EXPONENT << 52n)) | ((1000n + (exponent % 88n)) << 52n));
        break;
      case 2: {
        const decimal = Number((x >> 8n) % 1_000_000n) / 10 ** Number(x % 16n);
        yield x >> 63n === 1n ? -decimal : decimal;
        break;
      }
      default:
        yield Number(x >> (11n + (x % 53n)));
    }
  }
}
