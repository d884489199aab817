import { expect, test } from "vitest";
import { createEngine } from "../../../../src/modules/broker/engine/engine.js";
import { EMPTY_SNAPSHOT, type OrderRow } from "../../../../src/modules/broker/engine/rows.js";
import { account, order } from "../rows.js";
import { aapl, BUY, INSTRUMENTS, limit, NOW, SELL, stop, topOfBook } from "./session.js";

const OTHERS = Array.from({ length: 100 }, (_, index) => `B-${index}`);

/** Creates working orders of other accounts, at few prices, and counts how often they are read. */
function ordersOfOthers(count: number) {
  const read = { times: 0 };
  const orders = Array.from({ length: count }, (_, index): OrderRow => {
    const isBuy = index % 2 === 0;
    const row = order({
      id: `o${index + 1}`,
      accountId: OTHERS[index % OTHERS.length] as string,
      type: index % 4 < 2 ? limit : stop,
      side: isBuy ? BUY : SELL,
      // Limits below the market and stops above it for buyers, the reverse for sellers.
      ...(index % 4 < 2
        ? { limitPrice: isBuy ? 9_000_000_000n : 11_000_000_000n, stopPrice: null }
        : { limitPrice: null, stopPrice: isBuy ? 11_000_000_000n : 9_000_000_000n }),
      priority: index + 1,
    });
    return new Proxy(row, {
      get(target, member) {
        read.times++;
        return Reflect.get(target, member);
      },
    });
  });
  return { orders, read };
}

/** Returns how often the orders of others are read while an account places, modifies, fills and cancels orders. */
function readsWith(count: number): number {
  const { orders, read } = ordersOfOthers(count);
  const accounts = OTHERS.map((id) => account({ id }));
  const engine = createEngine(INSTRUMENTS, {}, { ...EMPTY_SNAPSHOT, accounts, orders, nextSequence: count + 1 });
  engine.applyTopOfBook(topOfBook("AAPL", 100), NOW);
  engine.takeChanges();
  read.times = 0;
  const waiting = engine.place("a", { ...aapl, type: limit, limitPrice: 95 }, NOW);
  engine.modify("a", waiting.id, { ...aapl, type: limit, limitPrice: 96, qty: 5 }, NOW);
  engine.place("a", { ...aapl, takeProfit: 105, stopLoss: 95 }, NOW);
  engine.closePosition("a", "AAPL", 5, NOW);
  engine.cancel("a", waiting.id, NOW);
  for (const last of [101, 99, 100]) engine.applyTopOfBook(topOfBook("AAPL", last), NOW);
  engine.orders("a", NOW);
  engine.takeChanges();
  return read.times;
}

test("the working orders that an order looks at do not grow with those of all accounts", () => {
  const few = readsWith(120);
  expect(few).toBeGreaterThan(0);
  expect(readsWith(12_000)).toBe(few);
});
