import fc from "fast-check";
import type { TimeInForce } from "../../../../../src/modules/broker/engine/rows.js";
import { BUY, limit, market, SELL, stop, stopLimit } from "../session.js";

export const ACCOUNTS = ["a", "b", "c"] as const;

/** Quantities by symbol, in multiples of its step. Like prices, they are few and close together, so that orders match. */
export const SYMBOLS = {
  AAPL: [1, 2, 3, 5, 8],
  BTCUSD: [0.000_01, 0.3, 1, 2.5, 0.000_123],
  OIL: [1, 2, 3, 5, 8],
} as const;
export type HistorySymbol = keyof typeof SYMBOLS;

// Most steps use the same account and symbol.
const account = fc.constantFrom("a", ...ACCOUNTS);
const symbol = fc.constantFrom<HistorySymbol[]>("AAPL", "AAPL", "AAPL", "BTCUSD", "OIL");
/** Around 100; `priceIn` moves those of oil around 0. */
const price = fc.nat(16).map((ticks) => (9_800 + ticks * 25) / 100);
const size = fc.nat(4);
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
/** The distance of a bracket from the price, mostly on the valid side. */
const distance = fc.integer({ min: -1, max: 6 }).map((ticks) => ticks * 0.25);
const brackets = { takeProfit: sometimes(distance), stopLoss: sometimes(distance) };

const place = {
  account,
  symbol,
  type: fc.constantFrom(market, limit, stop, stopLimit),
  side: fc.constantFrom(BUY, SELL),
  size,
  limitPrice: price,
  stopPrice: price,
  ...brackets,
  key: fc.option(fc.constantFrom("k", "l"), { nil: undefined, freq: 6 }),
  timeInForce: fc.constantFrom<TimeInForce[]>("GTC", "GTC", "GTC", "DAY", "GTD", "IOC", "FOK"),
  /** Time until it expires, for GTD. */
  lifeMs: fc.constantFrom(-1, 500, 2_000, 800_000),
};

/** Unusual numbers. */
const odd = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.NaN, 1e-9, 1e-8, 2 ** 53, 1e21, 1.7e308, Number.POSITIVE_INFINITY, 0.1 + 0.2, 99.995),
);

const does = <Name extends string>(name: Name) => fc.constant(name);
const weighted = <Value>(weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary });

/** A step as plain data, so that failures can be shrunk and printed. */
export const step = fc.oneof(
  weighted(
    14,
    fc.record({ does: does("top of book"), symbol, last: price, spread: fc.nat(2), bid: fc.nat(6), ask: fc.nat(6) }),
  ),
  weighted(
    5,
    fc.record({
      does: does("bar"),
      symbol,
      prices: fc.tuple(price, price, price, price),
      qty: fc.nat(6),
      spread: fc.nat(2),
      bid: fc.nat(6),
      ask: fc.nat(6),
    }),
  ),
  weighted(16, fc.record({ does: does("place"), ...place })),
  weighted(
    3,
    fc.record({
      does: does("modify"),
      account,
      index: fc.nat(20),
      size,
      limitPrice: price,
      stopPrice: price,
      ...brackets,
    }),
  ),
  weighted(2, fc.record({ does: does("cancel"), account, index: fc.nat(20) })),
  weighted(1, fc.record({ does: does("cancel another's"), account, index: fc.nat(20) })),
  weighted(3, fc.record({ does: does("close"), account, symbol, size: sometimes(size) })),
  weighted(3, fc.record({ does: does("edit brackets"), account, symbol, ...brackets })),
  weighted(1, fc.record({ does: does("set leverage"), account, leverage: fc.constantFrom(1, 2, 3, 5) })),
  weighted(1, fc.record({ does: does("advance"), ms: fc.constantFrom(1, 1_000, 700_000, 86_400_000) })),
  weighted(2, fc.record({ does: does("restart") })),
  weighted(
    1,
    fc.record({
      does: does("odd order"),
      account,
      symbol: fc.constantFrom("AAPL", "BTCUSD", "OIL", "SAP", "", "__proto__"),
      type: fc.oneof(fc.constantFrom<number>(market, limit, stop, stopLimit), odd),
      side: fc.oneof(fc.constantFrom<number>(BUY, SELL), odd),
      qty: odd,
      limitPrice: sometimes(odd),
      stopPrice: sometimes(odd),
      takeProfit: sometimes(odd),
      stopLoss: sometimes(odd),
    }),
  ),
  weighted(
    1,
    fc.record({ does: does("odd top of book"), symbol, last: odd, bid: odd, bidQty: odd, ask: odd, askQty: odd }),
  ),
);

/** Returns the price in a symbol: oil has prices around 0, also negative ones. */
export function priceIn(symbol: string, price: number): number {
  return symbol === "OIL" ? price - 100 : price;
}

export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
