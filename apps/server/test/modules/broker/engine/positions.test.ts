import { describe, expect, test } from "vitest";
import {
  BUY,
  cancelled,
  deskOf,
  filled,
  limit,
  market,
  NOW,
  refusalOf,
  rejected,
  SELL,
  stop,
  working,
} from "./desk.js";

describe("a position", () => {
  test("has the average price of what was bought, and realises a part of its cost when some is sold", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    desk.touch(106);
    desk.place({ qty: 5 });
    expect(desk.position()).toMatchObject({ qty: 15, avgPrice: 102 });
    desk.touch(110);
    desk.place({ qty: 6, side: SELL });
    expect(desk.position()).toMatchObject({ qty: 9, avgPrice: 102 });
    expect(desk.equity()).toEqual({ balance: 100_048, realizedPL: 48, unrealizedPL: 72, equity: 100_120 });
  });

  test("is turned around in two fills", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    desk.touch(90);
    desk.place({ qty: 25, side: SELL });
    expect(desk.position()).toMatchObject({ qty: 15, side: SELL, avgPrice: 90 });
    expect(desk.equity()).toMatchObject({ realizedPL: -100, unrealizedPL: 0 });
    expect(desk.fills()).toEqual([
      ["a", 10, 100],
      ["a", -10, 90],
      ["a", -15, 90],
    ]);
  });

  test("loses nothing to rounding when it is closed in parts", () => {
    const desk = deskOf();
    const btc = { symbol: "BTCUSD" };
    desk.touch(60_000.01, btc);
    desk.place({ ...btc, qty: 0.000_01 });
    desk.touch(60_000.07, btc);
    desk.place({ ...btc, qty: 0.000_02 });
    for (const price of [61_000.03, 59_000.11, 60_500.97]) {
      desk.touch(price, btc);
      desk.place({ ...btc, side: SELL, qty: 0.000_01 });
    }
    expect(desk.position("a", "BTCUSD")).toBeUndefined();
    // (61000.03 + 59000.11 + 60500.97 - 60000.01 - 2 * 60000.07) / 100000
    expect(desk.equity()).toMatchObject({ realizedPL: 0.005_009_6, unrealizedPL: 0 });
  });

  test("is told flat once, and opened again under the same id", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place();
    desk.engine.takeChanges();
    desk.place({ side: SELL });
    expect(desk.engine.takeChanges().positions).toMatchObject([{ id: "AAPL", qty: 0n, cost: 0n, side: BUY }]);
    desk.place({ side: SELL });
    expect(desk.position()).toMatchObject({ id: "AAPL", side: SELL });
  });
});

describe("closing a position", () => {
  test("takes all of it, or an amount", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    desk.engine.closePosition("a", "AAPL", 4, NOW);
    expect(desk.position()).toMatchObject({ qty: 6 });
    desk.engine.closePosition("a", "AAPL", undefined, NOW);
    expect(desk.position()).toBeUndefined();
  });

  test.each([
    ["AAPL", 11, "invalid_qty: The quantity cannot be 11: the position is 10"],
    ["AAPL", 0.5, "invalid_qty: The quantity cannot be 0.5: it must be a multiple of 1"],
    ["AAPL", -1, "invalid_qty: The quantity cannot be -1: it must be a number above 0"],
    ["MSFT", undefined, 'unknown_position: The account has no position "MSFT"'],
  ])("%s by %j is refused", (id, amount, reason) => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    expect(refusalOf(() => desk.engine.closePosition("a", id, amount, NOW))).toBe(reason);
  });

  test("is not done twice while nobody buys", () => {
    const desk = deskOf();
    desk.touch(100, { bidQty: 0 });
    desk.place({ qty: 10 });
    desk.engine.closePosition("a", "AAPL", 6, NOW);
    const reason = "already_closing: 10 cannot be closed: 6 of 10 AAPL are already being closed";
    expect(refusalOf(() => desk.engine.closePosition("a", "AAPL", undefined, NOW))).toBe(reason);
    expect(refusalOf(() => desk.engine.closePosition("a", "AAPL", 4, NOW))).toBe("not refused");
  });

  test("never turns it around: what is left of the order goes with the position", () => {
    const desk = deskOf();
    desk.touch(100, { bidQty: 0 });
    desk.place({ qty: 10, type: limit, limitPrice: 100 });
    desk.engine.closePosition("a", "AAPL", undefined, NOW);
    desk.place({ qty: 7, side: SELL, type: limit, limitPrice: 100 });
    desk.touch(100, { bidQty: 5 });
    // The closing order was first.
    expect(desk.orders()).toMatchObject([
      { status: filled },
      { status: working, filledQty: 5, qty: 10 },
      { filledQty: 0 },
    ]);
    desk.touch(100);
    expect(desk.position()).toMatchObject({ side: SELL, qty: 7 });
  });

  test("closes no more than was asked for when the position grows meanwhile", () => {
    const desk = deskOf();
    desk.touch(100, { bidQty: 0 });
    desk.place({ qty: 10 });
    desk.engine.closePosition("a", "AAPL", 4, NOW);
    desk.place({ qty: 5 });
    desk.touch(100);
    expect(desk.position()).toMatchObject({ qty: 11 });
  });

  test("is cut down when another order reduces the position", () => {
    const desk = deskOf();
    desk.touch(100, { bidQty: 0 });
    desk.place({ qty: 10 });
    desk.engine.closePosition("a", "AAPL", 8, NOW);
    desk.place({ qty: 5, side: SELL });
    const [, closing, selling] = desk.orders();
    desk.engine.modify("a", closing!.id, { ...closing!, qty: 1 }, NOW);
    desk.touch(100, { bidQty: 1 });
    expect(desk.orders()).toMatchObject([{}, { status: filled, qty: 1 }, { id: selling!.id, status: working }]);
    desk.engine.closePosition("a", "AAPL", 9, NOW);
    desk.touch(100, { bidQty: 5 });
    expect(desk.working()).toMatchObject([{ type: market, qty: 4, filledQty: 0 }]);
  });
});

describe("brackets", () => {
  const bracketed = { qty: 10, takeProfit: 110, stopLoss: 95 };

  test("of an order become two orders on the position it opens; one filled ends the other", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place(bracketed);
    expect(desk.working()).toMatchObject([
      { type: limit, side: SELL, qty: 10, limitPrice: 110 },
      { type: stop, side: SELL, qty: 10, stopPrice: 95 },
    ]);
    desk.touch(111);
    expect(desk.position()).toBeUndefined();
    expect(desk.orders().map(({ status }) => status)).toEqual([filled, filled, cancelled]);
    expect(desk.equity()).toMatchObject({ realizedPL: 110 });
  });

  test("are for as much as was filled, and grow with the position", () => {
    const desk = deskOf();
    desk.touch(100, { askQty: 4 });
    desk.place(bracketed);
    expect(desk.working()).toMatchObject([{ filledQty: 4 }, { qty: 4 }, { qty: 4 }]);
    desk.touch(100, { askQty: 3 });
    expect(desk.working()).toMatchObject([{ filledQty: 7 }, { qty: 7 }, { qty: 7 }]);
  });

  test("shrink with it: one that is partly filled leaves the other for the rest", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place(bracketed);
    desk.touch(110, { bidQty: 4 });
    expect(desk.working()).toMatchObject([
      { limitPrice: 110, qty: 10, filledQty: 4 },
      { stopPrice: 95, qty: 6, filledQty: 0 },
    ]);
    desk.touch(95, { bid: 94.9 });
    expect(desk.position()).toBeUndefined();
    expect(desk.orders().map(({ status, filledQty }) => [status, filledQty])).toEqual([
      [filled, 10],
      [cancelled, 4],
      [filled, 6],
    ]);
  });

  test("go when the position is closed or turned around", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place(bracketed);
    desk.place({ qty: 15, side: SELL });
    expect(desk.position()).toMatchObject({ side: SELL, qty: 5 });
    expect(desk.working()).toEqual([]);
  });

  test("that were taken away do not come back with the order's next fill", () => {
    const desk = deskOf();
    desk.touch(100, { askQty: 4 });
    desk.place(bracketed);
    desk.engine.editBrackets("a", "AAPL", { takeProfit: 120 }, NOW);
    desk.touch(100);
    expect(desk.working()).toMatchObject([{ type: limit, limitPrice: 120, qty: 10 }]);
  });

  test("are those of the last order that added to it", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place(bracketed);
    desk.place({ qty: 1, stopLoss: 97 });
    expect(desk.working()).toMatchObject([{ type: stop, stopPrice: 97, qty: 11 }]);
    // An order without any leaves them.
    desk.place({ qty: 1 });
    expect(desk.working()).toMatchObject([{ type: stop, stopPrice: 97, qty: 12 }]);
  });

  test("of an order that only reduces it are not used", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    desk.place({ qty: 4, side: SELL, takeProfit: 90 });
    expect(desk.working()).toEqual([]);
  });

  test("of a position are put, moved and taken away", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 10 });
    desk.engine.editBrackets("a", "AAPL", { takeProfit: 120, stopLoss: 90 }, NOW);
    const [, profit, loss] = desk.orders();
    desk.engine.editBrackets("a", "AAPL", { takeProfit: 120, stopLoss: 92 }, NOW);
    expect(desk.working()).toMatchObject([{ id: profit!.id, limitPrice: 120 }, { stopPrice: 92 }]);
    expect(desk.orders().find(({ id }) => id === loss!.id)).toMatchObject({ status: cancelled });
    desk.engine.editBrackets("a", "AAPL", {}, NOW);
    expect(desk.working()).toEqual([]);
  });

  test("can be moved as orders, in price but not in quantity", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place(bracketed);
    const [, profit] = desk.orders();
    const modify = (changes: object) => () => desk.engine.modify("a", profit!.id, { ...profit!, ...changes }, NOW);
    expect(refusalOf(modify({ qty: 5 }))).toBe(
      "invalid_qty: The quantity cannot be 5: the quantity of a bracket follows its position",
    );
    expect(refusalOf(modify({ takeProfit: 130 }))).toBe(
      "invalid_bracket: Only orders that open a position can have brackets",
    );
    modify({ limitPrice: 105 })();
    desk.touch(106);
    expect(desk.position()).toBeUndefined();
  });

  test.each([
    [{ takeProfit: 99 }, "invalid_bracket: The take profit cannot be 99: it must be above 100"],
    [{ stopLoss: 100 }, "invalid_bracket: The stop loss cannot be 100: it must be below 100"],
    [{ stopLoss: 0 }, "invalid_price: The stop loss cannot be 0: it must be a number above 0"],
  ])("of a position are refused for %j", (brackets, reason) => {
    const desk = deskOf();
    desk.touch(100);
    desk.place();
    expect(refusalOf(() => desk.engine.editBrackets("a", "AAPL", brackets, NOW))).toBe(reason);
    expect(desk.working()).toEqual([]);
  });
});

describe("margin", () => {
  test("is the cost of the positions by the leverage", () => {
    const desk = deskOf({ leverage: 5 });
    desk.touch(100);
    desk.place({ qty: 4_000 });
    expect(desk.marginUsed()).toBe(80_000);
    expect(refusalOf(() => desk.place({ qty: 1_001 }))).toMatch("not_enough_margin");
    desk.place({ qty: 1_000 });
    // A loss has to be borne, and nothing can be added then.
    desk.touch(99);
    expect(desk.equity()).toMatchObject({ equity: 95_000 });
    expect(refusalOf(() => desk.place({ qty: 1 }))).toMatch("-5,000.00 available");
    desk.place({ qty: 1_000, side: SELL });
  });

  test("of what turns a position around counts what the position needs now", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ qty: 1_000 });
    expect(refusalOf(() => desk.place({ qty: 2_001, side: SELL }))).toMatch("not_enough_margin");
    expect(desk.place({ qty: 2_000, side: SELL })).toMatchObject({ status: filled });
  });

  test("may end an order halfway: what it closed stays closed", () => {
    const desk = deskOf();
    desk.touch(100, { askQty: 0 });
    desk.place({ qty: 1_000, side: SELL });
    desk.place({ qty: 2_000 });
    desk.touch(110);
    expect(desk.orders()[1]).toMatchObject({ status: rejected, filledQty: 1_000 });
    expect(desk.position()).toBeUndefined();
    expect(desk.equity()).toMatchObject({ balance: 90_000, equity: 90_000 });
    const reason = "Insufficient margin: 110,000.00 USD required, 90,000.00 available";
    expect(desk.engine.takeChanges().notifications.at(-1)?.message).toBe(`Buy 2000 AAPL (market): ${reason}`);
  });

  test("allows for a leverage, or not", () => {
    const desk = deskOf({ leverage: 2, maxLeverage: 10 });
    desk.touch(100);
    desk.place({ qty: 1_500 });
    const set = (leverage: number) => refusalOf(() => desk.engine.setLeverage("a", leverage, NOW));
    expect(set(1)).toBe("not_enough_margin: Insufficient margin: 150,000.00 USD required, 100,000.00 available");
    expect(set(11)).toBe("invalid_leverage: The leverage cannot be 11: it must be a whole number from 1 to 10");
    expect(set(1.5)).toMatch("invalid_leverage");
    expect(set(10)).toBe("not refused");
    expect(desk.marginUsed()).toBe(15_000);
  });
});

test("what an account is worth is told when it changes, and only then", () => {
  const desk = deskOf();
  const told = () => desk.engine.takeChanges().valuations.map(({ accountId }) => accountId);
  desk.touch(100);
  desk.place({}, "a");
  desk.place({ type: limit, limitPrice: 50 }, "b");
  expect(told()).toEqual(["a", "b"]);
  desk.touch(101);
  expect(told()).toEqual(["a"]);
  desk.touch(101);
  desk.touch(300, { symbol: "MSFT" });
  expect(told()).toEqual([]);
});
