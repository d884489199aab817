import { createHash } from "node:crypto";
import { RESOLUTIONS } from "@trading/topic";
import { ManualClock } from "@trading/ws-server/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, type Resolution } from "../../../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { ByteCache } from "../../../../../src/modules/datafeed/sources/simulated/byte-cache.js";
import { INSTRUMENTS } from "../../../../../src/modules/datafeed/sources/simulated/instruments.js";
import { MARKET_OPENED } from "../../../../../src/modules/datafeed/sources/simulated/market.js";
import { SimulatedSource } from "../../../../../src/modules/datafeed/sources/simulated/source.js";
import { until } from "../../../../until.js";

/** Each simulated day as "SYMBOL/day", in order. */
const simulated: string[] = [];

vi.mock(import("../../../../../src/modules/datafeed/sources/simulated/day.js"), async (load) => {
  const original = await load();
  return {
    ...original,
    simulateDay: (...parameters: Parameters<typeof original.simulateDay>) => {
      simulated.push(`${parameters[1].symbol}/${parameters[2]}`);
      return original.simulateDay(...parameters);
    },
  };
});

beforeEach(() => void simulated.splice(0));

/** A Friday, ten seconds before the end of an hour. */
const NOW = Date.UTC(2026, 10, 20, 14, 59, 50, 250);

const open = (clock = new ManualClock(NOW)) => new Datafeed(new SimulatedSource("1", clock));

const history = (feed: Datafeed, symbol: string, resolution: Resolution, countBack = 5_000, to?: number) =>
  feed.history({ symbol, resolution, countBack, to });

test("the prices of seed 1 stay the same in every version, in every resolution", async () => {
  const counts = { "1": 3_000, "5": 300, "15": 300, "30": 300, "60": 300, D: 60, W: 10, M: 4 };
  const feed = open();
  const digestOf = async (symbol: string) => {
    const digest = createHash("sha256");
    for (const each of RESOLUTIONS) digest.update(JSON.stringify(await history(feed, symbol, each, counts[each])));
    digest.update(JSON.stringify(await history(feed, symbol, "5", 100, NOW - 12_345_678)));
    return digest.digest("hex");
  };
  expect([await digestOf("AAPL"), await digestOf("BTCUSD")]).toEqual([
    "715964e32619cdd5a002f2834ac16b55c933021c3f8ae67e20759ca527d3ee8e",
    "c606244c8e0a015abe8a1677cc90b7288d64454199dec913d56eb2b17b410044",
  ]);
});

describe("a history", () => {
  test.each<[Resolution, number]>([
    ["1", 5],
    ["5", 19],
    ["60", 210],
  ])(
    "of 5,000 bars of resolution %s simulates each of its %d days once, and none when it is repeated",
    async (resolution, days) => {
      const feed = open();
      const first = await history(feed, "AAPL", resolution);
      expect(first).toHaveLength(5_000);
      expect(simulated.length).toBeLessThanOrEqual(days);
      expect(new Set(simulated).size).toBe(simulated.length);
      simulated.length = 0;
      expect(await history(feed, "AAPL", resolution)).toEqual(first);
      expect(simulated).toEqual([]);
    },
  );

  test("provides every coarser resolution of its days", async () => {
    const feed = open();
    await history(feed, "AAPL", "60", 24 * 90);
    simulated.length = 0;
    for (const resolution of ["15", "30", "60", "D"] as const) await history(feed, "AAPL", resolution, 60);
    await history(feed, "AAPL", "M", 2);
    expect(simulated).toEqual([]);
  });

  test("of one symbol shares its days with concurrent ones, and with quotes", async () => {
    const feed = open();
    await Promise.all([
      ...Array.from({ length: 8 }, () => history(feed, "AAPL", "D", 40)),
      feed.quote("AAPL"),
      feed.quote("AAPL"),
    ]);
    expect(new Set(simulated).size).toBe(simulated.length);
  });

  test("shares the event loop: concurrent histories and quotes simulate at most one day a turn", async () => {
    const feed = open();
    const perTurn: number[] = [];
    let isDone = false;
    const count = () => {
      perTurn.push(simulated.length);
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all([
      ...INSTRUMENTS.map(({ symbol }) => history(feed, symbol, "60", 72)),
      ...INSTRUMENTS.map(({ symbol }) => feed.quote(symbol)),
    ]);
    isDone = true;
    const steps = perTurn.slice(1).map((total, turn) => total - (perTurn[turn] as number));
    expect(simulated.length).toBeGreaterThan(100);
    expect(Math.max(...steps)).toBe(1);
  });

  test("of a client that waits does not delay others until it ends: days are simulated alternately", async () => {
    const feed = open();
    const long = history(feed, "AAPL", "D", 300);
    await history(feed, "MSFT", "D", 10);
    expect(simulated.length).toBeLessThan(40);
    await long;
  });

  test("simulates the next day of a watched symbol before midnight", async () => {
    const midnight = NOW - (NOW % DAY_MS) + DAY_MS;
    const clock = new ManualClock(midnight - 90_000);
    const feed = open(clock);
    await Promise.all(INSTRUMENTS.map(({ symbol }) => feed.watchTrades(symbol, { onValue() {} })));
    const tomorrow = midnight / DAY_MS;
    const prepared = () => simulated.filter((each) => each.endsWith(`/${tomorrow}`)).length;
    expect(prepared()).toBe(0);
    clock.advance(40_000);
    await until(() => prepared() === INSTRUMENTS.length);
    simulated.length = 0;
    clock.advance(60_000);
    expect(simulated).toEqual([]);
  });
});

test.each([
  ["in the middle of a month", NOW],
  ["on its last day", Date.UTC(2026, 9, 31, 23, 59, 50)],
  ["on its first day", Date.UTC(2026, 10, 1, 0, 0, 10)],
])("a prepared market simulates nothing for its first subscribers, %s", async (_name, now) => {
  const feed = open(new ManualClock(now));
  await feed.prepare(new ManualClock());
  expect(simulated.length).toBeGreaterThan(INSTRUMENTS.length);
  simulated.length = 0;
  for (const { symbol } of INSTRUMENTS) {
    for (const resolution of RESOLUTIONS) await feed.watchBars(symbol, resolution, { onValue() {} });
    await feed.watchQuotes(symbol, { onValue() {} });
    await feed.watchTrades(symbol, { onValue() {} });
    await feed.watchBook(symbol, 20, { onValue() {} });
    await feed.watchTopOfBook(symbol, { onValue() {} });
  }
  expect(simulated).toEqual([]);
});

test("the first day of the market has no bars before it", async () => {
  const feed = open(new ManualClock(MARKET_OPENED + DAY_MS));
  expect((await history(feed, "AAPL", "D"))[0]?.time).toBe(MARKET_OPENED);
});

describe("a byte cache", () => {
  const value = (byteLength: number) => ({ byteLength });

  test("keeps the most recently used values, within its bytes", () => {
    const cache = new ByteCache<string, { byteLength: number }>(100);
    cache.set("a", value(40));
    cache.set("b", value(40));
    expect(cache.get("a")).toBeDefined();
    cache.set("c", value(40));
    expect([cache.get("a"), cache.get("b"), cache.get("c")].map(Boolean)).toEqual([true, false, true]);
    expect(cache.bytes).toBe(80);
  });

  test("counts a replaced value once, and does not keep one that is too large", () => {
    const cache = new ByteCache<string, { byteLength: number }>(100);
    for (let round = 0; round < 1_000; round++) cache.set("a", value(60));
    expect(cache.bytes).toBe(60);
    cache.set("b", value(101));
    expect([cache.bytes, cache.get("b")]).toEqual([0, undefined]);
  });
});
