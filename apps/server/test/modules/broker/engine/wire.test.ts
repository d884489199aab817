import { account, equity, executions, notifications, orders, positions } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../../../src/modules/broker/engine/engine.js";
import type { Changes } from "../../../../src/modules/broker/engine/rows.js";
import * as wire from "../../../../src/modules/broker/engine/wire.js";
import { BUY, INSTRUMENTS, limit, NOW, openSession, SELL, stopLimit } from "./session.js";

/** Trades with fills, partial fills, brackets, a rejection, a reversal, and quantities with many decimals. */
function busyDay(): { readonly changes: Changes; readonly session: ReturnType<typeof openSession> } {
  const session = openSession({ leverage: 3 });
  const btc = { symbol: "BTCUSD" };
  session.applyTopOfBook(60_000.07, { ...btc, askQty: 0.000_123 });
  session.place({ ...btc, qty: 0.000_333, takeProfit: 61_000.03 });
  session.applyTopOfBook(60_001.01, btc);
  session.applyTopOfBook(59_999.99, btc);
  session.place({ qty: 1_000 });
  session.place({ qty: 1_000 });
  session.place({ qty: 1_000, type: stopLimit, stopPrice: 200, limitPrice: 199.5 });
  session.applyTopOfBook(190.01, { ask: 190.02, askQty: 1_500 });
  session.applyTopOfBook(150);
  session.place({ qty: 1_700, side: SELL });
  session.engine.cancel("a", session.place({ type: limit, limitPrice: 1 }).id, NOW);
  return { changes: session.engine.takeChanges(), session };
}

test("rows are converted to valid updates of their routes", () => {
  const { changes, session } = busyDay();
  const check = <Row, Update>(
    rows: readonly Row[],
    route: { parseUpdate(input: unknown): Update },
    convert: (row: Row) => Update,
  ) => {
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(route.parseUpdate(convert(row))).toEqual(convert(row));
  };
  check(changes.orders, orders, wire.toPlacedOrder);
  check(changes.positions, positions, wire.toPosition);
  check(changes.executions, executions, wire.toExecution);
  check(changes.notifications, notifications, wire.toNotification);
  check(changes.valuations, equity, wire.toEquity);
  check(changes.accounts, account, (row) => wire.toAccountState(row, session.engine.valuation(row.id, NOW)));
});

test("no number has more than 8 decimals", () => {
  const { changes } = busyDay();
  const updates = [
    changes.orders.map(wire.toPlacedOrder),
    changes.positions.map(wire.toPosition),
    changes.valuations.map(wire.toEquity),
  ];
  const numbers = updates
    .flat()
    .flatMap((update) => Object.values(update).filter((value) => typeof value === "number"));
  for (const value of numbers) expect(Number(value.toFixed(8))).toBe(value);
  expect(numbers).toContain(60_000.662_792_79);
});

test("converts the state of an account", () => {
  const { session } = busyDay();
  const row = session.engine.account("b", NOW);
  expect(wire.toAccountState(row, session.engine.valuation("b", NOW))).toEqual({
    id: "b",
    name: "b",
    currency: "USD",
    balance: 100_000,
    equity: 100_000,
    marginUsed: 0,
    marginAvailable: 100_000,
    leverage: 3,
  });
});

describe("a preview", () => {
  const order = { symbol: "AAPL", type: limit, side: BUY, qty: 100, limitPrice: 190 };

  test("of an order shows price, value and margin, and places nothing", () => {
    const session = openSession({ leverage: 5 });
    expect(wire.toPreviewResult(session.engine.preview("a", order, NOW))).toEqual({
      sections: [
        {
          header: "Cost",
          rows: [
            { title: "Estimated price", value: "190.00 USD" },
            { title: "Value", value: "19,000.00 USD" },
          ],
        },
        {
          header: "Margin",
          rows: [
            { title: "Required margin", value: "3,800.00 USD" },
            { title: "Available margin", value: "100,000.00 USD" },
          ],
        },
      ],
    });
    expect(session.orders()).toEqual([]);
  });

  test("of an order that would be rejected contains the reason", () => {
    const session = openSession();
    const errors = (changes: object) =>
      wire.toPreviewResult(session.engine.preview("a", { ...order, ...changes }, NOW)).errors;
    expect(errors({ qty: 1.5 })).toEqual(["The quantity cannot be 1.5: it must be a multiple of 1"]);
    expect(errors({ qty: 1_000 })).toEqual(["Insufficient margin: 190,000.00 USD required, 100,000.00 available"]);
  });

  test("rounds money to cents, and no price", () => {
    const session = openSession({ leverage: 3 });
    session.applyTopOfBook(100);
    session.place({ qty: 10 });
    const bitcoin = { ...order, symbol: "BTCUSD", qty: 0.000_123, limitPrice: 45_678.9 };
    const { sections } = wire.toPreviewResult(session.engine.preview("a", bitcoin, NOW));
    expect(sections.flatMap(({ rows }) => rows.map(({ value }) => value))).toEqual([
      "45,678.90 USD",
      "5.61 USD",
      "1.87 USD",
      "99,666.66 USD",
    ]);
    expect(wire.toLeveragePreviewResult(session.engine.previewLeverage("a", 7, NOW)).infos).toEqual([
      "Used margin: 333.33 → 142.85 USD",
      "Available margin: 99,666.66 → 99,857.14 USD",
    ]);
    const price = 123_456_00n;
    const estimate = { price, value: price, marginNeeded: price };
    const preview = { ...session.engine.preview("a", order, NOW), estimate };
    expect(wire.toPreviewResult(preview).sections[0]?.rows[0]?.value).toBe("0.123456 USD");
  });

  test("warns when no price is known", () => {
    const preview = openSession().engine.preview("a", { symbol: "AAPL", type: 2, side: BUY, qty: 1 }, NOW);
    expect(wire.toPreviewResult(preview)).toMatchObject({ warnings: ["No price is known yet"] });
  });

  test("of a leverage shows the used margin, and sets nothing", () => {
    const session = openSession({ leverage: 2 });
    session.applyTopOfBook(100);
    session.place({ qty: 1_500 });
    const preview = (leverage: number) =>
      wire.toLeveragePreviewResult(session.engine.previewLeverage("a", leverage, NOW));
    expect(preview(5)).toEqual({
      infos: ["Used margin: 75,000.00 → 30,000.00 USD", "Available margin: 25,000.00 → 70,000.00 USD"],
    });
    expect(preview(1).errors).toEqual(["Insufficient margin: 150,000.00 USD required, 100,000.00 available"]);
    expect(preview(0).errors).toEqual(["The leverage cannot be 0: it must be a whole number from 1 to 20"]);
    expect(session.engine.account("a", NOW).leverage).toBe(2);
  });
});

test("createEngine rejects invalid instruments and options", () => {
  const [aapl] = INSTRUMENTS;
  const start = (changes: object) => () => createEngine([{ ...aapl!, ...changes }]);
  expect(start({ qtyStep: 0.000_000_1 })).toThrow(
    "Invalid steps of AAPL: priceStep 0.01 times qtyStep 1e-7 has more than 8 decimals",
  );
  expect(start({ maxQty: 0 })).toThrow("Invalid maxQty 0 of AAPL: expected a number above 0 with at most 8 decimals");
  expect(start({ minQty: 2.5 })).toThrow("Invalid minQty 2.5 and maxQty 10000 of AAPL: expected");
  expect(() => createEngine([], { leverage: 30 })).toThrow(
    "Invalid leverage 30: expected a whole number from 1 to maxLeverage, 20",
  );
  expect(() => createEngine([], { deposit: Number.NaN })).toThrow(
    "Invalid deposit NaN: expected a number from 0, below 1e9",
  );
  expect(() => createEngine([], { finishedForMs: -1 })).toThrow(
    "Invalid finishedForMs -1: expected a whole number of at least 0",
  );
});
