import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { Execution, Mark, TimescaleMark } from "../../src/tradingview/index.js";
import { AAPL, bar, minute } from "./fake-charts.js";
import { historyOf } from "./fake-rest.js";
import { charting, tick } from "./harness.js";

const fill = (time: number, side: 1 | -1 = 1): Execution => ({ symbol: "AAPL", price: 1.5, qty: 3, side, time });

/** Opens a chart with bars in minutes 1 and 3, and requests the marks of a period. */
async function marked(fills: readonly Execution[], options: Parameters<typeof charting>[1] = {}, symbol = AAPL) {
  const executions = async () => fills;
  const set = charting({ bars: historyOf([bar(1), bar(3)]) }, { executions, ...options });
  set.charts.open("chart", symbol);
  await tick();
  const request = async (from = 0, to = 100) => {
    const period = [minute(from) / 1_000, minute(to) / 1_000] as const;
    const found: { bars: Mark[][]; timescale: TimescaleMark[][] } = { bars: [], timescale: [] };
    set.charts.call((datafeed) => {
      const onBars = set.charts.callback("onData", (marks: Mark[]) => found.bars.push(marks));
      const onTimescale = set.charts.callback("onData", (marks: TimescaleMark[]) => found.timescale.push(marks));
      datafeed.getMarks(symbol, ...period, onBars, "1");
      datafeed.getTimescaleMarks(symbol, ...period, onTimescale, "1");
    });
    await tick();
    expect([found.bars.length, found.timescale.length]).toEqual([1, 1]);
    return { bars: found.bars[0] as Mark[], timescale: found.timescale[0] as TimescaleMark[] };
  };
  return { ...set, request };
}

test("marks executions at the opening time of their bar, as the library demands", async () => {
  const set = await marked([fill(minute(0)), fill(minute(1) + 59_999), fill(minute(2)), fill(minute(3), -1)]);
  const { bars: marks, timescale } = await set.request();

  const [first, third] = [minute(1) / 1_000, minute(3) / 1_000];
  expect(marks.map(({ time, label, text }) => [time, label, text])).toEqual([
    [first, "B", "Bought 3 at 1.5"],
    [first, "B", "Bought 3 at 1.5"],
    [third, "S", "Sold 3 at 1.5"],
  ]);
  expect(timescale.map(({ time, tooltip }) => [time, tooltip])).toEqual(marks.map(({ time, text }) => [time, [text]]));
  for (const list of [marks, timescale]) expect(new Set(list.map(({ id }) => id)).size).toBe(3);
  expect([set.charts.violations, set.problems]).toEqual([[], []]);
});

test("marks an execution on a live bar", async () => {
  const { confirm, request } = await marked([fill(minute(4) + 1)]);
  confirm(bars, 'bars:{"resolution":"1","symbol":"AAPL"}', [bar(4)]);
  await tick();

  expect((await request()).bars.map(({ time }) => time)).toEqual([minute(4) / 1_000]);
});

test("returns the marks of the period only, and the newest ten of a bar", async () => {
  const many = Array.from({ length: 12 }, (_, count) => ({ ...fill(minute(1) + count), qty: count + 1 }));
  const { request } = await marked([...many, fill(minute(3))]);

  const { bars: marks } = await request(0, 2);
  expect(marks.map(({ text }) => text)).toEqual(many.slice(2).map(({ qty }) => `Bought ${qty} at 1.5`));
});

test("dates the marks of daily bars as the bars", async () => {
  const day = Date.UTC(2023, 10, 14);
  const open = day - 9 * 3_600_000;
  const executions = async () => [fill(open + 3_600_000)];
  const { charts, datafeed } = charting({ bars: async () => ({ bars: [{ ...bar(0), time: open }] }) }, { executions });
  const symbol = { ...AAPL, timezone: "Asia/Tokyo" };
  charts.open("chart", symbol, "1D");
  await tick();
  const marks: Mark[] = [];
  datafeed.getMarks(symbol, 0, 2e9, (found) => marks.push(...found), "1D");
  await tick();

  expect(marks.map(({ time }) => time)).toEqual([day / 1_000]);
});

test("announces marks where the options ask for them", async () => {
  const announced = async (options: Parameters<typeof charting>[1]) => {
    const { datafeed } = charting({ config: async () => ({ supports_marks: true }) }, options);
    const configurations: object[] = [];
    datafeed.onReady((configuration) => configurations.push(configuration));
    await tick();
    return configurations[0];
  };
  const executions = async () => [];
  expect(await announced({})).toEqual({ supports_marks: false, supports_timescale_marks: false });
  expect(await announced({ executions })).toEqual({ supports_marks: true, supports_timescale_marks: false });
  expect(await announced({ executions, executionMarks: "both" })).toEqual({
    supports_marks: true,
    supports_timescale_marks: true,
  });
});

test("has no marks without executions, and reports why", async () => {
  const refused = async () => {
    throw new Error("no access");
  };
  const { request, problems } = await marked([], { executions: refused });

  expect(await request()).toEqual({ bars: [], timescale: [] });
  expect(problems).toEqual([new Error("no access"), new Error("no access")]);
});
