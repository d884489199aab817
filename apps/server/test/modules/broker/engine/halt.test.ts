import { describe, expect, test } from "vitest";
import { BUY, limit, NOW, openSession, rejectionOf, SELL, stop } from "./session.js";

const HALTED =
  "account_halted: The account has been halted by the operator: review. Orders can be cancelled and positions closed";

describe("a halted account", () => {
  test("can cancel orders and close positions, but neither place, preview nor modify orders", () => {
    const session = openSession();
    const { engine } = session;
    session.applyTopOfBook(190);
    session.place();
    const request = { symbol: "AAPL", type: limit, side: BUY, qty: 5, limitPrice: 180 };
    const [first, second] = [session.place(request), session.place(request)];
    engine.halt("a", "review", NOW);
    expect(rejectionOf(() => session.place())).toBe(HALTED);
    expect(engine.preview("a", request, NOW).refusal?.code).toBe("account_halted");
    expect(rejectionOf(() => engine.modify("a", first.id, { ...request, qty: 6 }, NOW))).toBe(HALTED);
    expect(session.place({}, "b").qty).toBe(10);
    engine.cancel("a", second.id, NOW);
    engine.closePosition("a", "AAPL", undefined, NOW);
    expect([session.working().map(({ id }) => id), session.position()]).toEqual([[first.id], undefined]);
    engine.halt("a", null, NOW);
    expect(session.place().qty).toBe(10);
  });

  test("gets the order of an earlier request with the same key, and is stored", () => {
    const { engine, applyTopOfBook } = openSession();
    applyTopOfBook(190);
    const request = { symbol: "AAPL", type: limit, side: BUY, qty: 5, limitPrice: 180 } as const;
    const { id } = engine.place("a", request, NOW, "key");
    engine.takeChanges();
    engine.halt("a", "", NOW);
    expect(engine.place("a", request, NOW, "key").id).toBe(id);
    expect(engine.takeChanges().accounts.map(({ haltedFor }) => haltedFor)).toEqual([""]);
  });

  test("loses all working orders when they are cancelled, but not the brackets of its positions", () => {
    const session = openSession();
    session.applyTopOfBook(190);
    session.place({ stopLoss: 170 });
    for (const qty of [1, 2]) session.place({ type: limit, side: BUY, qty, limitPrice: 180 });
    session.place({ type: limit, side: SELL, qty: 1, limitPrice: 250 }, "b");
    expect(session.engine.cancelAll("a", NOW).map(({ qty }) => Number(qty) / 1e8)).toEqual([1, 2]);
    expect(session.working().map(({ type }) => type)).toEqual([stop]);
    expect(session.working("b")).toHaveLength(1);
  });
});
