import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  averagePrice,
  lastDecimal,
  nearestAmount,
  notional,
  toAmount,
  toNumber,
  toText,
  UNIT,
} from "../../../../src/modules/broker/engine/amount.js";

/** Amounts that a number can represent, with 15 digits. */
const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });

describe("an amount", () => {
  test.each([
    [0, 0n],
    [-0, 0n],
    [0.1 + 0.2, undefined],
    [0.3, 30_000_000n],
    [1e-8, 1n],
    [-1e-8, -1n],
    [1e-9, undefined],
    [1.5e-7, 15n],
    [190.02, 19_002_000_000n],
    // The decimal digits count: the double is slightly less.
    [123_456_789.1, 12_345_678_910_000_000n],
    [1e20, 10n ** 28n],
    [1e21, undefined],
    [Number.NaN, undefined],
    [Number.NEGATIVE_INFINITY, undefined],
  ])("of %d is %s", (value, expected) => {
    expect(toAmount(value)).toBe(expected);
  });

  test("is the same after a conversion to a number and back", () => {
    fc.assert(fc.property(amount, (value) => toAmount(toNumber(value)) === value));
  });

  test("has the same text as its number", () => {
    fc.assert(fc.property(amount, (value) => Number(toText(value)) === Number(value) / Number(UNIT)));
    expect([0n, 5n, -5n, 10n * UNIT, 1_050_000_000n].map(toText)).toEqual([
      "0",
      "0.00000005",
      "-0.00000005",
      "10",
      "10.5",
    ]);
  });

  test("nearest to a number differs from it by at most half a unit", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
        return Math.abs(toNumber(nearestAmount(value)!) - value) <= 0.500_001e-8;
      }),
    );
    expect([Number.NaN, Number.POSITIVE_INFINITY, 1e21].map(nearestAmount)).toEqual([undefined, undefined, undefined]);
  });
});

test.each([
  [0.01, 0.01],
  [0.25, 0.01],
  [1 / 32, 0.000_01],
  [5, 1],
  [100, 1],
  [1e-8, 1e-8],
])("the last decimal of the step %d is %d", (step, expected) => {
  expect(lastDecimal(toAmount(step)!)).toBe(toAmount(expected));
});

test("the average price is rounded to the nearest multiple of a unit", () => {
  const prices = [UNIT / 8n, -UNIT / 8n, 2n * UNIT + UNIT / 250n];
  expect(prices.map((price) => toText(averagePrice(price * 2n, 2n * UNIT, UNIT / 100n)))).toEqual([
    "0.13",
    "-0.12",
    "2",
  ]);
});

test("the average price is rounded to 8 decimals", () => {
  expect(averagePrice(100n * UNIT, 3n * UNIT)).toBe(3_333_333_333n);
  expect(averagePrice(200n * UNIT, 3n * UNIT)).toBe(6_666_666_667n);
  expect(notional(19_002_000_000n, 3n * UNIT)).toBe(57_006_000_000n);
});
