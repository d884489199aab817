import { type Bar, type OkQuote, RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Trade } from "../../../src/modules/datafeed/market-source.js";
import type { Resolution } from "../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { barsOf, TapeSource } from "./tape-source.js";

/** Random runs of each property. A failure prints its seed and path. */
const RUNS = 200;

const START = Date.UTC(2026, 10, 25, 23, 58);

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Trades with ascending times, from 0 ms to some weeks apart. */
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

/** Groups trades by their time, because a source sends trades of one moment together. */
function moments(trades: readonly Trade[]): Trade[][] {
  const byTime = new Map<number, Trade[]>();
  for (const trade of trades) byTime.set(trade.time, [...(byTime.get(trade.time) ?? []), trade]);
  return [...byTime.values()];
}

/** Sets of resolutions that a source has bars of. */
const sourceResolutions = fc.constantFrom<readonly Resolution[]>(
  RESOLUTIONS,
  ["1"],
  ["1", "D"],
  ["1", "60", "D"],
  ["5", "60"],
  ["60", "W"],
  ["D"],
);

const request = (resolution: Resolution, countBack = 5_000, to?: number) => ({
  symbol: "ACME",
  resolution,
  to,
  countBack,
});

/** Follows a resolution as a chart does: the history, then live bars. */
class Chart {
  readonly bars = new Map<number, Bar>();
  readonly updates: Bar[] = [];
  stop = () => {};

  async follow(datafeed: Datafeed, resolution: Resolution): Promise<void> {
    const past = await datafeed.history(request(resolution));
    this.stop = await datafeed.watchBars("ACME", resolution, {
      onValue: (bar) => {
        this.updates.push(bar);
        this.bars.set(bar.time, bar);
      },
    });
    for (const bar of past) if (!this.bars.has(bar.time)) this.bars.set(bar.time, bar);
  }

  /** The bars in ascending order. */
  get all(): Bar[] {
    return [...this.bars.values()].sort((a, b) => a.time - b.time);
  }
}

describe("bars of every resolution equal the sum of the trades", () => {
  test("in the history, for every set of resolutions of the source", async () => {
    await fc.assert(
      fc.asyncProperty(
        tape(60),
        sourceResolutions,
        fc.nat(70),
        fc.integer({ min: 1, max: 20 }),
        async (trades, has, at, count) => {
          const source = new TapeSource(has);
          source.happen(...trades);
          const datafeed = new Datafeed(source);
          const to = trades[at]?.time;
          for (const resolution of datafeed.resolutions) {
            const expected = barsOf(trades, resolution).filter(({ time }) => to === undefined || time < to);
            expect(await datafeed.history(request(resolution, count, to))).toEqual(expected.slice(-count));
          }
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("live from any moment on, and agree with the history at every moment", async () => {
    await fc.assert(
      fc.asyncProperty(
        tape(40),
        sourceResolutions,
        fc.nat(39),
        fc.nat(39),
        fc.nat(9),
        async (trades, has, from, gap, lost) => {
          const source = new TapeSource(has);
          const datafeed = new Datafeed(source);
          const all = moments(trades);
          source.happen(...all.slice(0, from).flat());
          source.send();
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
            } else source.send();
            const soFar = all.slice(0, from + index + 1).flat();
            for (const [resolution, chart] of charts) {
              const expected = barsOf(soFar, resolution);
              expect(chart.updates.at(-1)).toEqual(expected.at(-1));
              expect(chart.all).toEqual(expected);
              expect(await datafeed.history(request(resolution))).toEqual(expected);
              expect(last()).toBe(price);
            }
          }
          for (const { stop } of charts.values()) stop();
          stopQuotes();
          stopTrades();
          expect(source.listeners.size).toBe(0);
          expect(source.starts).toBe(1);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test("when trades happen or are lost while the history is requested", async () => {
    const losses = fc.array(fc.boolean(), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(tape(40), sourceResolutions, losses, fc.scheduler(), async (trades, has, isLost, scheduler) => {
        const source = new TapeSource(has);
        const datafeed = new Datafeed(source);
        const all = moments(trades);
        const before = all.length / 2;
        source.happen(...all.slice(0, before).flat());
        source.send();
        source.before = () => scheduler.schedule(Promise.resolve());
        source.after = () => scheduler.schedule(Promise.resolve());
        const steps = scheduler.scheduleSequence(
          all
            .slice(before)
            .flatMap((moment, index) => [
              async () => source.happen(...moment),
              async () => (isLost[index] ? source.lose() : source.send()),
            ]),
        );
        const latest = new Map<Resolution, Bar>();
        const stops = datafeed.resolutions.map((resolution) =>
          datafeed.watchBars("ACME", resolution, { onValue: (bar) => void latest.set(resolution, bar) }),
        );
        await scheduler.waitFor(Promise.all([...stops, steps.task]));
        await scheduler.waitIdle();
        for (const resolution of datafeed.resolutions) {
          expect(latest.get(resolution)).toEqual(barsOf(trades, resolution).at(-1));
        }
        expect(source.starts).toBe(1);
        for (const stop of await Promise.all(stops)) stop();
      }),
      { numRuns: RUNS },
    );
  });

  test("from more finer bars than one request returns", async () => {
    const source = new TapeSource(["1"]);
    // One trade per minute for 25 days, except at night.
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
      expect(await datafeed.history(request(resolution, countBack, to))).toEqual(expected.slice(-countBack));
    }
  });

  test.each([
    ["hours", 300, true],
    // More bars than are sent again: those that are sent must still be correct.
    ["days", 6_000, false],
  ])("across a gap of %s", async (_name, lost, isComplete) => {
    for (const has of [["1"], ["1", "60", "D"], RESOLUTIONS] as const) {
      const source = new TapeSource(has);
      const minutes = (from: number, count: number) =>
        Array.from({ length: count }, (_, index) => {
          return { time: START + (from + index) * 60_000, price: 1 + ((from + index) % 7), qty: 1, side: 1 as const };
        });
      source.happen(...minutes(0, 100));
      source.send();
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
        if (isComplete) expect(chart.all).toEqual(expected);
        const correct = new Set(expected.map((bar) => JSON.stringify(bar)));
        expect(chart.updates.slice(1).filter((bar) => !correct.has(JSON.stringify(bar)))).toEqual([]);
        expect(chart.updates.at(-1)).toEqual(expected.at(-1));
      }
    }
  });

  test("with late trades, which count to the current bar", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    const updates: Bar[] = [];
    await datafeed.watchBars("ACME", "1", { onValue: (bar) => updates.push(bar) });
    for (const [time, price] of [
      [60_000, 5],
      [59_999, 7],
    ] as const) {
      source.happen({ time, price, qty: 1, side: 1 });
      source.send();
    }
    expect(updates.at(-1)).toEqual({ time: 60_000, open: 5, high: 7, low: 5, close: 7, volume: 2 });
    expect(await datafeed.history(request("1", 1))).toEqual(updates.slice(-1));
  });

  test("with fractional quantities, whose sum is rounded", async () => {
    const source = new TapeSource(["1"]);
    const datafeed = new Datafeed(source);
    const updates: Bar[] = [];
    await datafeed.watchBars("ACME", "1", { onValue: (bar) => updates.push(bar) });
    for (const time of [0, 1, 2, 3]) source.happen({ time, price: 1, qty: 0.4, side: 1 });
    source.send();
    expect(updates.map(({ volume }) => volume)).toEqual([0, 1, 1, 2]);
  });
});
