import { describe, expect, test } from "vitest";
import { UNIT } from "../../../../src/modules/broker/engine/amount.js";
import { EMPTY_SNAPSHOT } from "../../../../src/modules/broker/engine/rows.js";
import { StoredState } from "./history/stored-state.js";
import {
  aapl,
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
  stopLimit,
  working,
} from "./session.js";

describe("a market order", () => {
  test("is filled at the best price of the other side, and opens a position", () => {
    const session = openSession();
    session.applyTopOfBook(190, { bid: 189.99, ask: 190.02 });
    expect(session.place({ qty: 10 })).toEqual({
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
    expect(session.position()).toEqual({ id: "AAPL", symbol: "AAPL", qty: 10, side: BUY, avgPrice: 190.02 });
    expect(session.equity()).toEqual({ balance: 100_000, equity: 99_999.8, realizedPL: 0, unrealizedPL: -0.2 });
    const { orders, positions, executions, notifications } = session.engine.takeChanges();
    expect([orders, positions, executions].map((rows) => rows.length)).toEqual([1, 1, 1]);
    expect(notifications).toMatchObject([
      { severity: "success", title: "Order filled", message: "Buy 10 AAPL (market): 10 at 190.02", orderId: "o1" },
    ]);
  });

  test("fills the offered quantity, and waits for the next top of book with the rest", () => {
    const session = openSession();
    session.applyTopOfBook(100, { ask: 100.01, askQty: 4 });
    expect(session.place({ qty: 10 })).toMatchObject({ status: working, filledQty: 4, avgPrice: 100.01 });
    session.applyTopOfBook(101, { ask: 101.01, askQty: 5 });
    expect(session.orders()).toMatchObject([{ status: working, filledQty: 9 }]);
    session.applyTopOfBook(102, { ask: 102.01, askQty: 5 });
    expect(session.orders()).toMatchObject([{ status: filled, filledQty: 10, avgPrice: 100.71 }]);
    expect(session.fills()).toEqual([
      ["a", 4, 100.01],
      ["a", 5, 101.01],
      ["a", 1, 102.01],
    ]);
  });

  test.each([
    ["AAPL", "10 AAPL (market)", ["4 at 100.01", "5 at 101.01; 9 at 100.57 on average so far"]],
    ["ES", "10 ES (market)", ["4 at 100.25", "5 at 101.25; 9 at 100.81 on average so far"]],
  ])("rounds the average price in a notification about %s to the decimals of its prices", (symbol, order, fills) => {
    const session = openSession();
    session.applyTopOfBook(100, { symbol, ask: 100.01, askQty: 4 });
    session.place({ symbol, qty: 10 });
    session.applyTopOfBook(101, { symbol, ask: 101.01, askQty: 5 });
    const messages = session.engine.takeChanges().notifications.map(({ message }) => message);
    expect(messages).toEqual(fills.map((fill) => `Buy ${order}: ${fill}`));
  });

  test("waits for the first top of book", () => {
    const session = openSession();
    expect(session.place()).toMatchObject({ status: working, filledQty: 0 });
    session.applyTopOfBook(100);
    expect(session.orders()).toMatchObject([{ status: filled }]);
  });
});

describe("a top of book", () => {
  test("offers its quantities once to all accounts", () => {
    const session = openSession();
    session.applyTopOfBook(100, { askQty: 12 });
    session.place({ qty: 10 }, "a");
    session.place({ qty: 10 }, "b");
    expect(session.fills()).toEqual([
      ["a", 10, 100],
      ["b", 2, 100],
    ]);
  });

  test("fills market orders first, then the better price, then the earlier order", () => {
    const session = openSession();
    session.place({ type: limit, limitPrice: 100, qty: 1 }, "early at 100");
    session.place({ type: limit, limitPrice: 101, qty: 2 }, "at 101");
    session.place({ type: limit, limitPrice: 100, qty: 3 }, "late at 100");
    session.place({ qty: 4 }, "market");
    session.applyTopOfBook(100, { askQty: 8 });
    expect(session.fills()).toEqual([
      ["market", 4, 100],
      ["at 101", 2, 100],
      ["early at 100", 1, 100],
      ["late at 100", 1, 100],
    ]);
  });

  test.each([
    ["without a last price", { last: Number.NaN }],
    ["with a negative last price", { last: -1 }],
    ["with a last price above the maximum", { last: 1e300 }],
    ["of an unknown symbol", { symbol: "NONE" }],
  ])("%s is ignored", (_, given) => {
    const session = openSession();
    session.place();
    session.applyTopOfBook(100, given);
    expect(session.fills()).toEqual([]);
  });

  test("off the price steps is rounded to them, not in favor of orders", () => {
    const session = openSession();
    session.applyTopOfBook(100, { bid: 99.999, ask: 100.001, askQty: 2.9 });
    session.place({ qty: 3 });
    session.place({ qty: 1, side: SELL });
    expect(session.fills()).toEqual([
      ["a", 2, 100.01],
      ["a", -1, 99.99],
    ]);
  });
});

describe("a limit order", () => {
  test("waits for its price, and is filled at a better one if there is one", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ type: limit, limitPrice: 99, qty: 5 });
    session.place({ type: limit, limitPrice: 101, side: SELL, qty: 5 });
    expect(session.working()).toHaveLength(2);
    session.applyTopOfBook(98);
    session.applyTopOfBook(103);
    expect(session.fills()).toEqual([
      ["a", 5, 98],
      ["a", -5, 103],
    ]);
  });
});

describe("a stop order", () => {
  test("is not triggered by a price from before a restart, but by the next one that reaches it", () => {
    const prices = [{ symbol: "AAPL", last: 110n * UNIT, time: NOW }];
    const { applyTopOfBook, place, working: listed } = openSession({}, { ...EMPTY_SNAPSHOT, prices });
    place({ type: stop, stopPrice: 105 });
    place({ type: stop, stopPrice: 95 });
    applyTopOfBook(100);
    expect(listed()).toMatchObject([{ stopPrice: 105 }]);
    applyTopOfBook(105);
    expect(listed()).toEqual([]);
  });

  test("becomes a market order when the last price reaches it", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ type: stop, stopPrice: 105, qty: 5 });
    session.applyTopOfBook(104.99);
    expect(session.fills()).toEqual([]);
    session.applyTopOfBook(105, { ask: 105.03, askQty: 2 });
    // A triggered stop order stays triggered.
    session.applyTopOfBook(101, { ask: 101.02 });
    expect(session.fills()).toEqual([
      ["a", 2, 105.03],
      ["a", 3, 101.02],
    ]);
  });

  test("with a limit becomes a limit order", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ type: stopLimit, stopPrice: 95, limitPrice: 94.5, side: SELL, qty: 5 });
    session.applyTopOfBook(94, { bid: 93.98 });
    expect(session.fills()).toEqual([]);
    session.applyTopOfBook(94.6, { bid: 94.58 });
    expect(session.fills()).toEqual([["a", -5, 94.58]]);
  });

  test("ranks behind existing orders when it is triggered", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ type: stop, stopPrice: 105, qty: 5 }, "stop");
    session.applyTopOfBook(100, { askQty: 0 });
    session.place({ qty: 5 }, "market");
    session.applyTopOfBook(105, { askQty: 5 });
    expect(session.fills()).toEqual([["market", 5, 105]]);
  });
});

describe("an order is rejected", () => {
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
    const session = openSession();
    session.applyTopOfBook(100);
    expect(rejectionOf(() => session.place(request))).toBe(reason);
    const { orders, notifications } = session.engine.takeChanges();
    expect([...orders, ...notifications]).toEqual([]);
  });

  test("when the account has too many working orders", () => {
    const session = openSession({ maxWorkingOrders: 1 });
    session.place();
    expect(rejectionOf(() => session.place())).toMatch(/^too_many_orders: The account has 1 working orders/);
    session.place({}, "b");
  });

  test.each(["", "a".repeat(65)])("for the invalid account id %j", (accountId) => {
    expect(rejectionOf(() => openSession().place({}, accountId))).toMatch(
      /^invalid_account: An account's id must have 1 to 64/,
    );
  });
});

test("an order without sufficient margin at its fill is rejected with a notification", () => {
  const session = openSession();
  session.place({ qty: 1_000 });
  session.applyTopOfBook(100.01);
  expect(session.orders()).toMatchObject([{ status: rejected, filledQty: 0 }]);
  const reason = "Insufficient margin: 100,010.00 USD required, 100,000.00 available";
  expect(session.engine.takeChanges().notifications).toMatchObject([
    { severity: "error", title: "Order rejected", message: `Buy 1000 AAPL (market): ${reason}` },
  ]);
});

test("an idempotency key of an account returns the same order while it is listed", () => {
  const { engine } = openSession({ finishedForMs: 1_000 });
  const request = { symbol: "AAPL", type: market, side: BUY, qty: 1 };
  const id = engine.place("a", request, NOW, "key").id;
  expect(engine.place("a", { ...request }, NOW, "key").id).toBe(id);
  expect(engine.place("b", request, NOW, "key").id).not.toBe(id);
  engine.cancel("a", id, NOW);
  expect(engine.place("a", request, NOW + 999, "key")).toMatchObject({ id, status: cancelled });
  expect(engine.place("a", request, NOW + 1_000, "key").id).not.toBe(id);
  expect(rejectionOf(() => engine.place("a", request, NOW, ""))).toMatch(
    "invalid_key: An idempotency key must have 1 to 128",
  );
});

describe("a working order", () => {
  test("is cancelled once", () => {
    const session = openSession();
    const { id } = session.place();
    session.engine.cancel("a", id, NOW);
    expect(session.orders()).toMatchObject([{ id, status: cancelled }]);
    expect(rejectionOf(() => session.engine.cancel("a", id, NOW))).toBe(
      "not_working: Order o1 is not working: it was cancelled",
    );
    expect(rejectionOf(() => session.engine.cancel("a", "o9", NOW))).toBe(
      'unknown_order: The account has no order "o9"',
    );
  });

  test("is unknown to other accounts", () => {
    const session = openSession();
    const { id } = session.place();
    expect(rejectionOf(() => session.engine.cancel("b", id, NOW))).toBe('unknown_order: The account has no order "o1"');
    expect(session.orders("b")).toEqual([]);
  });

  test("can be modified, and is filled immediately if possible", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    const order = session.place({ type: limit, limitPrice: 90, qty: 5 });
    session.engine.modify("a", order.id, { ...order, limitPrice: 95, qty: 7 }, NOW);
    expect(session.orders()).toMatchObject([{ status: working, limitPrice: 95, qty: 7 }]);
    session.engine.modify("a", order.id, { ...order, limitPrice: 101, qty: 7 }, NOW);
    expect(session.orders()).toMatchObject([{ status: filled, avgPrice: 100 }]);
  });

  test("keeps its rank for a smaller quantity, and loses it for a larger one or another price", () => {
    const session = openSession();
    const first = session.place({ type: limit, limitPrice: 100, qty: 5 }, "first");
    session.place({ type: limit, limitPrice: 100, qty: 5 }, "second");
    session.engine.modify("first", first.id, { ...first, qty: 4 }, NOW);
    session.applyTopOfBook(100, { askQty: 1 });
    session.engine.modify("first", first.id, { ...first, qty: 6 }, NOW);
    session.applyTopOfBook(100, { askQty: 1 });
    expect(session.fills()).toEqual([
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
  ])("cannot be changed to %j", (changes, reason) => {
    const session = openSession();
    session.applyTopOfBook(100, { askQty: 2 });
    const order = session.place({ type: limit, limitPrice: 100, qty: 5, takeProfit: 110 });
    session.engine.takeChanges();
    const change = () => session.engine.modify("a", order.id, { ...order, ...changes }, NOW);
    expect(rejectionOf(change)).toBe(reason);
    expect(session.engine.takeChanges()).toMatchObject({ orders: [], positions: [], executions: [], valuations: [] });
  });

  test("that was triggered keeps its stop price", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    const order = session.place({ type: stopLimit, stopPrice: 100, limitPrice: 99, qty: 5 });
    const change = (stopPrice: number) => () => session.engine.modify("a", order.id, { ...order, stopPrice }, NOW);
    expect(rejectionOf(change(101))).toBe("already_triggered: The stop price 100 was already reached");
    expect(rejectionOf(change(100))).toBe("not rejected");
  });
});

test("an account lists its last 1,000 finished orders, also after a restart", () => {
  const { engine } = openSession();
  const keep = engine.place("a", { ...aapl, type: limit, limitPrice: 50 }, NOW).id;
  const ids = Array.from({ length: 1_200 }, () => {
    return engine.cancel("a", engine.place("a", { ...aapl, type: limit, limitPrice: 90 }, NOW).id, NOW).id;
  });
  const listed = engine.orders("a", NOW).map(({ id }) => id);
  expect(listed).toEqual([keep, ...ids.slice(-1_000)]);
  const stored = new StoredState();
  stored.add(engine.takeChanges());
  expect(stored.orders.size).toBe(1_201);
  const restarted = openSession({}, stored.snapshot()).engine;
  expect(restarted.orders("a", NOW)).toHaveLength(1_001);
});
