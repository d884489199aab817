import { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";
import type { TopOfBook, TradableInstrument } from "../../../../src/market/market.js";
import { toNumber } from "../../../../src/modules/broker/engine/amount.js";
import { createEngine, type Engine } from "../../../../src/modules/broker/engine/engine.js";
import type { EngineOptions } from "../../../../src/modules/broker/engine/options.js";
import { Refusal } from "../../../../src/modules/broker/engine/refusal.js";
import type { Changes, OrderRow, Snapshot } from "../../../../src/modules/broker/engine/rows.js";
import { toEquity, toExecution, toPlacedOrder, toPosition } from "../../../../src/modules/broker/engine/wire.js";

const NASDAQ = { exchange: "NASDAQ", currency: "USD", priceStep: 0.01, qtyStep: 1, minQty: 1, maxQty: 10_000 };

export const INSTRUMENTS: readonly TradableInstrument[] = [
  { symbol: "AAPL", description: "Apple Inc.", ...NASDAQ },
  { symbol: "MSFT", description: "Microsoft Corporation", ...NASDAQ },
  {
    symbol: "BTCUSD",
    description: "Bitcoin",
    exchange: "COINBASE",
    currency: "USD",
    priceStep: 0.01,
    qtyStep: 0.000_001,
    minQty: 0.000_01,
    maxQty: 100,
  },
  { symbol: "ES", description: "E-mini S&P 500", ...NASDAQ, exchange: "CME", priceStep: 0.25 },
  { symbol: "SAP", description: "SAP SE", ...NASDAQ, exchange: "XETRA", currency: "EUR" },
];

export const { limit, market, stop, stopLimit } = ORDER_TYPE;
export const { working, filled, cancelled, rejected } = ORDER_STATUS;
export const BUY = 1;
export const SELL = -1;
export const NOW = Date.UTC(2026, 10, 25, 10);

/** Creates a top of book with large quantities at one price on both sides, unless `given` differs. */
export function topOfBook(symbol: string, last: number, given: Partial<TopOfBook> = {}): TopOfBook {
  return { symbol, time: NOW, last, bid: last, bidQty: 1_000_000, ask: last, askQty: 1_000_000, ...given };
}

export const aapl = { symbol: "AAPL", type: market as number, side: BUY as number, qty: 10 };

/** Creates an engine, with shortcuts for the account "a" that take and return numbers as routes do. */
export function openSession(options: EngineOptions = {}, snapshot?: Snapshot) {
  const engine = createEngine(INSTRUMENTS, options, snapshot);
  const order = (row: OrderRow) => toPlacedOrder(row);
  return {
    engine,
    applyTopOfBook: (last: number, given: Partial<TopOfBook> = {}) =>
      engine.applyTopOfBook(topOfBook(given.symbol ?? "AAPL", last, given), NOW),
    place: (request: Partial<typeof aapl> & Partial<Parameters<Engine["place"]>[1]> = {}, accountId = "a") =>
      order(engine.place(accountId, { ...aapl, ...request }, NOW)),
    orders: (accountId = "a") => engine.orders(accountId, NOW).map(order),
    working: (accountId = "a") =>
      engine
        .orders(accountId, NOW)
        .map(order)
        .filter(({ status }) => status === working),
    position: (accountId = "a", symbol = "AAPL") => {
      const row = engine.positions(accountId, NOW).find((position) => position.symbol === symbol);
      return row && toPosition(row);
    },
    equity: (accountId = "a") => toEquity(engine.valuation(accountId, NOW)),
    marginUsed: (accountId = "a") => toNumber(engine.valuation(accountId, NOW).marginUsed),
    fills: (changes: Changes = engine.takeChanges()) =>
      changes.executions.map((row) => {
        const { price, qty, side } = toExecution(row);
        return [row.accountId, side * qty, price] as const;
      }),
  };
}

/** Returns the code and message with which a call is rejected. */
export function rejectionOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "not rejected";
}
