import type { Bar } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { TopOfBook } from "../../../../../src/market/market.js";
import type { Book } from "../../../../../src/modules/datafeed/market-source.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { INSTRUMENTS } from "../../../../../src/modules/datafeed/sources/simulated/instruments.js";
import { SimulatedSource } from "../../../../../src/modules/datafeed/sources/simulated/source.js";
import type { TapeTrade } from "../../../../../src/modules/datafeed/symbol-feed.js";
import { silent } from "../../../../helpers.js";
import { JumpingClock } from "../../../../jumping-clock.js";

const NOW = Date.UTC(2026, 10, 20, 14, 59, 50);
/** Two symbols, so that few days are simulated. */
const SYMBOLS = INSTRUMENTS.slice(0, 2);
const HOUR_MS = 3_600_000;

function start() {
  const clock = new JumpingClock(NOW);
  const warnings: unknown[] = [];
  const logger = { ...silent, warn: (message: string, fields: unknown) => void warnings.push([message, fields]) };
  return { clock, feed: new Datafeed(new SimulatedSource("1", clock, { instruments: SYMBOLS, logger })), warnings };
}

/** Waits until the feeds have loaded their state. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("after the system clock was set", () => {
  test.each([
    ["forward by eight hours", 8 * HOUR_MS],
    ["back by an hour", -HOUR_MS],
  ])("%s, every watch continues immediately with the state of the new time", async (_name, ms) => {
    const { clock, feed, warnings } = start();
    const trades: TapeTrade[] = [];
    const ended: string[] = [];
    for (const { symbol } of SYMBOLS) {
      await feed.watchTrades(symbol, { onValue: (trade) => trades.push(trade), onEnd: ({ code }) => ended.push(code) });
    }
    const bars: Bar[] = [];
    const books: Book[] = [];
    const tops: TopOfBook[] = [];
    await feed.watchBars("AAPL", "1", { onValue: (bar) => bars.push(bar) });
    await feed.watchBook("AAPL", 5, { onValue: (book) => books.push(book) });
    await feed.watchTopOfBook("AAPL", { onValue: (top) => tops.push(top) });
    clock.advance(1_000);
    expect(trades).toHaveLength(SYMBOLS.length);

    clock.jump(ms);
    clock.advance(1_000);
    await settled();
    // None of the 28,800 seconds of eight hours, for each of the symbols.
    expect(trades).toHaveLength(SYMBOLS.length);
    expect(ended).toEqual(SYMBOLS.map(() => "feed_gap"));
    expect(warnings).toEqual([["The system clock jumped: the market continues at the new time", { ms: ms + 1_000 }]]);

    const again: TapeTrade[] = [];
    await feed.watchTrades("AAPL", { onValue: (trade) => again.push(trade) });
    clock.advance(2_000);
    expect(again.map(({ time }) => time)).toEqual([NOW + ms + 3_000, NOW + ms + 4_000]);
    expect(bars.at(-1)).toEqual(
      (await feed.history({ symbol: "AAPL", resolution: "1", to: undefined, countBack: 1 }))[0],
    );
    const fresh = new Datafeed(new SimulatedSource("1", clock, { instruments: SYMBOLS }));
    for (const resolution of ["1", "60", "D"] as const) {
      const request = { symbol: "AAPL", resolution, to: undefined, countBack: 5 };
      expect(await feed.history(request)).toEqual(await fresh.history(request));
    }
    expect(books.at(-1)?.time).toBe(NOW + ms + 4_000);
    expect(tops.at(-1)).toMatchObject({ time: NOW + ms + 4_000, last: bars.at(-1)?.close });
    expect(warnings).toHaveLength(1);
  });

  test("back by a second, as by a correction, nothing is lost or repeated", async () => {
    const { clock, feed, warnings } = start();
    const trades: TapeTrade[] = [];
    await feed.watchTrades("AAPL", { onValue: (trade) => trades.push(trade) });
    clock.advance(2_000);
    clock.jump(-1_000);
    clock.advance(4_000);
    expect(trades.map(({ time }) => time)).toEqual([1, 2, 3, 4, 5].map((second) => NOW + second * 1_000));
    expect(warnings).toEqual([]);
  });
});
