import { describe, expect, test } from "vitest";
import { tradingDayEnd } from "../../../../src/modules/broker/engine/trading-day.js";
import { toPlacedOrder } from "../../../../src/modules/broker/engine/wire.js";
import { StoredState } from "./history/stored-state.js";
import { aapl, cancelled, filled, limit, NOW, openSession, rejectionOf, SELL, stop, working } from "./session.js";

const LIMIT = { ...aapl, type: limit, limitPrice: 90 };

describe("an order", () => {
  test("that is good till a date is cancelled then, with a message, and before any fill", () => {
    const { engine } = openSession();
    const { id } = engine.place("a", { ...LIMIT, timeInForce: "GTD", expiresAt: NOW + 1_000 }, NOW);
    expect(engine.expireOrders(NOW + 999)).toBe(NOW + 1_000);
    expect(engine.orders("a", NOW + 999)).toMatchObject([{ status: working }]);
    engine.takeChanges();
    const top = { symbol: "AAPL", time: 0, last: 80, bid: 80, bidQty: 100, ask: 80, askQty: 100 };
    engine.applyTopOfBook(top, NOW + 1_000);
    expect(engine.orders("a", NOW + 1_000)).toMatchObject([{ id, status: cancelled, filledQty: 0n }]);
    expect(engine.takeChanges().notifications).toMatchObject([
      { title: "Order expired", message: "Buy 10 AAPL (limit): its time has ended", orderId: id },
    ]);
    expect(engine.expireOrders(NOW + 1_000)).toBeUndefined();
  });

  test("expires after a restart", () => {
    const { engine } = openSession();
    engine.place("a", { ...LIMIT, timeInForce: "GTD", expiresAt: NOW + 1_000 }, NOW);
    const stored = new StoredState();
    stored.add(engine.takeChanges());
    const restarted = openSession({}, stored.snapshot()).engine;
    expect(restarted.expireOrders(NOW)).toBe(NOW + 1_000);
    expect(restarted.expireOrders(NOW + 1_000)).toBeUndefined();
    expect(restarted.orders("a", NOW + 1_000)).toMatchObject([{ status: cancelled }]);
  });

  test("that is good for a day works until midnight on a market that never closes", () => {
    const { engine } = openSession();
    const { expiresAt } = engine.place("a", { ...LIMIT, timeInForce: "DAY" }, NOW);
    expect(new Date(expiresAt as number).toISOString()).toBe("2026-11-26T00:00:00.000Z");
  });

  test("that is immediate or cancel keeps what is filled immediately", () => {
    const session = openSession();
    session.applyTopOfBook(90, { askQty: 4 });
    expect(session.place({ ...LIMIT, timeInForce: "IOC" })).toMatchObject({ status: cancelled, filledQty: 4 });
    expect(session.place({ ...LIMIT, timeInForce: "IOC" })).toMatchObject({ status: cancelled, filledQty: 0 });
    expect(session.position()).toMatchObject({ qty: 4 });
  });

  test("that is fill or kill is filled completely or not at all", () => {
    const session = openSession();
    session.applyTopOfBook(90, { askQty: 9 });
    expect(session.place({ ...LIMIT, timeInForce: "FOK" })).toMatchObject({ status: cancelled, filledQty: 0 });
    expect(session.place({ ...LIMIT, qty: 9, timeInForce: "FOK" })).toMatchObject({ status: filled, filledQty: 9 });
  });

  test.each([
    [
      { timeInForce: "GTD" },
      "invalid_time_in_force: The time in force cannot be GTD: it needs the time at which the order expires",
    ],
    [
      { timeInForce: "GTD", expiresAt: NOW },
      `invalid_time_in_force: The time in force cannot be GTD: the order cannot expire at ${NOW}, it must be in the future, in Unix milliseconds`,
    ],
    [
      { timeInForce: "IOC", type: stop, stopPrice: 110 },
      "invalid_time_in_force: The time in force cannot be IOC: a stop order waits for its price, so only market and limit orders can be filled immediately",
    ],
  ] as const)("is refused with %o", (given, message) => {
    const { engine } = openSession();
    expect(rejectionOf(() => engine.place("a", { ...LIMIT, ...given }, NOW))).toBe(message);
  });

  test("keeps its time in force when it is modified, unless another one is requested", () => {
    const { engine } = openSession();
    const { id } = engine.place("a", { ...LIMIT, timeInForce: "GTD", expiresAt: NOW + 1_000 }, NOW);
    expect(engine.modify("a", id, { ...LIMIT, qty: 11 }, NOW)).toMatchObject({ expiresAt: NOW + 1_000 });
    expect(engine.modify("a", id, { ...LIMIT, timeInForce: "GTC" }, NOW)).toMatchObject({ expiresAt: null });
    expect(engine.expireOrders(NOW + 1_000)).toBeUndefined();
    expect(rejectionOf(() => engine.modify("a", id, { ...LIMIT, timeInForce: "IOC" }, NOW))).toContain(
      "cannot become one",
    );
  });

  test("shows its duration, and a bracket its parent, to clients", () => {
    const session = openSession();
    session.applyTopOfBook(100);
    session.place({ ...LIMIT, timeInForce: "GTD", expiresAt: NOW + 1_000 });
    session.place({ stopLoss: 80 });
    session.engine.place("a", { ...LIMIT, side: SELL, symbol: "MSFT" }, NOW);
    session.engine.editBrackets("a", "AAPL", { stopLoss: 80, takeProfit: 120 }, NOW);
    const orders = session.engine.orders("a", NOW).map(toPlacedOrder);
    expect(orders.map(({ duration, parentId, parentType }) => ({ duration, parentId, parentType }))).toEqual([
      { duration: { type: "GTD", datetime: NOW + 1_000 } },
      {},
      { parentId: orders[1]?.id, parentType: 1 },
      {},
      { parentId: "AAPL", parentType: 2 },
    ]);
  });
});

describe("the end of a trading day", () => {
  const NEW_YORK = "America/New_York";

  test.each([
    ["24x7", "Etc/UTC", "2026-11-25T10:00Z", "2026-11-26T00:00Z"],
    ["24x7", NEW_YORK, "2026-11-25T10:00Z", "2026-11-25T05:00Z", "2026-11-26T05:00Z"],
    ["0930-1600", NEW_YORK, "2026-11-25T10:00Z", "2026-11-25T21:00Z"],
    ["0930-1600", NEW_YORK, "2026-11-25T21:00Z", "2026-11-26T21:00Z"],
    ["0930-1600", NEW_YORK, "2026-11-27T22:00Z", "2026-11-30T21:00Z"],
    ["0930-1600:1234567", NEW_YORK, "2026-11-27T22:00Z", "2026-11-28T21:00Z"],
    ["0900-1130,1230-1500", "Asia/Tokyo", "2026-11-25T03:00Z", "2026-11-25T06:00Z"],
    ["0930-1600", NEW_YORK, "2026-03-06T22:00Z", "2026-03-09T20:00Z"],
    ["0000-0000:1234567", "Etc/UTC", "2026-11-25T10:00Z", "2026-11-26T00:00Z"],
  ])("of %s in %s, seen from %s", (session, timezone, now, ...ends) => {
    const end = tradingDayEnd(Date.parse(now), { session, timezone });
    expect(new Date(end).toISOString()).toBe(new Date(ends.at(-1) as string).toISOString());
  });
});
