import { orderbook, trades } from "@trading/topic";
import { ManualClock } from "@trading/ws-server/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TopOfBook } from "../../../../../src/market/market.js";
import { createMarket } from "../../../../../src/modules/datafeed/market.js";
import type { Book } from "../../../../../src/modules/datafeed/market-source.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { INSTRUMENTS } from "../../../../../src/modules/datafeed/sources/simulated/instruments.js";
import { MARKET_OPENED, SimulatedMarket } from "../../../../../src/modules/datafeed/sources/simulated/market.js";
import { SimulatedSource } from "../../../../../src/modules/datafeed/sources/simulated/source.js";
import type { TapeTrade } from "../../../../../src/modules/datafeed/symbol-feed.js";

/** Ten seconds before midnight. */
const SECOND = Date.UTC(2026, 10, 25, 23, 59, 50) / 1_000;
const NOW = SECOND * 1_000 + 250;

const moment = fc.record({
  instrument: fc.constantFrom(...INSTRUMENTS),
  second: fc.integer({ min: MARKET_OPENED / 1_000, max: SECOND }),
  seed: fc.constantFrom("1", "2"),
});

test("trade and book of a second depend only on the seed, and are valid updates of their routes", () => {
  const warm = { "1": new SimulatedMarket("1"), "2": new SimulatedMarket("2") };
  fc.assert(
    fc.property(moment, ({ instrument, second, seed }) => {
      const market = new SimulatedMarket(seed);
      const [traded, book] = [market.trade(instrument, second), market.book(instrument, second)];
      expect(warm[seed as "1"].book(instrument, second)).toEqual(book);
      expect(warm[seed as "1"].trade(instrument, second)).toEqual(traded);
      trades.parseUpdate(traded);
      orderbook.parseUpdate(book);
    }),
    { numRuns: 60 },
  );
});

test("books differ by seed, symbol and second", () => {
  const [apple, microsoft] = INSTRUMENTS as [(typeof INSTRUMENTS)[0], (typeof INSTRUMENTS)[0]];
  const [one, two] = [new SimulatedMarket("1"), new SimulatedMarket("2")];
  const books = [
    one.book(apple, SECOND),
    two.book(apple, SECOND),
    one.book(microsoft, SECOND),
    one.book(apple, SECOND + 40),
  ];
  expect(new Set(books.map(({ bids }) => bids.map(({ qty }) => qty).join())).size).toBe(4);
});

test("a book has a hundred levels per side, best first, a spread around the trade, in valid steps", () => {
  fc.assert(
    fc.property(moment, ({ instrument, second, seed }) => {
      const market = new SimulatedMarket(seed);
      const { price } = market.trade(instrument, second);
      const { time, bids, asks } = market.book(instrument, second);
      expect(time).toBe(second * 1_000);
      expect([bids.length, asks.length]).toEqual([100, 100]);
      expect(bids[0]!.price).toBeCloseTo(price - instrument.spread / 2, 8);
      expect(asks[0]!.price).toBeCloseTo(price + instrument.spread / 2, 8);
      for (const side of [bids.map((level) => ({ ...level, price: -level.price })), asks]) {
        for (const [index, level] of side.entries()) {
          if (index > 0) expect(level.price).toBeGreaterThan(side[index - 1]!.price);
          expect(level.qty).toBeGreaterThanOrEqual(instrument.minQty);
          expect(
            Math.abs(level.price / instrument.priceStep - Math.round(level.price / instrument.priceStep)),
          ).toBeLessThan(1e-6);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("a book changes gradually: most levels of a second are the same in the next", () => {
  const market = new SimulatedMarket("1");
  const apple = INSTRUMENTS[0]!;
  let unchanged = 0;
  let all = 0;
  for (let second = SECOND; second < SECOND + 60; second++) {
    const before = new Map(market.book(apple, second).bids.map(({ price, qty }) => [price, qty]));
    for (const { price, qty } of market.book(apple, second + 1).bids) {
      all++;
      if (before.get(price) === qty) unchanged++;
    }
  }
  expect(unchanged / all).toBeGreaterThan(0.7);
  expect(unchanged / all).toBeLessThan(1);
});

test("trades, top of book and book agree, also across midnight and after the event loop was blocked", async () => {
  const clock = new ManualClock(NOW);
  const datafeed = new Datafeed(new SimulatedSource("1", clock));
  const tape: TapeTrade[] = [];
  const books: Book[] = [];
  const topsOfBook: TopOfBook[] = [];
  const market = createMarket(datafeed, clock);
  expect(market.instruments.get("BTCUSD")).toMatchObject({ currency: "USD", priceStep: 0.01, qtyStep: 0.001 });
  const stops = [
    await datafeed.watchTrades("AAPL", { onValue: (each) => tape.push(each) }),
    await datafeed.watchBook("AAPL", 3, { onValue: (book) => books.push(book) }),
    await market.watch("AAPL", (top) => topsOfBook.push(top)),
  ];
  clock.advance(20_000);
  expect(tape.map(({ time }) => time)).toEqual(
    Array.from({ length: 20 }, (_, index) => NOW - 250 + (index + 1) * 1_000),
  );
  expect(new Set(tape.map(({ id }) => id)).size).toBe(20);
  expect(new Set(tape.map(({ side }) => side))).toEqual(new Set([1, -1]));
  for (const [index, top] of topsOfBook.entries()) {
    const book = books[index]!;
    expect([book.bids.length, book.asks.length]).toEqual([3, 3]);
    expect(top).toMatchObject({
      symbol: "AAPL",
      time: index === 0 ? NOW : book.time,
      bid: book.bids[0]!.price,
      bidQty: book.bids[0]!.qty,
      ask: book.asks[0]!.price,
      askQty: book.asks[0]!.qty,
      last: index === 0 ? top.last : tape[index - 1]!.price,
    });
  }
  expect(topsOfBook).toHaveLength(21);
  for (const stop of stops) stop();
  expect(clock.pending).toBe(0);
});

test("a market watches again after its source was lost, until it is stopped", async () => {
  const clock = new ManualClock(NOW);
  const source = new SimulatedSource("1", clock);
  const watch = source.watch.bind(source);
  let end = () => {};
  let isDown = false;
  source.watch = (symbol, listener) => {
    if (isDown) throw new Error("down");
    end = () => listener.onEnd(new Error("cut"));
    return watch(symbol, listener);
  };
  const topsOfBook: TopOfBook[] = [];
  const datafeed = new Datafeed(source);
  const stop = await createMarket(datafeed, clock).watch("AAPL", (top) => topsOfBook.push(top));
  expect(topsOfBook).toHaveLength(1);
  isDown = true;
  end();
  clock.advance(1_000);
  await new Promise((resolve) => setImmediate(resolve));
  isDown = false;
  clock.advance(1_000);
  while (topsOfBook.length < 2) await new Promise((resolve) => setImmediate(resolve));
  end();
  stop();
  clock.advance(5_000);
  expect([topsOfBook.length, datafeed.watched, clock.pending]).toEqual([2, [], 0]);
  await expect(createMarket(datafeed, clock).watch("NOPE", () => {})).rejects.toMatchObject({ code: "unknown_symbol" });
});
