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
  stopLimit,
  working,
} from "./desk.js";

describe("a market order", () => {
  test("is filled at the other side of the touch, and opens a position", () => {
    const desk = deskOf();
    desk.touch(190, { bid: 189.99, ask: 190.02 });
    expect(desk.place({ qty: 10 })).toEqual({
      id: "o1",
      symbol: "AAPL",
      type: market,
      side: BUY,
      qty: 10,
      status: filled,
      filledQty: 10,
      avgPrice: 190.02,
      updateTime: NOW,
    });
    expect(desk.position()).toEqual({ id: "AAPL", symbol: "AAPL", qty: 10, side: BUY, avgPrice: 190.02 });
    expect(desk.equity()).toEqual({ balance: 100_000, equity: 99_999.8, realizedPL: 0, unrealizedPL: -0.2 });
    const { orders, positions, executions, notifications } = desk.engine.takeChanges();
    expect([orders, positions, executions].map((rows) => rows.length)).toEqual([1, 1, 1]);
    expect(notifications).toMatchObject([
      { severity: "success", title: "Order filled", message: "Buy 10 AAPL (market): 10 at 190.02", orderId: "o1" },
    ]);
  });

  test("takes what is offered, and waits for the next touch with the rest", () => {
    const desk = deskOf();
    desk.touch(100, { ask: 100.01, askQty: 4 });
    expect(desk.place({ qty: 10 })).toMatchObject({ status: working, filledQty: 4, avgPrice: 100.01 });
    desk.touch(101, { ask: 101.01, askQty: 5 });
    expect(desk.orders()).toMatchObject([{ status: working, filledQty: 9 }]);
    desk.touch(102, { ask: 102.01, askQty: 5 });
    expect(desk.orders()).toMatchObject([{ status: filled, filledQty: 10, avgPrice: 100.71 }]);
    expect(desk.fills()).toEqual([
      ["a", 4, 100.01],
      ["a", 5, 101.01],
      ["a", 1, 102.01],
    ]);
  });

  test("waits where no touch has come yet", () => {
    const desk = deskOf();
    expect(desk.place()).toMatchObject({ status: working, filledQty: 0 });
    desk.touch(100);
    expect(desk.orders()).toMatchObject([{ status: filled }]);
  });
});

describe("a touch", () => {
  test("offers its quantities once, to all accounts together", () => {
    const desk = deskOf();
    desk.touch(100, { askQty: 12 });
    desk.place({ qty: 10 }, "a");
    desk.place({ qty: 10 }, "b");
    expect(desk.fills()).toEqual([
      ["a", 10, 100],
      ["b", 2, 100],
    ]);
  });

  test("goes to orders without a limit, then to the better price, then to the earlier", () => {
    const desk = deskOf();
    desk.place({ type: limit, limitPrice: 100, qty: 1 }, "early at 100");
    desk.place({ type: limit, limitPrice: 101, qty: 2 }, "at 101");
    desk.place({ type: limit, limitPrice: 100, qty: 3 }, "late at 100");
    desk.place({ qty: 4 }, "market");
    desk.touch(100, { askQty: 8 });
    expect(desk.fills()).toEqual([
      ["market", 4, 100],
      ["at 101", 2, 100],
      ["early at 100", 1, 100],
      ["late at 100", 1, 100],
    ]);
  });

  test.each([
    ["without a last price", { last: Number.NaN }],
    ["with a negative last price", { last: -1 }],
    ["with a last price beyond all reason", { last: 1e300 }],
    ["of an unknown symbol", { symbol: "NONE" }],
  ])("%s is passed over", (_, given) => {
    const desk = deskOf();
    desk.place();
    desk.touch(100, given);
    expect(desk.fills()).toEqual([]);
  });

  test("off the steps is taken to them, not in the order's favour", () => {
    const desk = deskOf();
    desk.touch(100, { bid: 99.999, ask: 100.001, askQty: 2.9 });
    desk.place({ qty: 3 });
    desk.place({ qty: 1, side: SELL });
    expect(desk.fills()).toEqual([
      ["a", 2, 100.01],
      ["a", -1, 99.99],
    ]);
  });
});

describe("a limit order", () => {
  test("waits for its price, and is filled at a better one where there is one", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ type: limit, limitPrice: 99, qty: 5 });
    desk.place({ type: limit, limitPrice: 101, side: SELL, qty: 5 });
    expect(desk.working()).toHaveLength(2);
    desk.touch(98);
    desk.touch(103);
    expect(desk.fills()).toEqual([
      ["a", 5, 98],
      ["a", -5, 103],
    ]);
  });
});

describe("a stop order", () => {
  test("becomes a market order when the last price reaches it", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ type: stop, stopPrice: 105, qty: 5 });
    desk.touch(104.99);
    expect(desk.fills()).toEqual([]);
    desk.touch(105, { ask: 105.03, askQty: 2 });
    // What is triggered stays so.
    desk.touch(101, { ask: 101.02 });
    expect(desk.fills()).toEqual([
      ["a", 2, 105.03],
      ["a", 3, 101.02],
    ]);
  });

  test("with a limit becomes a limit order", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ type: stopLimit, stopPrice: 95, limitPrice: 94.5, side: SELL, qty: 5 });
    desk.touch(94, { bid: 93.98 });
    expect(desk.fills()).toEqual([]);
    desk.touch(94.6, { bid: 94.58 });
    expect(desk.fills()).toEqual([["a", -5, 94.58]]);
  });

  test("stands behind the orders that were there when it is triggered", () => {
    const desk = deskOf();
    desk.touch(100);
    desk.place({ type: stop, stopPrice: 105, qty: 5 }, "stop");
    desk.touch(100, { askQty: 0 });
    desk.place({ qty: 5 }, "market");
    desk.touch(105, { askQty: 5 });
    expect(desk.fills()).toEqual([["market", 5, 105]]);
  });
});

describe("an order is refused", () => {
  test.each([
    [{ symbol: "NONE" }, 'unknown_symbol: Unknown symbol "NONE"'],
    [{ symbol: "SAP" }, "unknown_symbol: SAP cannot be traded: it is priced in EUR, and the account is in USD"],
    [{ side: 0 }, "invalid_order: The side cannot be 0: it must be 1 to buy or -1 to sell"],
    [
      { type: 5 },
      "invalid_order: The order type cannot be 5: it must be one of 1 limit, 2 market, 3 stop, 4 stop-limit",
    ],
    [{ qty: 0 }, "invalid_qty: The quantity cannot be 0: it must be a number above 0"],
    [{ qty: Number.NaN }, "invalid_qty: The quantity cannot be NaN: it must be a number above 0"],
    [{ qty: 1.5 }, "invalid_qty: The quantity cannot be 1.5: it must be a multiple of 1"],
    [{ qty: 1e30 }, "invalid_qty: The quantity cannot be 1e+30: it must be a multiple of 1"],
    [{ qty: 10_001 }, "invalid_qty: The quantity cannot be 10001: the maximum for AAPL is 10000"],
    [
      { symbol: "BTCUSD", qty: 0.000_001 },
      "invalid_qty: The quantity cannot be 0.000001: the minimum for BTCUSD is 0.00001",
    ],
    [{ type: limit }, "invalid_price: The limit price cannot be omitted: this order type requires it"],
    [{ type: stop, stopPrice: -1 }, "invalid_price: The stop price cannot be -1: it must be a number above 0"],
    [
      { type: limit, limitPrice: 99.999 },
      "invalid_price: The limit price cannot be 99.999: it must be a multiple of 0.01",
    ],
    [
      { type: limit, limitPrice: 1e10 },
      "invalid_price: The limit price cannot be 10000000000: the maximum is 1000000000",
    ],
    [{ takeProfit: 99 }, "invalid_bracket: The take profit cannot be 99: it must be above 100"],
    [{ stopLoss: 101 }, "invalid_bracket: The stop loss cannot be 101: it must be below 100"],
    [{ side: SELL, stopLoss: 99 }, "invalid_bracket: The stop loss cannot be 99: it must be above 100"],
    [{ qty: 1_001 }, "not_enough_margin: Insufficient margin: 100,100.00 USD required, 100,000.00 available"],
  ])("for %j", (request, reason) => {
    const desk = deskOf();
    desk.touch(100);
    expect(refusalOf(() => desk.place(request))).toBe(reason);
    const { orders, notifications } = desk.engine.takeChanges();
    expect([...orders, ...notifications]).toEqual([]);
  });

  test("where too many work", () => {
    const desk = deskOf({ maxWorkingOrders: 1 });
    desk.place();
    expect(refusalOf(() => desk.place())).toMatch(/^too_many_orders: The account has 1 working orders/);
    desk.place({}, "b");
  });

  test.each(["", "a".repeat(65)])("of an account whose id is no id: %j", (accountId) => {
    expect(refusalOf(() => deskOf().place({}, accountId))).toMatch(
      /^invalid_account: An account's id must have 1 to 64/,
    );
  });
});

test("an order that the margin does not allow for when it is to be filled is rejected, and its holder told", () => {
  const desk = deskOf();
  desk.place({ qty: 1_000 });
  desk.touch(100.01);
  expect(desk.orders()).toMatchObject([{ status: rejected, filledQty: 0 }]);
  const reason = "Insufficient margin: 100,010.00 USD required, 100,000.00 available";
  expect(desk.engine.takeChanges().notifications).toMatchObject([
    { severity: "error", title: "Order rejected", message: `Buy 1000 AAPL (market): ${reason}` },
  ]);
});

test("the same idempotency key gives the same order, of its account, for as long as it is listed", () => {
  const { engine } = deskOf({ finishedForMs: 1_000 });
  const request = { symbol: "AAPL", type: market, side: BUY, qty: 1 };
  const id = engine.place("a", request, NOW, "key").id;
  expect(engine.place("a", { ...request, qty: 7 }, NOW, "key").id).toBe(id);
  expect(engine.place("b", request, NOW, "key").id).not.toBe(id);
  engine.cancel("a", id, NOW);
  expect(engine.place("a", request, NOW + 999, "key")).toMatchObject({ id, status: cancelled });
  expect(engine.place("a", request, NOW + 1_000, "key").id).not.toBe(id);
  expect(refusalOf(() => engine.place("a", request, NOW, ""))).toMatch(
    "invalid_key: An idempotency key must have 1 to 128",
  );
});

describe("a working order", () => {
  test("is cancelled once", () => {
    const desk = deskOf();
    const { id } = desk.place();
    desk.engine.cancel("a", id, NOW);
    expect(desk.orders()).toMatchObject([{ id, status: cancelled }]);
    expect(refusalOf(() => desk.engine.cancel("a", id, NOW))).toBe(
      "not_working: Order o1 is not working: it was cancelled",
    );
    expect(refusalOf(() => desk.engine.cancel("a", "o9", NOW))).toBe('unknown_order: The account has no order "o9"');
  });

  test("is nobody else's", () => {
    const desk = deskOf();
    const { id } = desk.place();
    expect(refusalOf(() => desk.engine.cancel("b", id, NOW))).toBe('unknown_order: The account has no order "o1"');
    expect(desk.orders("b")).toEqual([]);
  });

  test("is made what is asked for, and filled at once where it can be", () => {
    const desk = deskOf();
    desk.touch(100);
    const order = desk.place({ type: limit, limitPrice: 90, qty: 5 });
    desk.engine.modify("a", order.id, { ...order, limitPrice: 95, qty: 7 }, NOW);
    expect(desk.orders()).toMatchObject([{ status: working, limitPrice: 95, qty: 7 }]);
    desk.engine.modify("a", order.id, { ...order, limitPrice: 101, qty: 7 }, NOW);
    expect(desk.orders()).toMatchObject([{ status: filled, avgPrice: 100 }]);
  });

  test("keeps its place for less, and loses it for more or another price", () => {
    const desk = deskOf();
    const first = desk.place({ type: limit, limitPrice: 100, qty: 5 }, "first");
    desk.place({ type: limit, limitPrice: 100, qty: 5 }, "second");
    desk.engine.modify("first", first.id, { ...first, qty: 4 }, NOW);
    desk.touch(100, { askQty: 1 });
    desk.engine.modify("first", first.id, { ...first, qty: 6 }, NOW);
    desk.touch(100, { askQty: 1 });
    expect(desk.fills()).toEqual([
      ["first", 1, 100],
      ["second", 1, 100],
    ]);
  });

  test.each([
    [
      { symbol: "MSFT" },
      "invalid_order: Symbol, type and side of order o1 cannot be changed: cancel it and place a new one",
    ],
    [{ qty: 2 }, "invalid_qty: The quantity cannot be 2: 2 are already filled"],
    [{ qty: 2_000 }, "not_enough_margin: Insufficient margin: 199,800.00 USD required, 99,800.00 available"],
    [{ takeProfit: 120 }, "invalid_bracket: The brackets are already on the position: change them there"],
  ])("is not changed to %j", (changes, reason) => {
    const desk = deskOf();
    desk.touch(100, { askQty: 2 });
    const order = desk.place({ type: limit, limitPrice: 100, qty: 5, takeProfit: 110 });
    desk.engine.takeChanges();
    const change = () => desk.engine.modify("a", order.id, { ...order, ...changes }, NOW);
    expect(refusalOf(change)).toBe(reason);
    expect(desk.engine.takeChanges()).toMatchObject({ orders: [], positions: [], executions: [], valuations: [] });
  });

  test("that was triggered keeps its stop price", () => {
    const desk = deskOf();
    desk.touch(100);
    const order = desk.place({ type: stopLimit, stopPrice: 100, limitPrice: 99, qty: 5 });
    const change = (stopPrice: number) => () => desk.engine.modify("a", order.id, { ...order, stopPrice }, NOW);
    expect(refusalOf(change(101))).toBe("already_triggered: The stop price 100 was already reached");
    expect(refusalOf(change(100))).toBe("not refused");
  });
});
