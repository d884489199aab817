import { describe, expect, test } from "vitest";
import {
  BUY,
  cancelled,
  filled,
  limit,
  market,
  NOW,
  openSession,
  rejected,
  rejectionOf,
  SELL,
  stop,
  working,
} from "./session.js";

describe("a position", () => {
  test("has the average price of its fills, and realizes the profit of a partial sale", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    session.applyTopOfBook(106);
    session.place({ qty: 5 });
    expect(session.position()).toMatchObject({ qty: 15, avgPrice: 102 });
    session.applyTopOfBook(110);
    session.place({ qty: 6, side: SELL });
    expect(session.position()).toMatchObject({ qty: 9, avgPrice: 102 });
    expect(session.equity()).toEqual({ balance: 100_048, realizedPL: 48, unrealizedPL: 72, equity: 100_120 });
  });

  test("is reversed in two fills", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    session.applyTopOfBook(90);
    session.place({ qty: 25, side: SELL });
    expect(session.position()).toMatchObject({ qty: 15, side: SELL, avgPrice: 90 });
    expect(session.equity()).toMatchObject({ realizedPL: -100, unrealizedPL: 0 });
    expect(session.fills()).toEqual([
      ["a", 10, 100],
      ["a", -10, 90],
      ["a", -15, 90],
    ]);
  });

  test("has no rounding error when it is closed in parts", () => {
    const session = openSession();
    const btc = { symbol: "BTCUSD" };
    session.applyTopOfBook(60_000.01, btc);
    session.place({ ...btc, qty: 0.000_01 });
    session.applyTopOfBook(60_000.07, btc);
    session.place({ ...btc, qty: 0.000_02 });
    for (const price of [61_000.03, 59_000.11, 60_500.97]) {
      session.applyTopOfBook(price, btc);
      session.place({ ...btc, side: SELL, qty: 0.000_01 });
    }
    expect(session.position("a", "BTCUSD")).toBeUndefined();
    // (61000.03 + 59000.11 + 60500.97 - 60000.01 - 2 * 60000.07) / 100000
    expect(session.equity()).toMatchObject({ realizedPL: 0.005_009_6, unrealizedPL: 0 });
  });

  test("is reported as flat once, and opened again with the same id", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place();
    session.engine.takeChanges();
    session.place({ side: SELL });
    expect(session.engine.takeChanges().positions).toMatchObject([{ id: "AAPL", qty: 0n, cost: 0n, side: BUY }]);
    session.place({ side: SELL });
    expect(session.position()).toMatchObject({ id: "AAPL", side: SELL });
  });
});

describe("closing a position", () => {
  test("closes all of it, or an amount", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    session.engine.closePosition("a", "AAPL", 4, NOW);
    expect(session.position()).toMatchObject({ qty: 6 });
    session.engine.closePosition("a", "AAPL", undefined, NOW);
    expect(session.position()).toBeUndefined();
  });

  test.each([
    ["AAPL", 11, "invalid_qty: The quantity cannot be 11: the position is 10"],
    ["AAPL", 0.5, "invalid_qty: The quantity cannot be 0.5: it must be a multiple of 1"],
    ["AAPL", -1, "invalid_qty: The quantity cannot be -1: it must be a number above 0"],
    ["MSFT", undefined, 'unknown_position: The account has no position "MSFT"'],
  ])("%s by %j is rejected", (id, amount, reason) => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    expect(rejectionOf(() => session.engine.closePosition("a", id, amount, NOW))).toBe(reason);
  });

  test("is not repeated while there are no buyers", () => {
    const session = openSession();
    session.applyTopOfBook(100, { bidQty: 0 });
    session.place({ qty: 10 });
    session.engine.closePosition("a", "AAPL", 6, NOW);
    const reason = "already_closing: 10 cannot be closed: 6 of 10 AAPL are already being closed";
    expect(rejectionOf(() => session.engine.closePosition("a", "AAPL", undefined, NOW))).toBe(reason);
    expect(rejectionOf(() => session.engine.closePosition("a", "AAPL", 4, NOW))).toBe("not rejected");
  });

  test("never reverses it: the rest of the order is limited to the position", () => {
    const session = openSession();
    session.applyTopOfBook(100, { bidQty: 0 });
    session.place({ qty: 10, type: limit, limitPrice: 100 });
    session.engine.closePosition("a", "AAPL", undefined, NOW);
    session.place({ qty: 7, side: SELL, type: limit, limitPrice: 100 });
    session.applyTopOfBook(100, { bidQty: 5 });
    // The closing order ranks first.
    expect(session.orders()).toMatchObject([
      { status: filled },
      { status: working, filledQty: 5, qty: 10 },
      { filledQty: 0 },
    ]);
    session.applyTopOfBook(100);
    expect(session.position()).toMatchObject({ side: SELL, qty: 7 });
  });

  test("closes the requested quantity when the position grows meanwhile", () => {
    const session = openSession();
    session.applyTopOfBook(100, { bidQty: 0 });
    session.place({ qty: 10 });
    session.engine.closePosition("a", "AAPL", 4, NOW);
    session.place({ qty: 5 });
    session.applyTopOfBook(100);
    expect(session.position()).toMatchObject({ qty: 11 });
  });

  test("is reduced when another order reduces the position", () => {
    const session = openSession();
    session.applyTopOfBook(100, { bidQty: 0 });
    session.place({ qty: 10 });
    session.engine.closePosition("a", "AAPL", 8, NOW);
    session.place({ qty: 5, side: SELL });
    const [, closing, selling] = session.orders();
    session.engine.modify("a", closing!.id, { ...closing!, qty: 1 }, NOW);
    session.applyTopOfBook(100, { bidQty: 1 });
    expect(session.orders()).toMatchObject([{}, { status: filled, qty: 1 }, { id: selling!.id, status: working }]);
    session.engine.closePosition("a", "AAPL", 9, NOW);
    session.applyTopOfBook(100, { bidQty: 5 });
    expect(session.working()).toMatchObject([{ type: market, qty: 4, filledQty: 0 }]);
  });
});

describe("brackets", () => {
  const bracketed = { qty: 10, takeProfit: 110, stopLoss: 95 };

  test("of an order become two orders on its position; the fill of one cancels the other", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place(bracketed);
    expect(session.working()).toMatchObject([
      { type: limit, side: SELL, qty: 10, limitPrice: 110 },
      { type: stop, side: SELL, qty: 10, stopPrice: 95 },
    ]);
    session.applyTopOfBook(111);
    expect(session.position()).toBeUndefined();
    expect(session.orders().map(({ status }) => status)).toEqual([filled, filled, cancelled]);
    expect(session.equity()).toMatchObject({ realizedPL: 110 });
  });

  test("have the filled quantity, and grow with the position", () => {
    const session = openSession();
    session.applyTopOfBook(100, { askQty: 4 });
    session.place(bracketed);
    expect(session.working()).toMatchObject([{ filledQty: 4 }, { qty: 4 }, { qty: 4 }]);
    session.applyTopOfBook(100, { askQty: 3 });
    expect(session.working()).toMatchObject([{ filledQty: 7 }, { qty: 7 }, { qty: 7 }]);
  });

  test("shrink with it: after a partial fill of one, the other has the rest", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place(bracketed);
    session.applyTopOfBook(110, { bidQty: 4 });
    expect(session.working()).toMatchObject([
      { limitPrice: 110, qty: 10, filledQty: 4 },
      { stopPrice: 95, qty: 6, filledQty: 0 },
    ]);
    session.applyTopOfBook(95, { bid: 94.9 });
    expect(session.position()).toBeUndefined();
    expect(session.orders().map(({ status, filledQty }) => [status, filledQty])).toEqual([
      [filled, 10],
      [cancelled, 4],
      [filled, 6],
    ]);
  });

  test("are cancelled when the position is closed or reversed", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place(bracketed);
    session.place({ qty: 15, side: SELL });
    expect(session.position()).toMatchObject({ side: SELL, qty: 5 });
    expect(session.working()).toEqual([]);
  });

  test("that were removed are not placed again with the order's next fill", () => {
    const session = openSession();
    session.applyTopOfBook(100, { askQty: 4 });
    session.place(bracketed);
    session.engine.editBrackets("a", "AAPL", { takeProfit: 120 }, NOW);
    session.applyTopOfBook(100);
    expect(session.working()).toMatchObject([{ type: limit, limitPrice: 120, qty: 10 }]);
  });

  test("are those of the last order that added to it", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place(bracketed);
    session.place({ qty: 1, stopLoss: 97 });
    expect(session.working()).toMatchObject([{ type: stop, stopPrice: 97, qty: 11 }]);
    // An order without brackets leaves them unchanged.
    session.place({ qty: 1 });
    expect(session.working()).toMatchObject([{ type: stop, stopPrice: 97, qty: 12 }]);
  });

  test("of an order that only reduces the position are ignored", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    session.place({ qty: 4, side: SELL, takeProfit: 90 });
    expect(session.working()).toEqual([]);
  });

  test("of a position can be added, changed and removed", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    session.engine.editBrackets("a", "AAPL", { takeProfit: 120, stopLoss: 90 }, NOW);
    const [, profit, loss] = session.orders();
    session.engine.editBrackets("a", "AAPL", { takeProfit: 120, stopLoss: 92 }, NOW);
    expect(session.working()).toMatchObject([{ id: profit!.id, limitPrice: 120 }, { stopPrice: 92 }]);
    expect(session.orders().find(({ id }) => id === loss!.id)).toMatchObject({ status: cancelled });
    session.engine.editBrackets("a", "AAPL", {}, NOW);
    expect(session.working()).toEqual([]);
  });

  test("can be modified as orders: the price, but not the quantity", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place(bracketed);
    const [, profit] = session.orders();
    const modify = (changes: object) => () => session.engine.modify("a", profit!.id, { ...profit!, ...changes }, NOW);
    expect(rejectionOf(modify({ qty: 5 }))).toBe(
      "invalid_qty: The quantity cannot be 5: the quantity of a bracket follows its position",
    );
    expect(rejectionOf(modify({ takeProfit: 130 }))).toBe(
      "invalid_bracket: Only orders that open a position can have brackets",
    );
    modify({ limitPrice: 105 })();
    session.applyTopOfBook(106);
    expect(session.position()).toBeUndefined();
  });

  test.each([
    [{ takeProfit: 99 }, "invalid_bracket: The take profit cannot be 99: it must be above 100"],
    [{ stopLoss: 100 }, "invalid_bracket: The stop loss cannot be 100: it must be below 100"],
    [{ stopLoss: 0 }, "invalid_price: The stop loss cannot be 0: it must be a number above 0"],
  ])("of a position are rejected for %j", (brackets, reason) => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place();
    expect(rejectionOf(() => session.engine.editBrackets("a", "AAPL", brackets, NOW))).toBe(reason);
    expect(session.working()).toEqual([]);
  });
});

describe("margin", () => {
  test("is the cost of the positions divided by the leverage", () => {
    const session = openSession({ leverage: 5 });
    session.applyTopOfBook(100);
    session.place({ qty: 4_000 });
    expect(session.marginUsed()).toBe(80_000);
    expect(rejectionOf(() => session.place({ qty: 1_001 }))).toMatch("not_enough_margin");
    session.place({ qty: 1_000 });
    // After a loss, the position cannot be increased.
    session.applyTopOfBook(99);
    expect(session.equity()).toMatchObject({ equity: 95_000 });
    expect(rejectionOf(() => session.place({ qty: 1 }))).toMatch("-5,000.00 available");
    session.place({ qty: 1_000, side: SELL });
  });

  test("of a reversal is reduced by the margin of the position", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ qty: 1_000 });
    expect(rejectionOf(() => session.place({ qty: 2_001, side: SELL }))).toMatch("not_enough_margin");
    expect(session.place({ qty: 2_000, side: SELL })).toMatchObject({ status: filled });
  });

  test("can reject an order after a partial fill: the closed part stays closed", () => {
    const session = openSession();
    session.applyTopOfBook(100, { askQty: 0 });
    session.place({ qty: 1_000, side: SELL });
    session.place({ qty: 2_000 });
    session.applyTopOfBook(110);
    expect(session.orders()[1]).toMatchObject({ status: rejected, filledQty: 1_000 });
    expect(session.position()).toBeUndefined();
    expect(session.equity()).toMatchObject({ balance: 90_000, equity: 90_000 });
    const reason = "Insufficient margin: 110,000.00 USD required, 90,000.00 available";
    expect(session.engine.takeChanges().notifications.at(-1)?.message).toBe(`Buy 2000 AAPL (market): ${reason}`);
  });

  test("limits the leverage", () => {
    const session = openSession({ leverage: 2, maxLeverage: 10 });
    session.applyTopOfBook(100);
    session.place({ qty: 1_500 });
    const set = (leverage: number) => rejectionOf(() => session.engine.setLeverage("a", leverage, NOW));
    expect(set(1)).toBe("not_enough_margin: Insufficient margin: 150,000.00 USD required, 100,000.00 available");
    expect(set(11)).toBe("invalid_leverage: The leverage cannot be 11: it must be a whole number from 1 to 10");
    expect(set(1.5)).toMatch("invalid_leverage");
    expect(set(10)).toBe("not rejected");
    expect(session.marginUsed()).toBe(15_000);
  });
});

test("an account's valuation is reported only when it changes", () => {
  const session = openSession();
  const reported = () => session.engine.takeChanges().valuations.map(({ accountId }) => accountId);
  session.applyTopOfBook(100);
  session.place({}, "a");
  session.place({ type: limit, limitPrice: 50 }, "b");
  expect(reported()).toEqual(["a", "b"]);
  session.applyTopOfBook(101);
  expect(reported()).toEqual(["a"]);
  session.applyTopOfBook(101);
  session.applyTopOfBook(300, { symbol: "MSFT" });
  expect(reported()).toEqual([]);
});
