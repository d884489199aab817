import type { Bar } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { chartDays } from "../../src/tradingview/chart-days.js";
import { AAPL, bar } from "./fake-charts.js";
import { charting, tick } from "./harness.js";

const utc = (date: string) => Date.parse(`${date}Z`);

test.each([
  ["Asia/Tokyo", "D", "2026-02-01T00:00+09:00", "2026-02-01"],
  ["Asia/Tokyo", "M", "2026-02-01T00:00+09:00", "2026-02-01"],
  ["America/New_York", "W", "2026-03-09T00:00-04:00", "2026-03-09"],
  ["Europe/Berlin", "D", "1999-12-31T00:00+01:00", "1999-12-31"],
  // Clocks skip its midnight.
  ["Africa/Cairo", "D", "2024-04-26T01:00+03:00", "2024-04-26"],
  ["Asia/Tokyo", "60", "2026-02-01T00:00Z", "2026-02-01"],
  ["Etc/UTC", "D", "2026-02-01T00:00Z", "2026-02-01"],
  [undefined, "D", "2026-02-01T00:00Z", "2026-02-01"],
  ["Mars/Olympus", "D", "2026-02-01T00:00Z", "2026-02-01"],
] as const)("in %s, a bar of resolution %s that opens at %s is dated %s", (timezone, resolution, time, date) => {
  const days = chartDays(timezone, resolution);
  expect(new Date(days.toChart(Date.parse(time))).toISOString()).toBe(new Date(`${date}T00:00Z`).toISOString());
});

test("a chart of Tokyo's days requests them by their opening times, and shows them on their dates", async () => {
  const tokyo = { ...AAPL, timezone: "Asia/Tokyo" };
  const opened = Date.parse("2026-02-02T00:00+09:00");
  const daily = (time: number): Bar => ({ ...bar(0), time });
  const { charts, requests } = charting({ bars: async () => ({ bars: [daily(opened)] }) });
  const times: number[] = [];
  charts.call((datafeed) =>
    datafeed.getBars(
      tokyo,
      "1D",
      { from: utc("2026-02-01") / 1_000, to: utc("2026-02-03") / 1_000, countBack: 2, firstDataRequest: true },
      charts.callback("onResult", (bars) => times.push(...bars.map(({ time }) => time))),
      charts.callback("onError", (reason) => expect.fail(reason)),
    ),
  );
  await tick();
  expect(requests[0]?.[1]).toMatchObject({
    from: Date.parse("2026-02-01T00:00+09:00"),
    to: Date.parse("2026-02-03T00:00+09:00"),
  });
  expect(times).toEqual([utc("2026-02-02")]);
});

test("a chart of Tokyo's days gets live updates on the same dates as its history", async () => {
  const opened = [1, 2, 3].map((day) => Date.parse(`2026-02-0${day}T00:00+09:00`));
  const daily = opened.map((time): Bar => ({ ...bar(0), time }));
  const { charts, confirm } = charting({ bars: async () => ({ bars: daily.slice(0, 2) }) });
  const chart = charts.open("one", { ...AAPL, timezone: "Asia/Tokyo" }, "1D");
  await tick();
  confirm(bars, 'bars:{"resolution":"D","symbol":"AAPL"}', daily.slice(1), { offset: 10 });
  await tick();
  expect(charts.violations).toEqual([]);
  expect(chart.bars.map(({ time }) => time)).toEqual([1, 2, 3].map((day) => utc(`2026-02-0${day}`)));
});
