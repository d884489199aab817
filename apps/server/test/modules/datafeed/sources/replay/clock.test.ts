import { readFileSync } from "node:fs";
import type { Bar } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { TopOfBook } from "../../../../../src/market/market.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { Recording } from "../../../../../src/modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../../../../../src/modules/datafeed/sources/replay/source.js";
import type { TapeTrade } from "../../../../../src/modules/datafeed/symbol-feed.js";
import { AAPL_CSV, aaplBars, Client, type Frame, silent, startApp } from "../../../../helpers.js";
import { JumpingClock } from "../../../../jumping-clock.js";
import { until } from "../../../../until.js";

const APPLE = aaplBars();
const HOUR_MS = 3_600_000;
const STARTS_AT = Date.UTC(2026, 10, 22, 12);

interface Options {
  readonly startsAt?: number | undefined;
  readonly barsPerSecond?: number;
  readonly atEnd?: "stop" | "loop";
}

/** Starts a server whose clock shows a time. */
function startAt(now: number, { startsAt, barsPerSecond = 4, atEnd = "loop" }: Options = {}) {
  const clock = new JumpingClock(now);
  const warnings: string[] = [];
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  const recording = new Recording(readFileSync(AAPL_CSV, "utf8"), "aapl.csv");
  const source = new ReplaySource(recording, { symbol: "AAPL", barsPerSecond, atEnd, startsAt, clock, logger });
  return { clock, feed: new Datafeed(source), warnings, source };
}

async function watch(feed: Datafeed) {
  const bars: Bar[] = [];
  const trades: TapeTrade[] = [];
  const ended: string[] = [];
  await feed.watchBars("AAPL", "D", { onValue: (bar) => bars.push(bar) });
  await feed.watchTrades("AAPL", {
    onValue: (trade) => trades.push(trade),
    onEnd: ({ code }) => ended.push(code),
  });
  return { bars, trades, ended };
}

describe("a replay with a start time", () => {
  test("publishes the same on two servers at the same time, however long each has run", async () => {
    const early = startAt(STARTS_AT, { startsAt: STARTS_AT });
    const first = await watch(early.feed);
    // The second server starts in the middle of the second pass, without subscribers at first.
    const minutes = 7;
    early.clock.advance(minutes * 60_000 + 130);
    const late = startAt(STARTS_AT + minutes * 60_000 + 130, { startsAt: STARTS_AT });
    early.clock.advance(20_000);
    late.clock.advance(20_000);
    const second = await watch(late.feed);
    const before = { bars: first.bars.length, trades: first.trades.length };
    expect(second.bars).toEqual([first.bars.at(-1)]);
    for (const { clock } of [early, late]) clock.advance(10_000);
    expect(second.bars.slice(1)).toEqual(first.bars.slice(before.bars));
    expect(second.trades).toEqual(first.trades.slice(before.trades));
    expect(second.bars).toHaveLength(41);
    for (const resolution of ["D", "W", "M"] as const) {
      const request = { symbol: "AAPL", resolution, to: undefined, countBack: 2_000 };
      expect(await late.feed.history(request)).toEqual(await early.feed.history(request));
    }
  });

  test("sends the clients of two servers the same frames", async () => {
    const servers = [startAt(STARTS_AT, { startsAt: STARTS_AT }), startAt(STARTS_AT + 9_300, { startsAt: STARTS_AT })];
    const clients: Client[] = [];
    for (const { feed, clock } of servers) clients.push(await Client.connect((await startApp(feed, clock)).url));
    servers[0]?.clock.advance(9_300);
    const types = ["bars", "trades", "quotes", "orderbook"];
    for (const client of clients) {
      client.send("bars.subscribe", { symbol: "AAPL", resolution: "M" });
      client.send("trades.subscribe", { symbol: "AAPL" });
      client.send("quotes.subscribe", { symbols: [], fast_symbols: ["AAPL"] });
      client.send("orderbook.subscribe", { symbol: "AAPL", depth: 5 });
      await until(() =>
        types.every((type) => client.frames.some((frame) => frame.type === `${type}.subscribe.response`)),
      );
    }
    for (const { clock } of servers) clock.advance(5_000);
    const last = APPLE[Math.floor(14_300 / 250) - 1] as Bar;
    const isLast = ({ type, payload }: Frame) =>
      type === "quotes.update" && JSON.stringify(payload).includes(`"lp":${last.close},`);
    await until(() => clients.every(({ frames }) => frames.some(isLast)));
    for (const type of types) {
      // The newest ones: the servers started at different times.
      const [first, second] = clients.map(({ frames }) =>
        frames.filter((each) => each.type === `${type}.update`).slice(-15),
      );
      expect(first).toHaveLength(15);
      expect(second).toEqual(first);
    }
  });

  test("has played nothing before it, and begins then", async () => {
    const { clock, feed } = startAt(STARTS_AT - 10_000, { startsAt: STARTS_AT });
    const { bars } = await watch(feed);
    clock.advance(10_000);
    expect(bars).toEqual([]);
    clock.advance(500);
    expect(bars).toEqual(APPLE.slice(0, 2));
  });

  test("has ended if all of it was due before the server started", async () => {
    const { clock, feed } = startAt(STARTS_AT + HOUR_MS, { startsAt: STARTS_AT, atEnd: "stop" });
    const { bars } = await watch(feed);
    clock.advance(10_000);
    expect(bars).toEqual(APPLE.slice(-1));
    expect(clock.pending).toBe(0);
  });

  test.each([
    ["forward by eight hours", 8 * HOUR_MS],
    ["back by an hour", -HOUR_MS],
  ])(
    "continues at its new position after the clock was set %s, with a gap and without the trades between",
    async (_name, ms) => {
      const now = STARTS_AT + 100 * HOUR_MS;
      const { clock, feed, warnings } = startAt(now, { startsAt: STARTS_AT });
      const { bars, trades, ended } = await watch(feed);
      const tops: TopOfBook[] = [];
      await feed.watchTopOfBook("AAPL", { onValue: (top) => tops.push(top) });
      clock.advance(2_000);
      const before = trades.length;
      clock.jump(ms);
      clock.advance(1_000);
      await settled();
      expect(ended).toEqual(["feed_gap"]);
      // No order is filled at the prices from before.
      const { last = 0 } = tops.at(-1) ?? {};
      expect(tops.at(-1)).toMatchObject({ bid: last, ask: last });
      expect(trades.length - before).toBeLessThan(20);
      expect(warnings).toEqual(["The system clock jumped: the replay continues at its new position"]);
      clock.advance(5_000);
      expect(warnings).toHaveLength(1);
      const other = startAt(clock.now(), { startsAt: STARTS_AT });
      const request = { symbol: "AAPL", resolution: "D", to: undefined, countBack: 50 } as const;
      expect(await feed.history(request)).toEqual(await other.feed.history(request));
      expect(bars.at(-1)).toEqual((await other.feed.history(request)).at(-1));
    },
  );
});

test("a replay without a start time continues with the next bar after the computer was suspended", async () => {
  const { clock, feed, warnings } = startAt(STARTS_AT);
  const { bars } = await watch(feed);
  clock.advance(1_000);
  clock.sleep(8 * HOUR_MS);
  expect(bars).toHaveLength(4);
  clock.advance(1_000);
  expect(bars).toEqual(APPLE.slice(0, 8));
  expect(warnings).toEqual(["The replay was suspended, and continues with the next bar"]);
});

test("a replay reports a gap when its dates begin again", async () => {
  const { clock, feed } = startAt(STARTS_AT, { startsAt: 0, barsPerSecond: 4 });
  const recording = new Recording(readFileSync(AAPL_CSV, "utf8"), "aapl.csv");
  clock.jump(recording.cycle * 250 - 1_000 - STARTS_AT);
  const { bars, ended } = await watch(feed);
  clock.advance(1_000);
  clock.advance(250);
  await settled();
  expect(ended).toEqual(["feed_gap"]);
  expect(bars.at(-1)).toEqual(APPLE[0]);
  clock.advance(250);
  expect(bars.at(-1)).toEqual(APPLE[1]);
});

/** Waits until a feed has loaded its state from a source in memory. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
