import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../../../src/modules/broker/engine/engine.js";
import { toExecution, toPlacedOrder } from "../../../../src/modules/broker/engine/wire.js";
import type { Instrument, MarketListener, MarketSource, Tick } from "../../../../src/modules/datafeed/market-source.js";
import { Datafeed } from "../../../../src/modules/datafeed/service.js";
import { Recording } from "../../../../src/modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../../../../src/modules/datafeed/sources/replay/source.js";
import { ACME } from "../../datafeed/tape-source.js";
import {
  BUY,
  cancelled,
  filled,
  INSTRUMENTS,
  limit,
  market,
  NOW,
  rejectionOf,
  SELL,
  stop,
  topOfBook,
  working,
} from "./session.js";

type Row = readonly [open: number, high: number, low: number, close: number, volume?: number];
type Request = Parameters<ReturnType<typeof createEngine>["place"]>[1];

const order = { symbol: "ACME", type: market as number, side: BUY as number, qty: 10 };

/** A replay with an engine that trades on it. The first bar is played. */
async function replay(...bars: readonly Row[]) {
  const text = bars.map(([open, high, low, close, volume = 4_000], day) => {
    return [new Date(Date.UTC(2026, 0, day + 1)).toISOString(), open, high, low, close, volume].join(",");
  });
  const clock = new ManualClock(NOW);
  const recording = new Recording(["time,open,high,low,close,volume", ...text].join("\n"), "acme.csv");
  const logger = { info() {}, warn() {} };
  const source = new ReplaySource(recording, { symbol: "ACME", barsPerSecond: 1, atEnd: "stop", clock, logger });
  const feed = new Datafeed(source);
  const engine = createEngine(feed.instruments.values());
  const watchFeed = () => feed.watchTopOfBook("ACME", { onValue: (top) => engine.applyTopOfBook(top, NOW) });
  const unwatch = await watchFeed();
  const session = sessionOf(engine);
  clock.advance(1_000);
  return { ...session, feed, unwatch, watchFeed, play: (count = 1) => clock.advance(count * 1_000) };
}

function sessionOf(engine: ReturnType<typeof createEngine>) {
  return {
    engine,
    place: (request: Partial<Request>) => engine.place("a", { ...order, ...request }, NOW).id,
    status: (id: string) => engine.orders("a", NOW).find((row) => row.id === id)?.status,
    average: (id: string) => {
      const row = engine.orders("a", NOW).find((each) => each.id === id);
      return row && toPlacedOrder(row).avgPrice;
    },
    fills: () => engine.takeChanges().executions.map((row) => [toExecution(row).side, toExecution(row).price]),
  };
}

describe("a replayed bar 100/106/90/101", () => {
  test("fills a limit at 95 and a stop at 95 at their prices", async () => {
    const { place, play, average } = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    const limitOrder = place({ type: limit, limitPrice: 95 });
    const stopOrder = place({ type: stop, side: SELL, stopPrice: 95, qty: 3 });
    play();
    expect([average(limitOrder), average(stopOrder)]).toEqual([95, 95]);
  });

  test("goes to the nearer extreme first: from 100 to 106, then to 90", async () => {
    const { place, play, fills } = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    place({ type: limit, limitPrice: 95 });
    place({ type: limit, side: SELL, limitPrice: 104 });
    play();
    expect(fills()).toEqual([
      [SELL, 104],
      [BUY, 95],
    ]);
  });

  test("goes down first if the low is nearer", async () => {
    const { place, play, fills } = await replay([100, 100, 100, 100], [100, 112, 94, 99]);
    place({ type: limit, side: SELL, limitPrice: 104, qty: 3 });
    place({ type: limit, limitPrice: 95 });
    play();
    expect(fills()).toEqual([
      [BUY, 95],
      [SELL, 104],
    ]);
  });

  test("places the brackets of an order that it fills, and fills the one that it reaches next", async () => {
    const { engine, place, play, fills } = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    place({ type: limit, limitPrice: 95, takeProfit: 99, stopLoss: 92 });
    play();
    expect(fills()).toEqual([
      [BUY, 95],
      [SELL, 92],
    ]);
    expect(engine.positions("a", NOW)).toEqual([]);
    expect(engine.orders("a", NOW).map(({ role, status }) => [role, status])).toEqual([
      ["entry", filled],
      ["takeProfit", cancelled],
      ["stopLoss", filled],
    ]);
  });

  test("fills at most its volume, at all its prices together", async () => {
    const { place, play, status, engine } = await replay([100, 100, 100, 100], [100, 106, 90, 101, 12]);
    const first = place({ type: limit, limitPrice: 98 });
    const second = place({ type: limit, limitPrice: 95 });
    play();
    expect([status(first), status(second)]).toEqual([filled, working]);
    expect(engine.orders("a", NOW)[1]?.filledQty).toBe(2n * 10n ** 8n);
  });
});

test("a gap to 79 fills a limit at 95 and a stop at 95 at the gap's price", async () => {
  const { place, play, average } = await replay([100, 100, 100, 100], [79, 85, 78, 80]);
  const limitOrder = place({ type: limit, limitPrice: 95 });
  const stopOrder = place({ type: stop, side: SELL, stopPrice: 95, qty: 3 });
  play();
  expect([average(limitOrder), average(stopOrder)]).toEqual([79, 79]);
});

describe("a source of trades", () => {
  const instrument: Instrument = { ...ACME, spread: 0 };
  const trade = (price: number, qty = 100) => ({ time: NOW, price, qty, side: 1 as const });

  /** A source whose ticks the test sends. */
  async function live(given: Partial<Instrument> = {}) {
    let listener: MarketListener | undefined;
    const source: MarketSource = {
      instruments: new Map([["ACME", { ...instrument, ...given }]]),
      resolutions: ["1"],
      description: "trades",
      history: async () => ({ bars: [], through: Number.NEGATIVE_INFINITY }),
      watch: (_symbol, given) => {
        listener = given;
        return () => {};
      },
    };
    const feed = new Datafeed(source);
    const engine = createEngine(feed.instruments.values());
    await feed.watchTopOfBook("ACME", { onValue: (top) => engine.applyTopOfBook(top, NOW) });
    return { ...sessionOf(engine), send: (tick: Tick) => listener?.onTick(tick) };
  }

  test("fills orders at the trades of a tick, not between them", async () => {
    const { send, place, fills } = await live();
    send({ trades: [trade(100)] });
    place({ type: limit, limitPrice: 95, qty: 1 });
    place({ type: stop, side: SELL, stopPrice: 96, qty: 1 });
    send({ trades: [trade(100), trade(94), trade(101)] });
    expect(fills()).toEqual([
      [BUY, 94],
      [SELL, 94],
    ]);
  });

  test("triggers stops at the trades of a tick, and fills at the order book after it", async () => {
    const { send, place, fills } = await live();
    const book = { time: NOW, bids: [{ price: 100.5, qty: 50 }], asks: [{ price: 101.5, qty: 50 }] };
    send({ trades: [trade(100)], book });
    place({ type: stop, side: SELL, stopPrice: 96, qty: 1 });
    place({ type: limit, limitPrice: 95, qty: 1 });
    send({ trades: [trade(94), trade(101)], book });
    expect(fills()).toEqual([[SELL, 100.5]]);
  });

  test("fills between the trades of a continuous tick, at the spread's distance", async () => {
    const { send, place, fills } = await live({ spread: 1 });
    send({ trades: [trade(100)] });
    place({ type: limit, limitPrice: 95, qty: 1 });
    place({ type: limit, side: SELL, limitPrice: 102, qty: 1 });
    send({ trades: [trade(100), trade(103), trade(94), trade(95.5)], isContinuous: true });
    expect(fills()).toEqual([
      [SELL, 102],
      [BUY, 95],
    ]);
  });
});

describe("after the end of a replay", () => {
  test.each([true, false])("an order is refused, watched: %s", async (isWatched) => {
    const session = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    session.play(5);
    if (!isWatched) {
      session.unwatch();
      await session.watchFeed();
    }
    const refusal = "market_closed: ACME cannot be traded: its market data has ended";
    expect(rejectionOf(() => session.place({}))).toBe(refusal);
    expect(rejectionOf(() => session.place({ type: limit, limitPrice: 200 }))).toBe(refusal);
  });

  test("working orders and positions stay, and can be cancelled", async () => {
    const session = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    session.place({});
    const id = session.place({ type: limit, limitPrice: 50 });
    session.play(5);
    expect(session.engine.positions("a", NOW)).toHaveLength(1);
    expect(rejectionOf(() => session.engine.closePosition("a", "ACME", undefined, NOW))).toContain("market_closed");
    expect(session.engine.cancel("a", id, NOW).status).toBe(cancelled);
  });
});

describe("the last update of a market", () => {
  test("fills no order with the quantities that the update before it has offered", () => {
    const { engine, place } = sessionOf(createEngine([ACME]));
    const top = { symbol: "ACME", time: NOW, bid: 100, bidQty: 10, ask: 100, askQty: 10, last: 100 };
    engine.applyTopOfBook(top, NOW);
    const id = place({ type: limit, limitPrice: 200, qty: 50 });
    engine.applyTopOfBook({ ...top, isClosed: true }, NOW);
    const order = engine.orders("a", NOW).find((row) => row.id === id);
    expect(order?.filledQty).toBe(1_000_000_000n);
  });
});

describe("a replay without volumes", () => {
  test("fills any quantity, because they are unknown", async () => {
    const { place, average } = await replay([100, 100, 100, 100, 0], [100, 101, 99, 100, 0]);
    expect(average(place({ qty: 500 }))).toBe(100);
  });

  test("a single bar without volume offers nothing", async () => {
    const { place, status } = await replay([100, 100, 100, 100, 0], [100, 101, 99, 100, 5]);
    expect(status(place({ qty: 500 }))).toBe(working);
  });
});

describe("negative prices", () => {
  test("value a position through the fall of oil to -37.63", async () => {
    const { engine, place, play } = await replay(
      [17.73, 17.85, 17.31, 18.27 - 0.42],
      [17.73, 17.85, -40.32, -37.63],
      [-14, 13.86, -16.74, 10.01],
    );
    place({ qty: 100 });
    play();
    const { equity, unrealized, marginUsed } = engine.valuation("a", NOW);
    expect([equity, unrealized, marginUsed]).toEqual([9_445_200_000_000n, -554_800_000_000n, 178_500_000_000n]);
    engine.closePosition("a", "ACME", 50, NOW);
    expect(engine.valuation("a", NOW).equity).toBe(9_445_200_000_000n);
    expect(engine.valuation("a", NOW).realized).toBe(-277_400_000_000n);
  });

  test("open positions, whose margin is positive", async () => {
    const { engine, place, play } = await replay([-10, -9, -11, -10], [-10, -5, -20, -8]);
    const id = place({ type: limit, limitPrice: -15, qty: 100 });
    play();
    const { equity, marginUsed } = engine.valuation("a", NOW);
    expect(engine.orders("a", NOW).find((row) => row.id === id)?.status).toBe(filled);
    expect([equity, marginUsed]).toEqual([10_070_000_000_000n, 150_000_000_000n]);
  });

  test("open nothing at a price of 0 for an account that is overdrawn", () => {
    const oil = { ...INSTRUMENTS[0]!, symbol: "OIL", hasNegativePrices: true };
    const engine = createEngine([oil], { deposit: 1_000, leverage: 1 });
    const order = { symbol: "OIL", type: market, side: BUY, qty: 50 };
    engine.applyTopOfBook(topOfBook("OIL", 10), NOW);
    engine.place("a", order, NOW);
    engine.applyTopOfBook(topOfBook("OIL", -20, { ask: 0 }), NOW);
    const place = () => engine.place("a", { ...order, type: limit, limitPrice: 0 }, NOW);
    expect(rejectionOf(place)).toBe("not_enough_margin: Insufficient margin: 0.00 USD required, -1,000.00 available");
    engine.closePosition("a", "OIL", undefined, NOW);
    expect(engine.positions("a", NOW)).toEqual([]);
  });

  test("give a change in percent by the absolute previous close", async () => {
    const { feed, play } = await replay([-10, -9, -11, -10], [-10, -5, -20, -8]);
    play();
    expect((await feed.quote("ACME"))?.v).toMatchObject({ ch: 2, chp: 20 });
  });

  test("are refused in orders for other instruments", async () => {
    const { place } = await replay([100, 100, 100, 100], [100, 106, 90, 101]);
    expect(rejectionOf(() => place({ type: limit, limitPrice: -1 }))).toContain("it must be a number above 0");
  });
});

describe("the price step of a recording", () => {
  const step = async (...closes: number[]) => {
    const { feed } = await replay(...closes.map((close) => [close, close, close, close] as const));
    return feed.instruments.get("ACME")?.priceStep;
  };

  test.each([
    ["two decimals of a stock", [188.5, 188.59], 0.01],
    ["whole prices", [100, 101], 0.01],
    ["five decimals after a first close with four", [1.0851, 1.08512], 0.000_01],
    ["three decimals of a pair in yen", [149.5, 149.512], 0.001],
    ["eight decimals", [0.000_012, 0.000_012_34], 0.000_000_01],
    ["negative prices", [10.01, -37.63], 0.01],
    ["rounding errors: five digits of the lowest price", [188.589_996_337_890_62, 20.5], 0.001],
  ])("comes from all prices: %s", async (_name, closes, expected) => {
    expect(await step(...closes)).toBe(expected);
  });
});
