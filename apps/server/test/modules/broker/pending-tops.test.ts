import { expect, test } from "vitest";
import { PendingTops } from "../../../src/modules/broker/pending-tops.js";
import { openBroker } from "./harness.js";

const top = (last: number, symbol = "AAPL") => ({ symbol, time: 0, last, bid: last, bidQty: 9, ask: last, askQty: 9 });

test("queues one command per symbol, and keeps the updates in order", () => {
  const pending = new PendingTops();
  expect([pending.add(top(1)), pending.add(top(2)), pending.add(top(3, "MSFT"))]).toEqual([true, false, true]);
  expect(pending.take("AAPL").map(({ last }) => last)).toEqual([1, 2]);
  expect(pending.take("AAPL")).toEqual([]);
  expect(pending.add(top(4))).toBe(true);
});

test("queues another command after one was rejected, with all updates", () => {
  const pending = new PendingTops();
  pending.add(top(1));
  pending.reject("AAPL");
  expect(pending.add(top(2))).toBe(true);
  expect(pending.take("AAPL").map(({ last }) => last)).toEqual([1, 2]);
});

test("stays bounded and keeps the extremes, also those within an update", () => {
  const pending = new PendingTops();
  const low = { ...top(100), moves: [{ price: 1, qty: 1, isJump: true }] };
  for (let count = 0; count < 10_000; count++) {
    pending.add(count === 5_000 ? low : top(count === 2_000 ? 500 : 100 + (count % 7)));
  }
  const kept = pending.take("AAPL");
  expect(kept.length).toBeLessThanOrEqual(64);
  expect(kept).toContainEqual(low);
  expect(kept.map(({ last }) => last)).toContain(500);
  expect(kept.at(-1)?.last).toBe(100 + (9_999 % 7));
});

test("an order is executed before a flood of prices that follows it has been handled one by one", async () => {
  const { broker, market, store } = await openBroker();
  const limit = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 50 };
  await broker.place("A-1", limit);
  const commits = store.commits.length;
  // More updates than the queue of commands has places: the lowest price is among them.
  for (let count = 0; count < 20_000; count++)
    market.setTopOfBook("AAPL", count === 7 ? 49 : 99, count === 7 ? 49 : 101);
  const other = await broker.place("A-1", { ...limit, limitPrice: 40 });
  expect(other.status).toBe(6);
  const { orders } = await broker.snapshot("A-1");
  expect(orders.map(({ status }) => status)).toEqual([2, 6]);
  expect(store.commits.length).toBeLessThanOrEqual(commits + 3);
});
