import { expect, test } from "vitest";
import { joinTape } from "../src/market/tape.js";

const trade = (id: number) => ({ id: `${id}`, time: id, price: id, qty: 1, side: 1 as const });
const idsOf = (recent: readonly number[], live: readonly number[], count = 10) =>
  joinTape(recent.map(trade), live.map(trade), count).map(({ id }) => Number(id));

test("a tape has each trade once, oldest first, at most as many as it shows", () => {
  expect(idsOf([], [])).toEqual([]);
  expect(idsOf([1, 2, 3], [3, 4])).toEqual([1, 2, 3, 4]);
  // Missed during a reconnection.
  expect(idsOf([3, 4, 5], [1, 2, 5])).toEqual([1, 2, 3, 4, 5]);
  expect(idsOf([1, 2, 3], [3, 4], 3)).toEqual([2, 3, 4]);
});
