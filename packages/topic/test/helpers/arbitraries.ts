import { float } from "@trading/topic";
import fc from "fast-check";

/** Units that serializers often get wrong: escapes, the limits of ASCII and of surrogates, line separators, lone surrogates. */
const UNITS = [
  ...'"\\/\b\f\n\r\t \u0000\u001f\u007f\u0080\u00a0\u00e9\u2028\u2029\ud7ff\ue000\ufeff\uffee\ufffe\uffff09azAZ~$:,{}[]',
  "\ud800",
  "\udbff",
  "\udc00",
  "\udfff",
  "\u{10000}",
  "\u{1f600}",
  "\u{10ffff}",
];

export const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...UNITS), { maxLength: 12 }).map((units) => units.join("")) },
  { weight: 2, arbitrary: fc.array(fc.nat(0xffff), { maxLength: 8 }).map((units) => String.fromCharCode(...units)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "__proto__", "constructor", "toString", "10", "9", "01", "$float", "length"),
  },
);

/** A double from random bits: all exponents are equally likely. */
const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((pattern) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, pattern);
  return view.getFloat64(0);
});

/** A decimal near the magnitudes where the format of a float changes. */
const decimal = fc
  .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: -12, max: 24 }))
  .map(([digits, exponent]) => Number(`${digits}e${exponent}`));

const finite = fc.oneof(bits, decimal, fc.double()).filter(Number.isFinite);

export const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, -0, 1, 2 ** 53 - 1, -(2 ** 53) + 1, 0.1, 1e-4, 9.999e-5, 1e-6, 1e-7, 5e-324, 0.5),
  finite.filter((value) => !Number.isInteger(value)),
);

const markedFloat = fc
  .oneof(finite, fc.constantFrom(0, -0, 1, 1e15, 1e16, 1e17, 1e21, 1e22, 123456789012345680000, 1.7976931348623157e308))
  .map(float);

const bigint = fc.oneof(fc.bigInt(), fc.constantFrom(2n ** 53n, -(2n ** 64n), 10n ** 40n, 0n));

/** Any value that the serializer accepts: deep, wide, with keys in any order. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  leaf: fc.oneof(text, number, markedFloat, bigint, fc.boolean(), fc.constant(null), fc.constant(undefined)),
  array: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.array(fc.tuple(text, tie("value")), { maxLength: 6 }).map(Object.fromEntries),
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie("leaf"), tie("array"), tie("object")),
})).value;

/** A value that survives a JSON round trip, well-formed or not: no undefined, no bigint, no marked float. */
export const jsonValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  leaf: fc.oneof(text, number, fc.boolean(), fc.constant(null)),
  array: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.array(fc.tuple(text, tie("value")), { maxLength: 6 }).map(Object.fromEntries),
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie("leaf"), tie("array"), tie("object")),
})).value;
