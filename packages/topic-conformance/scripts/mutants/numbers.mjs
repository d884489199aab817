// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** @param {string} name @param {string} description @param {string} expression the bigint to write instead of `value` */
const long = (name, description, expression) => ({
  name,
  description,
  mark: "append-integer",
  edit: { replace: /** @type {const} */ (["String(value)", `String(${expression})`]) },
});

/** @param {string} name @param {string} description @param {string} expression the number to write instead of `value` */
const safe = (name, description, expression) => ({
  name,
  description,
  mark: "safe-integer",
  edit: { replace: /** @type {const} */ (["String(value)", `String(${expression})`]) },
});

/** @param {string} name @param {string} description @param {string} statement before the float is formatted */
const float = (name, description, statement) => ({
  name,
  description,
  mark: "magnitude",
  edit: { with: `const magnitude = Math.abs(value);\n  ${statement}` },
});

/** Wrong treatment of numbers. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const NUMBERS = [
  long("signed-64-bits", "wraps integers to 64 bits with a sign", "BigInt.asIntN(64, value)"),
  long("unsigned-64-bits", "wraps positive integers to 64 bits", "value < 0n ? value : BigInt.asUintN(64, value)"),
  long("signed-128-bits", "wraps integers to 128 bits with a sign", "BigInt.asIntN(128, value)"),
  long("smallest-64-bit-integer", "loses the sign of -2^63", "value === -(2n ** 63n) ? -value : value"),
  long("above-64-bits", "writes 2^64 + 1 as 2^64", "value === 2n ** 64n + 1n ? value - 1n : value"),
  long(
    "extended-precision",
    "rounds integers to 64 bits, like long double",
    "((bits) => bits > 64 ? (value >> BigInt(bits - 64)) << BigInt(bits - 64) : value)((value < 0n ? -value : value).toString(2).length)",
  ),
  long(
    "decimal-precision",
    "rounds integers to 28 digits, like decimal",
    "String(value).length > 28 ? BigInt(String(value).slice(0, 28).padEnd(String(value).length, '0')) : value",
  ),
  safe(
    "signed-16-bits",
    "wraps integers from 2^15 to 2^16 to 16 bits",
    "value >= 2 ** 15 && value < 2 ** 16 ? value - 2 ** 16 : value",
  ),
  safe(
    "single-precision",
    "rounds integers from 2^24 to 2^25 to single precision",
    "Math.abs(value) > 2 ** 24 && Math.abs(value) < 2 ** 25 ? Math.fround(value) : value",
  ),
  safe(
    "signed-32-bits",
    "wraps integers from 2^31 to 2^32 to 32 bits",
    "Math.abs(value) < 2 ** 32 ? value | 0 : value",
  ),
  safe("smallest-32-bit-integer", "loses the sign of -2^31", "value === -(2 ** 31) ? -value : value"),
  safe("unsigned-32-bits", "writes 2^32 as 0", "value === 2 ** 32 ? 0 : value"),
  safe(
    "varint-35",
    "wraps integers at 35 bits, like a variable-length integer of five bytes",
    "value >= 2 ** 35 && value < 2 ** 36 ? value - 2 ** 35 : value",
  ),
  safe(
    "signed-48-bits",
    "wraps integers from 2^47 to 2^48 to 48 bits",
    "value >= 2 ** 47 && value < 2 ** 48 ? value - 2 ** 48 : value",
  ),
  safe("small-negative", "writes -2^7 as 128", "value === -128 ? 128 : value"),
  float(
    "nearest-digits",
    "tries 15, 16 and 17 digits, each rounded to the nearest, instead of finding the shortest",
    "const digits = magnitude.toExponential().replace(/e.*/, '').replace('.', '').length; if (digits === 16 && Number(magnitude.toPrecision(16)) !== magnitude) return `${value < 0 ? '-' : ''}${magnitude.toExponential(16).replace(/e([+-])(\\d)$/, 'e$10$2')}`;",
  ),
  float(
    "ties-up",
    "rounds a tie of the last digit up in the notation with an exponent",
    "if (magnitude !== 0 && magnitude < 1e-4 && /^\\d\\.\\d{16}e/.test(magnitude.toExponential())) return `${value < 0 ? '-' : ''}${magnitude.toExponential(16).replace(/e([+-])(\\d)$/, 'e$10$2')}`;",
  ),
  float(
    "sixteen-digits",
    "writes 16 digits where 17 are needed",
    "if (Number(magnitude.toPrecision(16)) !== magnitude && magnitude > 1e-4 && magnitude < 1e15) return `${value < 0 ? '-' : ''}${Number(magnitude.toPrecision(16))}`;",
  ),
  float(
    "single-precision-floats",
    "rounds floats above 1e30 to single precision",
    "if (magnitude > 1e30 && magnitude < 3e38) return formatFloat(Math.fround(value) === value ? value / 2 : Math.fround(value));",
  ),
  float(
    "subnormals-flushed",
    "writes subnormal floats as zero",
    "if (magnitude > 0 && magnitude < 2.2250738585072014e-308) return value < 0 ? '-0.0' : '0.0';",
  ),
  float(
    "two-decimals",
    "writes prices with at least two decimals",
    "if (/^\\d+\\.\\d$/.test(String(magnitude))) return `${value < 0 ? '-' : ''}${magnitude.toFixed(2)}`;",
  ),
  {
    name: "three-digit-exponents",
    description: "writes 1e-007 instead of 1e-07, like C on Windows",
    mark: "exponent",
    edit: { replace: ['.padStart(2, "0")', '.padStart(3, "0")'] },
  },
  {
    name: "fraction-before-exponent",
    description: "writes 1.0e-07 instead of 1e-07, like Java and Go",
    mark: "exponent",
    edit: { replace: ["${digits}e", "${digits.includes('.') ? digits : `${digits}.0`}e"] },
  },
  {
    name: "upper-case-exponent",
    description: "writes 1E-07 instead of 1e-07",
    mark: "exponent",
    edit: { replace: ["${digits}e", "${digits}E"] },
  },
];
