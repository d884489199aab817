import { describe, expect, test } from "vitest";
import { StoredState } from "./history/stored-state.js";
import { aapl, BUY, cancelled, limit, NOW, openSession, rejectionOf, SELL, working } from "./session.js";

const LIMIT = { ...aapl, type: limit, limitPrice: 90 };
const OTHER =
  'key_reused: The idempotency key "k" was already used for another request: send each request with its own key';

/** An engine with an order at 90, and its successor after a restart. */
function setup() {
  const { engine, applyTopOfBook } = openSession({ leverage: 2 });
  applyTopOfBook(100);
  const stored = new StoredState();
  const restarted = () => {
    stored.add(engine.takeChanges());
    return openSession({ leverage: 2 }, stored.snapshot()).engine;
  };
  return { engine, restarted };
}

describe("an idempotency key", () => {
  test("returns the first order to the same request, also after a restart", () => {
    const { engine, restarted } = setup();
    const first = engine.place("a", LIMIT, NOW, "k");
    expect(engine.place("a", { ...LIMIT }, NOW + 1, "k")).toEqual(first);
    expect(restarted().place("a", LIMIT, NOW + 2, "k")).toEqual(first);
  });

  test.each([
    ["another side", { ...LIMIT, side: SELL }],
    ["another quantity", { ...LIMIT, qty: 11 }],
    ["another price", { ...LIMIT, limitPrice: 91 }],
    ["a bracket", { ...LIMIT, stopLoss: 80 }],
    ["another time in force", { ...LIMIT, timeInForce: "DAY" as const }],
  ])("is refused with %s, also after a restart", (_name, other) => {
    const { engine, restarted } = setup();
    engine.place("a", LIMIT, NOW, "k");
    expect(rejectionOf(() => engine.place("a", other, NOW, "k"))).toBe(OTHER);
    const successor = restarted();
    expect(rejectionOf(() => successor.place("a", other, NOW, "k"))).toBe(OTHER);
    expect(successor.orders("a", NOW)).toHaveLength(1);
  });

  test("is refused for every other operation, in each order of the two", () => {
    const operations = {
      place: (engine) => void engine.place("a", { ...LIMIT, limitPrice: 80 }, NOW, "k"),
      modify: (engine, id) => void engine.modify("a", id, { ...LIMIT, qty: 12 }, NOW, "k"),
      cancel: (engine, id) => void engine.cancel("a", id, NOW, "k"),
      close: (engine) => void engine.closePosition("a", "AAPL", 5, NOW, "k"),
      "edit brackets": (engine) => engine.editBrackets("a", "AAPL", { stopLoss: 50 }, NOW, "k"),
      "set leverage": (engine) => void engine.setLeverage("a", 3, NOW, "k"),
    } satisfies Record<string, (engine: ReturnType<typeof setup>["engine"], id: string) => void>;
    for (const [first, run] of Object.entries(operations)) {
      for (const [second, runOther] of Object.entries(operations)) {
        const { engine, restarted } = setup();
        engine.place("a", aapl, NOW);
        const { id } = engine.place("a", LIMIT, NOW);
        run(engine, id);
        const isSame = first === second;
        const outcome = [first, second, rejectionOf(() => runOther(engine, id))];
        expect(outcome).toEqual([first, second, isSame ? "not rejected" : OTHER]);
        const later = [first, second, rejectionOf(() => runOther(restarted(), id))];
        expect(later).toEqual([first, second, isSame ? "not rejected" : OTHER]);
      }
    }
  });

  test("runs a command that places no order once", () => {
    const { engine } = setup();
    const { id } = engine.place("a", LIMIT, NOW);
    engine.modify("a", id, { ...LIMIT, limitPrice: 91 }, NOW, "k1");
    engine.modify("a", id, { ...LIMIT, limitPrice: 92 }, NOW, "k2");
    expect(engine.modify("a", id, { ...LIMIT, limitPrice: 91 }, NOW, "k1").limitPrice).toBe(9_200_000_000n);
    expect(engine.cancel("a", id, NOW, "k3").status).toBe(cancelled);
    expect(engine.cancel("a", id, NOW, "k3").status).toBe(cancelled);
    engine.setLeverage("a", 3, NOW, "k4");
    engine.setLeverage("a", 4, NOW);
    expect(engine.setLeverage("a", 3, NOW, "k4").leverage).toBe(3);
    expect(engine.account("a", NOW).leverage).toBe(4);
  });

  test("is free again after a refusal, and ten minutes after its use", () => {
    const { engine } = setup();
    const { id } = engine.place("a", LIMIT, NOW);
    expect(rejectionOf(() => engine.place("a", { ...LIMIT, qty: 0 }, NOW, "k"))).toContain("invalid_qty");
    engine.modify("a", id, { ...LIMIT, qty: 11 }, NOW, "k");
    expect(rejectionOf(() => engine.cancel("a", id, NOW + 599_999, "k"))).toBe(OTHER);
    expect(engine.cancel("a", id, NOW + 600_000, "k").status).toBe(cancelled);
  });

  test("belongs to one account, and at most 100 are kept without an order", () => {
    const { engine } = setup();
    const { id } = engine.place("a", LIMIT, NOW, "k");
    expect(engine.place("b", { ...LIMIT, side: BUY, qty: 3 }, NOW, "k").status).toBe(working);
    for (let count = 0; count < 150; count++) engine.modify("a", id, { ...LIMIT, qty: 20 + count }, NOW, `m${count}`);
    expect(engine.account("a", NOW).usedKeys.map(({ key }) => key)).toEqual(
      Array.from({ length: 100 }, (_, index) => `m${index + 50}`),
    );
  });
});
