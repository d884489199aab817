import { readFileSync } from "node:fs";
import type { Bar, QuoteData } from "@trading/topic";
import type { Logger } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { aggregate } from "../../../../../src/modules/datafeed/aggregate.js";
import { DAY_MS, type Resolution } from "../../../../../src/modules/datafeed/resolution.js";
import { Datafeed } from "../../../../../src/modules/datafeed/service.js";
import { Recording } from "../../../../../src/modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../../../../../src/modules/datafeed/sources/replay/source.js";
import { resolveSymbol } from "../../../../../src/modules/datafeed/symbols.js";
import { AAPL_CSV, aaplBars, Client, getJson, silent, startApp } from "../../../../helpers.js";
import { until } from "../../../../until.js";

const APPLE = aaplBars();

const HEADER = "time,open,high,low,close,volume";
const csv = (...times: string[]) => [HEADER, ...times.map((time) => `${time},1,2,0.5,1.5,10`)].join("\n");

function replay(text: string, options: { atEnd?: "stop" | "loop"; barsPerSecond?: number; logger?: Logger } = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 22));
  const source = new ReplaySource(new Recording(text, "aapl.csv"), {
    symbol: "AAPL",
    barsPerSecond: 1,
    atEnd: "stop",
    clock,
    logger: silent,
    ...options,
  });
  return { clock, feed: new Datafeed(source) };
}

async function watch(feed: Datafeed, resolution: Resolution) {
  const updates: Bar[] = [];
  const stop = await feed.watchBars("AAPL", resolution, { onValue: (bar) => updates.push(bar) });
  return { updates, stop };
}

test("every daily bar of Apple's recording reaches a client unchanged", async () => {
  expect(APPLE).toHaveLength(1_260);
  const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"), { barsPerSecond: 4 });
  const { url, http, app } = await startApp(feed, clock);
  const client = await Client.connect(url);
  client.send("bars.subscribe", { symbol: "AAPL", resolution: "D" });
  expect((await client.next()).payload).toMatchObject({
    status: "ok",
    message: "Subscribed",
    topic: 'bars:{"resolution":"D","symbol":"AAPL"}',
  });
  // In steps of 30.8 bars, and further steps at the end. At each step, the client repeats its subscription, as legacy
  // clients do as a heartbeat, and reads the bars.
  const received: Bar[] = [];
  for (let now = 0; now < 345_000; now += 7_700) {
    client.send("bars.subscribe", { symbol: "AAPL", resolution: "D" });
    await client.next();
    clock.advance(7_700);
    const due = Math.min(Math.floor(((now + 7_700) * 4) / 1_000), APPLE.length);
    while (received.length < due) received.push(await client.update());
  }
  expect(received).toEqual(APPLE);
  expect(client.frames.at(-1)?.type).toBe("bars.subscribe.response");

  const { body } = await getJson(`${http}/api/v1/datafeed/bars?symbol=AAPL&resolution=D&countBack=5000`);
  expect(body).toEqual({ bars: APPLE });

  // New subscribers get the last bar.
  const late = await Client.connect(url);
  late.send("bars.subscribe", { symbol: "AAPL", resolution: "D" });
  await late.next();
  expect(await late.update()).toEqual(APPLE.at(-1));
  for (const { socket } of [client, late]) socket.terminate();
  await until(() => app.stream.counts().topics === 0);
  expect(app.stream.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
});

test("a resolution that is finer than the data is an error that lists the available ones", async () => {
  const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"));
  const { url, http } = await startApp(feed, clock);
  const client = await Client.connect(url);
  client.send("bars.subscribe", { symbol: "AAPL", resolution: "1" });
  const message = "AAPL has no bars of resolution 1: its data is coarser. Use D, W or M.";
  expect((await client.next()).payload).toEqual({
    status: "error",
    code: "resolution_too_fine",
    message,
    topic: 'bars:{"resolution":"1","symbol":"AAPL"}',
  });
  client.send("bars.subscribe", { symbol: "MSFT", resolution: "D" });
  expect((await client.next()).payload).toMatchObject({ status: "error", code: "unknown_symbol" });
  client.send("bars.subscribe", { symbol: "AAPL", resolution: "W" });
  expect((await client.next()).payload).toMatchObject({ status: "ok" });
  expect(await getJson(`${http}/api/v1/datafeed/bars?symbol=AAPL&resolution=1`)).toMatchObject({
    status: 400,
    body: { code: "resolution_too_fine", detail: message },
  });
});

describe("a replay", () => {
  test("knows the trades that it has played, also those of an earlier watch", async () => {
    const { clock, feed } = replay(csv("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"));
    const played: unknown[] = [];
    const stop = await feed.watchTrades("AAPL", { onValue: (trade) => played.push(trade) });
    expect(await feed.trades("AAPL")).toEqual([]);
    clock.advance(3_000);
    expect(played.length).toBeGreaterThan(3);
    stop();
    expect(await feed.trades("AAPL")).toEqual(played);
  });

  test.each(["W", "M"] as const)(
    "builds bars of resolution %s from daily bars as they are played",
    async (resolution) => {
      const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"), { barsPerSecond: 1 });
      const { updates } = await watch(feed, resolution);
      for (let played = 1; played <= 70; played++) {
        clock.advance(1_000);
        const expected = aggregate(APPLE.slice(0, played), resolution);
        expect(updates.at(-1)).toEqual(expected.at(-1));
        expect(await feed.history({ symbol: "AAPL", resolution, to: undefined, countBack: 100 })).toEqual(expected);
      }
      expect(updates).toHaveLength(70);
    },
  );

  test("starts with the first subscriber, and pauses at its position without subscribers", async () => {
    const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"));
    clock.advance(60_000);
    const first = await watch(feed, "D");
    const second = await watch(feed, "D");
    clock.advance(2_000);
    first.stop();
    clock.advance(1_000);
    second.stop();
    second.stop();
    expect(clock.pending).toBe(0);
    clock.advance(60_000);
    const third = await watch(feed, "D");
    clock.advance(1_999);
    expect(first.updates).toEqual(APPLE.slice(0, 2));
    expect(second.updates).toEqual(APPLE.slice(0, 3));
    expect(third.updates).toEqual(APPLE.slice(2, 4));
  });

  test("pauses at the bar at which the last subscriber leaves", async () => {
    const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"), { barsPerSecond: 100_000 });
    const updates: Bar[] = [];
    const stop = await feed.watchBars("AAPL", "D", {
      onValue(bar) {
        updates.push(bar);
        if (updates.length === 2) stop();
      },
    });
    clock.advance(1_000);
    expect(updates).toEqual(APPLE.slice(0, 2));
    expect(await feed.history({ symbol: "AAPL", resolution: "D", to: undefined, countBack: 9 })).toEqual(updates);
    expect(clock.pending).toBe(0);
  });

  test("plays several bars per timer at high speed, and skips none", async () => {
    const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"), { barsPerSecond: 100_000 });
    const { updates } = await watch(feed, "D");
    clock.advance(13);
    expect(updates).toEqual(APPLE);
  });

  test.each([
    ["stop", ["open", "open", "ended"]],
    ["loop", ["open", "open", "open"]],
  ] as const)("resolve reports whether the data has ended: at the end %s", async (atEnd, expected) => {
    const { clock, feed } = replay(csv("2024-01-01", "2024-01-02"), { atEnd });
    const status = () => resolveSymbol(feed, "AAPL").market_status;
    const seen = [status()];
    const { stop } = await watch(feed, "D");
    clock.advance(1_000);
    seen.push(status());
    clock.advance(5_000);
    stop();
    // Also while it is not watched.
    seen.push(status());
    expect(seen).toEqual(expected);
  });

  test("stops at the end with the last bar, and logs it once", async () => {
    const logged: string[] = [];
    const logger = { ...silent, info: (message: string) => void logged.push(message) };
    const { clock, feed } = replay(csv("2026-01-05", "2026-01-06"), { logger });
    const { updates, stop } = await watch(feed, "D");
    clock.advance(10_000);
    expect(updates).toHaveLength(2);
    expect(clock.pending).toBe(0);
    stop();
    expect((await watch(feed, "D")).updates).toEqual(updates.slice(1));
    clock.advance(10_000);
    expect(logged).toEqual(["The replay reached the end of its recording: it stops and keeps the last bar"]);
  });

  test("loops, shifted by whole weeks, so that time never goes back", async () => {
    const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"), { atEnd: "loop", barsPerSecond: 1_000 });
    const { updates } = await watch(feed, "D");
    clock.advance(3 * 1_260);
    expect(updates).toHaveLength(3 * 1_260);
    for (let index = 1; index < updates.length; index++) {
      expect(updates[index]!.time).toBeGreaterThan(updates[index - 1]!.time);
    }
    const shift = updates[1_260]!.time - updates[0]!.time;
    expect(shift % (7 * DAY_MS)).toBe(0);
    expect(updates.slice(1_260, 2 * 1_260)).toEqual(APPLE.map((bar) => ({ ...bar, time: bar.time + shift })));
    expect(await feed.history({ symbol: "AAPL", resolution: "D", to: undefined, countBack: 2_000 })).toEqual(
      updates.slice(-2_000),
    );
  });

  test("quotes follow the played bar", async () => {
    const { clock, feed } = replay(readFileSync(AAPL_CSV, "utf8"));
    const { url } = await startApp(feed, clock);
    const client = await Client.connect(url);
    client.send("quotes.subscribe", { symbols: [], fast_symbols: ["AAPL"] });
    await client.next();
    for (const index of [0, 1, 2]) {
      clock.advance(1_000);
      const { s, n, v } = await client.update<QuoteData>();
      const bar = APPLE[index]!;
      const previous = APPLE[index - 1]?.close ?? bar.open;
      expect([s, n]).toEqual(["ok", "AAPL"]);
      expect(v).toMatchObject({ lp: bar.close, open_price: bar.open, high_price: bar.high, low_price: bar.low });
      expect(v).toMatchObject({ prev_close_price: previous, volume: bar.volume, spread: 0 });
    }
  });
});

describe("a recording", () => {
  test.each([
    ["60 s", 60, "1"],
    ["5 minutes", 300, "5"],
    ["2 minutes, which is mapped to 1", 120, "1"],
    ["an hour", 3_600, "60"],
    ["a day", 86_400, "D"],
    ["a week", 604_800, "W"],
  ] as const)("detects the resolution of bars every %s", (_name, seconds, resolution) => {
    const times = [0, 1, 2, 7].map((index) => String(1_700_000_000 + index * seconds));
    expect(new Recording(csv(...times), "x.csv").resolution).toBe(resolution);
  });

  test("detects the resolution of monthly bars", () => {
    expect(new Recording(csv("2026-01-01", "2026-02-01", "2026-03-01"), "x.csv").resolution).toBe("M");
  });

  test.each([
    ["D", 1],
    ["W", 7],
  ] as const)(
    "detects resolution %s from bars at New York's midnight across the change to daylight saving time",
    (resolution, days) => {
      const times: string[] = [];
      for (let day = -15 * days; day < 15 * days; day += days) {
        const isWeekend = [0, 6].includes(new Date(Date.UTC(2026, 2, 9 + day)).getUTCDay());
        // Daylight saving time begins on Sunday, 8 March: the daily bars include that Sunday, and weekly bars begin on Sundays.
        const start = resolution === "W" ? 8 : 9;
        if (resolution === "D" && isWeekend && day !== -1) continue;
        times.push(
          String(Date.UTC(2026, 2, start + day, day < 0 || (resolution === "W" && day === 0) ? 5 : 4) / 1_000),
        );
      }
      const gaps = times.slice(1).map((time, index) => Number(time) - Number(times[index]));
      expect(Math.min(...gaps)).toBe(days * 86_400 - 3_600);
      expect(new Recording(csv(...times), "x.csv").resolution).toBe(resolution);
    },
  );
});

describe("fractional volumes", () => {
  const DAYS = ["2026-01-05", "2026-01-06", "2026-01-07"];
  const text = [HEADER, ...DAYS.map((day, at) => `${day},1,2,0.5,1.5,${[0.4, 1.3, 0.8][at]}`)].join("\n");

  test("are the quantities of trades and quotes, and are rounded in bars once they are summed up", async () => {
    const { clock, feed } = replay(text);
    const trades: number[] = [];
    const volumes: number[] = [];
    await feed.watchTrades("AAPL", { onValue: ({ qty }) => trades.push(qty) });
    await feed.watchQuotes("AAPL", { onValue: ({ v }) => volumes.push(v.volume) });
    const days = await watch(feed, "D");
    const weeks = await watch(feed, "W");
    clock.advance(3_000);
    expect(trades.reduce((sum, qty) => sum + qty, 0)).toBeCloseTo(2.5, 9);
    expect(volumes).toEqual([0.4, 1.3, 0.8]);
    expect(days.updates.map(({ volume }) => volume)).toEqual([0, 1, 1]);
    expect(weeks.updates.map(({ volume }) => volume)).toEqual([0, 2, 3]);
    expect((await watch(feed, "W")).updates).toEqual(weeks.updates.slice(-1));
    for (const [resolution, { updates }] of [["D", days] as const, ["W", weeks] as const]) {
      const history = await feed.history({ symbol: "AAPL", resolution, to: undefined, countBack: 9 });
      expect(history.at(-1)).toEqual(updates.at(-1));
    }
  });

  test.each([
    [0.5, 1, 0.1],
    [0.12345678, 1.25, 0.000001],
    [3, 1.25, 1],
  ])("of %d make quantities of orders multiples of a step, at prices such as %d", (volume, price, step) => {
    const rows = DAYS.map((day) => `${day},${Array(4).fill(price)},${volume}`);
    const source = new ReplaySource(new Recording([HEADER, ...rows].join("\n"), "x.csv"), {
      ...{ symbol: "X", barsPerSecond: 1, atEnd: "stop", clock: new ManualClock(0), logger: silent },
    });
    expect(source.instruments.get("X")).toMatchObject({ qtyStep: step, minQty: step });
  });
});

test("a recording from before 1970 is played, and its history is available over HTTP", async () => {
  const days = ["1969-12-30", "1969-12-31", "1970-01-01"];
  const { clock, feed } = replay(csv(...days));
  const { http } = await startApp(feed, clock);
  const { updates } = await watch(feed, "D");
  const tops: number[] = [];
  await feed.watchTopOfBook("AAPL", { onValue: ({ time }) => tops.push(time) });
  clock.advance(3_000);
  const times = days.map((day) => Date.parse(day));
  expect(updates.map(({ time }) => time)).toEqual(times);
  expect(tops).toEqual(times);
  const { body } = await getJson(`${http}/api/v1/datafeed/bars?symbol=AAPL&resolution=D&from=-200000000&to=0`);
  expect(body).toMatchObject({ bars: updates.slice(0, 2) });
});
