import { type Bar, bars, type OkQuote, quotes, RESOLUTIONS } from "@trading/topic";
import type { Clock } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { aggregate } from "../../../../../src/modules/datafeed/aggregate.js";
import { calendarOf } from "../../../../../src/modules/datafeed/calendar.js";
import { buildQuote } from "../../../../../src/modules/datafeed/quote.js";
import { DAY_MS, type Resolution } from "../../../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { SECONDS, simulateDay } from "../../../../../src/modules/datafeed/sources/simulated/day.js";
import {
  INSTRUMENTS,
  type SimulatedInstrument,
} from "../../../../../src/modules/datafeed/sources/simulated/instruments.js";
import { MARKET_OPENED } from "../../../../../src/modules/datafeed/sources/simulated/market.js";
import { SimulatedSource } from "../../../../../src/modules/datafeed/sources/simulated/source.js";

/** A Friday, ten seconds before the end of an hour. */
const NOW = Date.UTC(2026, 10, 20, 14, 59, 50, 250);
const APPLE = INSTRUMENTS.find(({ symbol }) => symbol === "AAPL") as SimulatedInstrument;

const simulated = (seed: string, clock: Clock) => new Datafeed(new SimulatedSource(seed, clock));

const history = (feed: Datafeed, resolution: Resolution, countBack = 5_000, to?: number) =>
  feed.history({ symbol: "AAPL", resolution, countBack, to });

/** Returns the ticks of a period one by one, computed without the feed. */
function ticks(seed: string, from: number, through: number): Bar[] {
  const result: Bar[] = [];
  for (let day = Math.floor(from / DAY_MS); day <= Math.floor(through / DAY_MS); day++) {
    const { start, cents, volumes } = simulateDay(seed, APPLE, day);
    for (let second = 0; second < SECONDS; second++) {
      const time = start + second * 1_000;
      if (time < from || time > through) continue;
      const price = cents[second]! / 100;
      result.push({ time, open: price, high: price, low: price, close: price, volume: volumes[second]! });
    }
  }
  return result;
}

describe("the simulated market", () => {
  test("is the same for the same seed, regardless of its start time and of earlier requests", async () => {
    const early = new ManualClock(NOW - 3 * DAY_MS);
    const first = simulated("7", early);
    await history(first, "1", 10);
    early.advance(3 * DAY_MS);
    const second = simulated("7", new ManualClock(NOW));
    const counts = { "1": 300, "5": 300, "15": 300, "30": 300, "60": 300, D: 30, W: 10, M: 4 };
    for (const resolution of RESOLUTIONS) {
      const bars = await history(second, resolution, counts[resolution]);
      expect(bars).toHaveLength(counts[resolution]);
      expect(JSON.stringify(await history(first, resolution, counts[resolution]))).toBe(JSON.stringify(bars));
    }
  });

  test("differs for another seed, another symbol and another day", () => {
    const days = [
      simulateDay("1", APPLE, 20_000),
      simulateDay("2", APPLE, 20_000),
      simulateDay("1", { ...APPLE, symbol: "MSFT" }, 20_000),
      simulateDay("1", APPLE, 20_001),
    ];
    expect(new Set(days.map(({ cents }) => cents.join())).size).toBe(4);
    // Volumes do not depend on the opening price, so the ticks themselves differ.
    expect(new Set(days.map(({ volumes }) => volumes.join())).size).toBe(4);
  });

  test("continues from one day to the next without a price gap", () => {
    for (const instrument of INSTRUMENTS) {
      for (const day of [20_000, 20_001, 20_002]) {
        const last = simulateDay("1", instrument, day).cents[SECONDS - 1]!;
        const first = simulateDay("1", instrument, day + 1).cents[0]!;
        // At most the largest step of one second.
        const greatest = (100 * instrument.price * 2 * instrument.volatility * 3) / Math.sqrt(SECONDS);
        expect(Math.abs(first - last)).toBeLessThanOrEqual(greatest + 1);
      }
    }
  });

  test.each(RESOLUTIONS)("builds bars of resolution %s from 1-minute bars", async (resolution) => {
    const feed = simulated("1", new ManualClock(NOW));
    const minutes: Bar[] = [];
    for (let day = 0; day < 40; day++) {
      const to = NOW - (NOW % DAY_MS) - (39 - day) * DAY_MS + DAY_MS;
      minutes.push(...(await history(feed, "1", 1_440, to)).filter(({ time }) => time >= to - DAY_MS));
    }
    const expected = aggregate(minutes, resolution);
    // The first bar can begin before these minutes.
    const received = await history(feed, resolution, Math.min(expected.length - 1, 5_000));
    expect(received).toEqual(expected.slice(-received.length));
    expect(received.length).toBeGreaterThan(0);
  });

  test("builds 1-minute bars from its ticks", async () => {
    const feed = simulated("1", new ManualClock(NOW));
    const from = NOW - (NOW % DAY_MS) - DAY_MS;
    const minutes = (await history(feed, "1", 2_880)).filter(({ time }) => time >= from);
    expect(minutes).toEqual(aggregate(ticks("1", from, NOW), "1"));
    for (const bar of minutes) bars.parseUpdate(bar);
  });

  test.each(["America/New_York", "Asia/Kolkata"])(
    "builds bars of a session in %s from 1-minute bars, in its days, weeks and months",
    async (timezone) => {
      // Three days after the clocks of New York changed.
      const now = Date.UTC(2026, 10, 4, 14, 59, 50);
      const local = { ...APPLE, timezone };
      const feed = new Datafeed(new SimulatedSource("1", new ManualClock(now), { instruments: [local] }));
      const from = now - 40 * DAY_MS;
      const minutes: Bar[] = [];
      for (let to = from + DAY_MS; to < now + DAY_MS; to += DAY_MS) {
        minutes.push(...(await history(feed, "1", 1_440, to)).filter(({ time }) => time >= to - DAY_MS));
      }
      for (const resolution of RESOLUTIONS) {
        const calendar = calendarOf(timezone);
        const expected = aggregate(minutes, resolution, (each, time) => calendar.barStart(each, time)).slice(1);
        const received = await history(feed, resolution, Math.min(expected.length, 500));
        expect(received).toEqual(expected.slice(-received.length));
      }
      const updates: Bar[] = [];
      await feed.watchBars("AAPL", "D", { onValue: (bar) => updates.push(bar) });
      expect(updates).toEqual(await history(feed, "D", 1));
    },
  );

  test("has no bars before its first day", async () => {
    const feed = simulated("1", new ManualClock(MARKET_OPENED + 3 * DAY_MS));
    expect(await history(feed, "D")).toHaveLength(4);
    expect((await history(feed, "D"))[0]?.time).toBe(MARKET_OPENED);
    expect(await history(feed, "1", 5_000, MARKET_OPENED)).toEqual([]);
    expect(await history(feed, "60", 5_000, MARKET_OPENED + 1)).toHaveLength(1);
  });

  test("returns history up to a time, with the whole bar of that time, and at most the requested number of bars", async () => {
    const feed = simulated("1", new ManualClock(NOW));
    const all = await history(feed, "60", 100);
    expect(all).toHaveLength(100);
    const to = all[50]!.time;
    expect(await history(feed, "60", 50, to)).toEqual(all.slice(0, 50));
    expect(await history(feed, "60", 51, to + 1)).toEqual(all.slice(0, 51));
    expect(await history(feed, "60", 3, NOW + 10 * DAY_MS)).toEqual(all.slice(-3));
  });

  test("yields to the event loop between the days of a long history", async () => {
    const feed = simulated("1", new ManualClock(NOW));
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await history(feed, "D", 100);
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(99);
  });
});

describe("live updates", () => {
  test("continue the history of every resolution with each tick, and their close is the quote's last price", async () => {
    const clock = new ManualClock(NOW);
    const feed = simulated("1", clock);
    const seen = new Map<Resolution, Bar>();
    const before = new Map<Resolution, Bar>();
    for (const resolution of RESOLUTIONS) {
      before.set(resolution, (await history(feed, resolution, 1))[0]!);
      await feed.watchBars("AAPL", resolution, { onValue: (bar) => seen.set(resolution, bar) });
      expect(seen.get(resolution)).toEqual(before.get(resolution));
    }
    let quote: OkQuote | undefined;
    await feed.watchQuotes("AAPL", {
      onValue(next) {
        quote = next;
      },
    });
    // Across the end of a minute, a quarter of an hour and an hour.
    for (let second = 0; second < 30; second++) {
      clock.advance(1_000);
      const [tick] = ticks("1", clock.now() - (clock.now() % 1_000), clock.now());
      expect((quotes.parseUpdate(quote) as OkQuote).v.lp).toBe(tick!.close);
      for (const resolution of RESOLUTIONS) {
        expect(seen.get(resolution)).toEqual((await history(feed, resolution, 1))[0]);
        expect(seen.get(resolution)?.close).toBe(tick!.close);
      }
    }
    expect(seen.get("60")?.time).not.toBe(before.get("60")?.time);
    expect(seen.get("D")?.time).toBe(before.get("D")?.time);
  });

  test("include every tick after the event loop was blocked, and complete a bar that ended meanwhile", async () => {
    // Starts ten seconds before the end of a minute; its timer fires 25 seconds later.
    let now = NOW;
    let tick = () => {};
    const clock = {
      now: () => now,
      monotonic: () => now,
      after: (_delayMs: number, run: () => void) => {
        tick = run;
        return () => {};
      },
      endOfTurn: () => () => {},
    };
    const feed = simulated("1", clock);
    const updates: Bar[] = [];
    await feed.watchBars("AAPL", "1", { onValue: (bar) => updates.push(bar) });
    now += 25_000;
    tick();
    expect(updates.slice(1)).toEqual(await history(feed, "1", 2));
  });

  test("use a timer only while there are watchers", async () => {
    const clock = new ManualClock(NOW);
    const feed = simulated("1", clock);
    const stops = [
      await feed.watchBars("AAPL", "1", { onValue() {} }),
      await feed.watchBars("MSFT", "D", { onValue() {} }),
    ];
    expect(clock.pending).toBe(1);
    stops[0]!();
    stops[0]!();
    expect(clock.pending).toBe(1);
    stops[1]!();
    expect(clock.pending).toBe(0);
  });

  test("quotes have the day's prices and the change since the previous day, also across midnight", async () => {
    const midnight = NOW - (NOW % DAY_MS) + DAY_MS;
    const clock = new ManualClock(midnight - 2_000);
    const feed = simulated("1", clock);
    const updates: OkQuote[] = [];
    await feed.watchQuotes("AAPL", { onValue: (quote) => updates.push(quote) });
    clock.advance(3_000);
    expect(updates).toHaveLength(4);
    for (const [index, { v }] of updates.entries()) {
      const now = midnight - 2_000 + index * 1_000;
      const dayStart = now - (now % DAY_MS);
      const day = ticks("1", dayStart, now);
      const previous = ticks("1", dayStart - 1_000, dayStart - 1)[0]!;
      const prices = day.map(({ close }) => close);
      expect(v).toMatchObject({
        lp: prices.at(-1),
        open_price: prices[0],
        high_price: prices.reduce((a, b) => Math.max(a, b)),
        low_price: prices.reduce((a, b) => Math.min(a, b)),
        prev_close_price: previous.close,
        volume: day.reduce((sum, { volume }) => sum + volume, 0),
        spread: 0.02,
      });
      expect(v.ask - v.bid).toBeCloseTo(v.spread, 10);
      expect(v.ch).toBeCloseTo(v.lp - v.prev_close_price, 10);
      expect(v.chp).toBeCloseTo((v.ch / v.prev_close_price) * 100, 2);
    }
  });

  test.each([
    [63.408573, 0, 63.408572, 0.000001],
    [1.0851, 0.00005, 1.08505, 0.00005],
    [1 / 3, 0, 1 / 3, 0],
    [190.05, 0.02, 190, 0.05],
  ])(
    "a quote of %d with a spread of %d keeps every digit, and has bid <= lp <= ask",
    (close, spread, previous, change) => {
      const day = { time: 0, open: close, high: close, low: close, close, volume: 1 };
      const { v } = buildQuote({ ...APPLE, spread }, day, previous, undefined);
      expect(v.ch).toBe(change);
      expect(v.bid).toBeLessThanOrEqual(v.lp);
      expect(v.ask).toBeGreaterThanOrEqual(v.lp);
      expect(v.ask - v.bid).toBeCloseTo(spread, 7);
    },
  );

  test("an unknown symbol is rejected with a list of the available ones", async () => {
    const feed = simulated("1", new ManualClock(NOW));
    await expect(feed.watchBars("NOPE", "1", { onValue() {} })).rejects.toMatchObject({
      code: "unknown_symbol",
      message: expect.stringContaining('Unknown symbol "NOPE". Available symbols: AAPL, MSFT'),
    });
  });
});
