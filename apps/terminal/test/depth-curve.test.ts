import { describe, expect, test } from "vitest";
import { areaOf, type DepthCurve, depthAt, depthCurve } from "../src/market/depth-curve.js";

const book = {
  bids: [
    { price: 99, qty: 10 },
    { price: 98, qty: 30 },
  ],
  asks: [
    { price: 101, qty: 5 },
    { price: 104, qty: 15 },
  ],
};
const curve = depthCurve(book) as DepthCurve;

describe("the depth of an order book", () => {
  test("has the middle of the best prices in its middle, and reaches the farthest level", () => {
    expect(curve).toMatchObject({ low: 96, high: 104, maxSum: 40 });
    expect(curve.bids.map(({ sum }) => sum)).toEqual([10, 40]);
  });

  test.each([
    [99, "bids", 10, 99],
    [98.5, "bids", 10, 99],
    [98, "bids", 40, (990 + 2_940) / 40],
    [90, "bids", 40, (990 + 2_940) / 40],
    [100, undefined, 0, undefined],
    [99.5, undefined, 0, undefined],
    [101, "asks", 5, 101],
    [103.99, "asks", 5, 101],
    [104, "asks", 20, (505 + 1_560) / 20],
  ] as const)("at %d it has on the side %s a quantity of %d at %d on average", (price, side, qty, average) => {
    expect(depthAt(curve, price)).toEqual({ side, qty, average });
  });

  test("is drawn in steps from the best price to the edge", () => {
    expect(areaOf(curve, "bids")).toBe("37.50,100.00 37.50,75.00 25.00,75.00 25.00,0.00 0.00,0.00 0.00,100.00");
    expect(areaOf(curve, "asks")).toBe("62.50,100.00 62.50,87.50 100.00,87.50 100.00,50.00 100.00,50.00 100.00,100.00");
  });

  test("is unknown with an empty side", () => {
    expect(depthCurve({ ...book, asks: [] })).toBeUndefined();
    expect(depthCurve({ ...book, bids: [] })).toBeUndefined();
  });

  test("has no numbers that are not finite without quantities", () => {
    const empty = depthCurve({ bids: [{ price: 9, qty: 0 }], asks: [{ price: 9, qty: 0 }] }) as DepthCurve;
    expect(areaOf(empty, "bids")).not.toMatch(/NaN|Infinity/);
    expect(depthAt(empty, 9).average).toBeUndefined();
  });
});
