import { type Bar, type OkQuote, RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DatafeedError } from "../../../src/modules/datafeed/errors.js";
import type { Trade } from "../../../src/modules/datafeed/market-source.js";
import { isFiner, type Resolution } from "../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import type { TapeTrade } from "../../../src/modules/datafeed/symbol-feed.js";
import { ACME, barsOf, TapeSource } from "./tape-source.js";

/** Random runs of each property; a failure prints its seed and path. */
const RUNS = 200;

const START = Date.UTC(2026, 10, 25, 23, 58);

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Trades at ascending moments, from the same one to some weeks later; some at one moment. */
const tape = (maxLength: number) =>
  fc
    .array(
      fc.record({
        gapMs: fc.oneof(
          fc.constant(0),
          fc.integer({ min: 1, max: 90_000 }),
          fc.integer({ min: 1, max: 9 * 3_600_000 }),
          fc.integer({ min: 1, max: 20 * 86_400_000 }),
        ),
        price: fc.integer({ min: 1, max: 200 }),
        qty: fc.integer({ min: 0, max: 50 }),
        side: fc.constantFrom<1 | -1>(1, -1),
      }),
      { minLength: 1, maxLength },
    )
    .map((steps) => {
      let time = START;
      return steps.map(({ gapMs, ...trade }): Trade => {
        time += gapMs;
        return { ...trade, time };
      });
    });

/** Trades by the moment they were made at: a source tells those together. */
function moments(trades: readonly Trade[]): Trade[][] {
  const byTime = new Map<number, Trade[]>();
  for (const trade of trades) byTime.set(trade.time, [...(byTime.get(trade.time) ?? []), trade]);
  return [...byTime.values()];
}

/** What sources have bars of. */
const natives = fc.constantFrom<readonly Resolution[]>(
  RESOLUTIONS,
  ["1"],
  ["1", "D"],
  ["1", "60", "D"],
  ["5", "60"],
  ["60", "W"],
  ["D"],
);

const asked = (resolution: Resolution, countBack = 5_000, to?: number) => ({
  symbol: "ACME",
  resolution,
  to,
  countBack,
});

/** Follows one resolution as a chart does: the history, then what is told. */
class Chart {
  readonly bars = new Map<number, Bar>();
  readonly told: Bar[] = [];
  stop = () => {};

  async follow(datafeed: Datafeed, resolution: Resolution): Promise<void> {
    const past = await datafeed.history(asked(resolution));
    this.stop = await datafeed.watchBars("ACME", resolution, {
      onValue: (bar) => {
        this.told.push(bar);
        this.bars.set(bar.time, bar);
      },
    });
    for (const bar of past) if (!this.bars.has(bar.time)) this.bars.set(bar.time, bar);
  }

  /** Ascending. */
  get all(): Bar[] {
    return [...this.bars.values()].sort((a, b) => a.time - b.time);
  }
}

describe("bars of every resolution are what the trades add up to", () => {
  test("in the history, whatever the source has bars of", async () => {
    await fc.assert(
      fc.asyncProperty(
        tape(60),
        natives,
        fc.nat(70),
        fc.integer({ min: 1, max: 20 }),
        async (trades, has, at, count) => {
          const source = new TapeSource(has);
          source.happen(...trades);
          const datafeed = new Datafeed(source);
          const to = trades[at]?.time;
          for (const resolution of datafeed.resolutions) {
            const expected = barsOf(trades, resolution).filter(({ time }) => to === undefined || time < to);
            expect(await datafeed.history(asked(resolution, count, to))).toEqual(expected.slice(-count));
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("live, from any moment on, and history and live agree at every moment", async () => {
    await fc.assert(
      fc.asyncProperty(tape(40), natives, fc.nat(39), fc.nat(39), fc.nat(9), async (trades, has, from, gap, lost) => {
        const source = new TapeSource(has);
        const datafeed = new Datafeed(source);
        const all = moments(trades);
        source.happen(...all.slice(0, from).flat());
        source.tell();
        const charts = new Map<Resolution, Chart>();
        for (const resolution of datafeed.resolutions) {
          const chart = new Chart();
          charts.set(resolution, chart);
          await chart.follow(datafeed, resolution);
        }
        const quotes: OkQuote[] = [];
        const stopQuotes = await datafeed.watchQuotes("ACME", { onValue: (quote) => quotes.push(quote) });
        const last = () => quotes.at(-1)?.v.lp;
        const cutUntil = Math.min(gap + lost, all.length - from - 1);
        let isMended = false;
        const onEnd = () => {
          isMended = true;
        };
        const stopTrades = await datafeed.watchTrades("ACME", { onValue() {}, onEnd });
        for (const [index, moment] of all.slice(from).entries()) {
          const { price } = moment.at(-1)!;
          source.happen(...moment);
          if (index >= gap && index < cutUntil) continue;
          if (index === cutUntil) {
            source.lose();
            while (!isMended) await nextTurn();
          } else source.tell();
          const soFar = all.slice(0, from + index + 1).flat();
          for (const [resolution, chart] of charts) {
            const expected = barsOf(soFar, resolution);
            expect(chart.told.at(-1)).toEqual(expected.at(-1));
            expect(chart.all).toEqual(expected);
            expect(await datafeed.history(asked(resolution))).toEqual(expected);
            expect(last()).toBe(price);
          }
        }
        for (const { stop } of charts.values()) stop();
        stopQuotes();
        stopTrades();
        expect(source.listeners.size).toBe(0);
        expect(source.starts).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });

  test("when trades happen, or are lost, while the present is asked for", async () => {
    const losses = fc.array(fc.boolean(), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(tape(40), natives, losses, fc.scheduler(), async (trades, has, isLost, scheduler) => {
        const source = new TapeSource(has);
        const datafeed = new Datafeed(source);
        const all = moments(trades);
        const before = all.length / 2;
        source.happen(...all.slice(0, before).flat());
        source.tell();
        source.before = () => scheduler.schedule(Promise.resolve());
        source.after = () => scheduler.schedule(Promise.resolve());
        const steps = scheduler.scheduleSequence(
          all
            .slice(before)
            .flatMap((moment, index) => [
              async () => source.happen(...moment),
              async () => (isLost[index] ? source.lose() : source.tell()),
            ]),
        );
        const told = new Map<Resolution, Bar>();
        const stops = datafeed.resolutions.map((resolution) =>
          datafeed.watchBars("ACME", resolution, { onValue: (bar) => void told.set(resolution, bar) }),
        );
        await scheduler.waitFor(Promise.all([...stops, steps.task]));
        await scheduler.waitIdle();
        for (const resolution of datafeed.resolutions) {
          expect(told.get(resolution)).toEqual(barsOf(trades, resolution).at(-1));
        }
        expect(source.starts).toBe(1);
        for (const stop of await Promise.all(stops)) stop();
      }),
      { numRuns: RUNS },
    );
  });

  test("of more finer bars than are asked for at once", async () => {
    const source = new TapeSource(["1"]);
    // A trade a minute over 25 days, but for the nights.
    const minutes = Array.from({ length: 25 * 1_440 }, (_, minute) => minute).filter((minute) => minute % 1_440 > 300);
    source.happen(
      ...minutes.map((minute) => ({
        time: START + minute * 60_000,
        price: 1 + (minute % 7),
        qty: 1,
        side: 1 as const,
      })),
    );
    const datafeed = new Datafeed(source);
    for (const [resolution, countBack, to] of [
      ["D", 20, undefined],
      ["D", 5, START + 21 * 86_400_000 + 1],
      ["60", 400, undefined],
      ["60", 333, START + 20 * 86_400_000],
      ["W", 2, undefined],
      ["M", 9, undefined],
    ] as const) {
      const expected = barsOf(source.happened, resolution).filter(({ time }) => to === undefined || time < to);
      expect(await datafeed.history(asked(resolution, countBack, to))).toEqual(expected.slice(-countBack));
    }
  });

  test.each([
    ["hours", 300, true],
    // More than is told anew: what is told is right nevertheless.
    ["days", 6_000, false],
  ])("over a gap of %s", async (_name, lost, isAllTold) => {
    for (const has of [["1"], ["1", "60", "D"], RESOLUTIONS] as const) {
      const source = new TapeSource(has);
      const minutes = (from: number, count: number) =>
        Array.from({ length: count }, (_, index) => {
          return { time: START + (from + index) * 60_000, price: 1 + ((from + index) % 7), qty: 1, side: 1 as const };
        });
      source.happen(...minutes(0, 100));
      source.tell();
      const datafeed = new Datafeed(source);
      const charts = new Map<Resolution, Chart>();
      for (const resolution of datafeed.resolutions) {
        const chart = new Chart();
        charts.set(resolution, chart);
        await chart.follow(datafeed, resolution);
      }
      let isMended = false;
      const onEnd = () => {
        isMended = true;
      };
      await datafeed.watchTrades("ACME", { onValue() {}, onEnd });
      source.happen(...minutes(100, lost));
      source.lose();
      while (!isMended) await nextTurn();
      for (const [resolution, chart] of charts) {
        const expected = barsOf(source.happened, resolution);
        if (isAllTold) expect(chart.all).toEqual(expected);
        const right = new Set(expected.map((bar) => JSON.stringify(bar)));
        expect(chart.told.slice(1).filter((bar) => !right.has(JSON.stringify(bar)))).toEqual([]);
        expect(chart.told.at(-1)).toEqual(expected.at(-1));
      }
    }
  });

  test("with trades that come late, which count where the stream stands", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    const told: Bar[] = [];
    await datafeed.watchBars("ACME", "1", { onValue: (bar) => told.push(bar) });
    for (const [time, price] of [
      [60_000, 5],
      [59_999, 7],
    ] as const) {
      source.happen({ time, price, qty: 1, side: 1 });
      source.tell();
    }
    expect(told.at(-1)).toEqual({ time: 60_000, open: 5, high: 7, low: 5, close: 7, volume: 2 });
    expect(await datafeed.history(asked("1", 1))).toEqual(told.slice(-1));
  });

  test("with fractions, whose volume is rounded as a whole", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    const told: Bar[] = [];
    await datafeed.watchBars("ACME", "1", { onValue: (bar) => told.push(bar) });
    for (const time of [0, 1, 2, 3]) source.happen({ time, price: 1, qty: 0.4, side: 1 });
    source.tell();
    expect(told.map(({ volume }) => volume)).toEqual([0, 1, 1, 2]);
  });
});

describe("one upstream a symbol", () => {
  test("is started on first use, and stopped after the last, whatever is watched and in whatever order", async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom("bars", "quotes", "trades", "book", "touch", "quote") }),
      fc.record({ kind: fc.constant("stop" as const), which: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const source = new TapeSource(["1"]);
        source.happen({ time: START, price: 1, qty: 1, side: 1 });
        const datafeed = new Datafeed(source);
        const nothing = { onValue() {} };
        const stops: (() => void)[] = [];
        for (const each of actions) {
          if (each.kind === "bars") stops.push(await datafeed.watchBars("ACME", "D", nothing));
          if (each.kind === "quotes") stops.push(await datafeed.watchQuotes("ACME", nothing));
          if (each.kind === "trades") stops.push(await datafeed.watchTrades("ACME", nothing));
          if (each.kind === "book") stops.push(await datafeed.watchBook("ACME", 1, nothing));
          if (each.kind === "touch") stops.push(await datafeed.watchTopOfBook("ACME", nothing));
          if (each.kind === "quote") expect((await datafeed.quote("ACME"))?.v.lp).toBe(1);
          if ("which" in each && stops.length > 0) {
            const [stop] = stops.splice(each.which % stops.length, 1);
            stop?.();
            stop?.();
          }
          expect(source.listeners.size).toBe(stops.length > 0 ? 1 : 0);
          expect(datafeed.watched).toEqual(stops.length > 0 ? ["ACME"] : []);
        }
        for (const stop of stops) stop();
        expect(source.listeners.size).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  test("nothing stays of ten thousand watches that came and went", async () => {
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 1, qty: 1, side: 1 });
    const datafeed = new Datafeed(source);
    for (let round = 0; round < 10_000; round++) {
      const stop = await datafeed.watchBars("ACME", "D", { onValue() {} });
      stop();
    }
    expect([source.starts, source.listeners.size, datafeed.watched]).toEqual([10_000, 0, []]);
  });

  test("watchers that come while it starts share it; those that a failing start had are all refused, and leave nothing", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    source.before = async () => {
      throw new Error("the upstream is down");
    };
    const both = [datafeed.watchBars("ACME", "D", { onValue() {} }), datafeed.watchQuotes("ACME", { onValue() {} })];
    for (const outcome of await Promise.allSettled(both)) expect(outcome.status).toBe("rejected");
    expect([source.starts, source.listeners.size, datafeed.watched]).toEqual([1, 0, []]);
    source.before = async () => {};
    const stop = await datafeed.watchBars("ACME", "D", { onValue() {} });
    expect([source.starts, source.listeners.size]).toEqual([2, 1]);
    stop();
  });
});

describe("a source", () => {
  const setup = async () => {
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 10, qty: 7, side: 1 });
    source.tell();
    const datafeed = new Datafeed(source);
    return { source, datafeed };
  };

  test("without books has one level a side, good for what was last traded, which the touch tells", async () => {
    const { source, datafeed } = await setup();
    const books: unknown[] = [];
    const topsOfBook: unknown[] = [];
    await datafeed.watchBook("ACME", 10, { onValue: (book) => books.push(book) });
    await datafeed.watchTopOfBook("ACME", { onValue: (touch) => topsOfBook.push(touch) });
    source.happen({ time: START + 1, price: 11, qty: 3, side: 1 }, { time: START + 1, price: 12, qty: 2, side: 1 });
    source.tell();
    expect(books).toEqual([{ time: START + 1, bids: [{ price: 11.75, qty: 5 }], asks: [{ price: 12.25, qty: 5 }] }]);
    expect(topsOfBook).toEqual([
      { symbol: "ACME", time: START, bid: 9.75, bidQty: 0, ask: 10.25, askQty: 0, last: 10 },
      { symbol: "ACME", time: START + 1, bid: 11.75, bidQty: 5, ask: 12.25, askQty: 5, last: 12 },
    ]);
  });

  test("with books is told to each depth, and its best prices are the quote's", async () => {
    const { source, datafeed } = await setup();
    const levels = (from: number, step: number) =>
      [0, 1, 2].map((index) => ({ price: from + step * index, qty: index + 1 }));
    const book = { time: START + 5, bids: levels(9, -1), asks: levels(13, 1) };
    const seen: unknown[] = [];
    await datafeed.watchBook("ACME", 2, { onValue: (value) => seen.push(value) });
    await datafeed.watchQuotes("ACME", { onValue: ({ v }) => seen.push([v.bid, v.lp, v.ask, v.spread]) });
    for (const listener of source.listeners) listener.onTick({ book });
    expect(seen).toEqual([
      [9.75, 10, 10.25, 0.5],
      { ...book, bids: book.bids.slice(0, 2), asks: book.asks.slice(0, 2) },
      [9, 10, 13, 4],
    ]);
    // A trade alone leaves the book as it stands.
    source.happen({ time: START + 6, price: 12, qty: 1, side: 1 });
    source.tell();
    expect(seen.slice(3)).toEqual([[9, 12, 13, 4]]);
  });

  test("tells the tape each trade once, with an id of its own where the source has none", async () => {
    const { source, datafeed } = await setup();
    const told: TapeTrade[] = [];
    await datafeed.watchTrades("ACME", { onValue: (trade) => told.push(trade) });
    source.happen(
      { time: START + 1, price: 1, qty: 1, side: 1 },
      { time: START + 1, price: 2, qty: 1, side: -1 },
      { time: START + 2, price: 3, qty: 1, side: 1, id: "own" },
    );
    source.tell();
    expect(told.map(({ price, side, id }) => [price, side, id])).toEqual([
      [1, 1, `${START + 1}-0`],
      [2, -1, `${START + 1}-1`],
      [3, 1, "own"],
    ]);
  });

  test("that may have missed trades ends the tape, since a tape has no hole, and nothing else", async () => {
    const { source, datafeed } = await setup();
    const ends: string[] = [];
    const watcher = (name: string) => ({
      onValue() {},
      onEnd: ({ code }: DatafeedError) => void ends.push(`${name} ${code}`),
    });
    await datafeed.watchTrades("ACME", watcher("trades"));
    const stop = await datafeed.watchBars("ACME", "1", watcher("bars"));
    source.lose();
    while (ends.length === 0) await nextTurn();
    expect(ends).toEqual(["trades feed_gap"]);
    expect(datafeed.watched).toEqual(["ACME"]);
    stop();
    expect(source.listeners.size).toBe(0);
  });

  test("that ends a symbol, or fails after a gap, ends every watch, and is asked anew by the next", async () => {
    for (const fail of ["ends", "fails"]) {
      const { source, datafeed } = await setup();
      const ends: DatafeedError[] = [];
      const onEnd = (reason: DatafeedError) => void ends.push(reason);
      await datafeed.watchTrades("ACME", { onValue() {}, onEnd });
      await datafeed.watchBars("ACME", "1", { onValue() {}, onEnd });
      const cause = new Error("gone");
      source.before = async () => {
        throw cause;
      };
      if (fail === "ends") for (const listener of source.listeners) listener.onEnd(cause);
      else source.lose();
      while (ends.length < 2) await nextTurn();
      expect(ends.map(({ code, retryable, cause }) => [code, retryable, cause])).toEqual([
        ["feed_lost", true, cause],
        ["feed_lost", true, cause],
      ]);
      expect([source.listeners.size, datafeed.watched]).toEqual([0, []]);
      source.before = async () => {};
      await datafeed.watchBars("ACME", "1", { onValue() {} });
      expect(source.starts).toBe(2);
    }
  });

  test("is closed after every watch has ended", async () => {
    const { source, datafeed } = await setup();
    const ends: string[] = [];
    await datafeed.watchBars("ACME", "1", { onValue() {}, onEnd: ({ code }) => void ends.push(code) });
    Object.assign(source, { close: async () => void ends.push(`closed with ${source.listeners.size}`) });
    expect(datafeed.isReady()).toBe(true);
    await datafeed.close();
    await datafeed.close();
    expect(ends).toEqual(["feed_closed", "closed with 0"]);
    expect(datafeed.isReady()).toBe(false);
    await expect(datafeed.watchBars("ACME", "1", { onValue() {} })).rejects.toMatchObject({ code: "feed_closed" });
  });

  test("refuses what it does not have, in words", async () => {
    const { datafeed } = await setup();
    await expect(datafeed.history({ ...asked("1"), symbol: "NOPE" })).rejects.toMatchObject({ code: "unknown_symbol" });
    const days = new Datafeed(new TapeSource(["D"], [ACME]));
    expect(days.resolutions).toEqual(RESOLUTIONS.filter((each) => !isFiner(each, "D")));
    await expect(days.watchBars("ACME", "60", { onValue() {} })).rejects.toMatchObject({
      code: "resolution_too_fine",
      message: expect.stringContaining("Use D, W or M."),
    });
  });
});
