import { describe, expect, test } from "vitest";
import { groupLevels, groupSteps, withSums } from "../src/market/book-levels.js";

const level = (price: number, qty: number) => ({ price, qty });

describe("grouping an order book", () => {
  test("rounds bids down and asks up, so that no group is better than its orders", () => {
    const bids = [level(160.76, 1), level(160.75, 2), level(160.71, 4), level(160.69, 8)];
    expect(groupLevels(bids, 0.05, "bids")).toEqual([level(160.75, 3), level(160.7, 4), level(160.65, 8)]);
    const asks = [level(160.78, 1), level(160.8, 2), level(160.81, 4)];
    expect(groupLevels(asks, 0.05, "asks")).toEqual([level(160.8, 3), level(160.85, 4)]);
  });

  test.each([
    [0.01, 160.74],
    [0.1, 0.3],
    [0.00001, 0.85421],
    [0.25, 4500.25],
  ])("leaves prices that are whole steps of %d where they are: %d", (step, price) => {
    for (const side of ["bids", "asks"] as const)
      expect(groupLevels([level(price, 1)], step, side)).toEqual([level(price, 1)]);
  });

  test("offers multiples of the price step", () => {
    expect(groupSteps(0.01)).toEqual([0.01, 0.05, 0.1, 0.5, 1]);
    expect(groupSteps(0.25)).toEqual([0.25, 1.25, 2.5, 12.5, 25]);
  });

  test("adds the sums of the shown levels", () => {
    expect(withSums([level(3, 1), level(2, 2), level(1, 4)], 2).map(({ sum }) => sum)).toEqual([1, 3]);
  });
});
