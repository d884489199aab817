import type { Bar } from "@trading/topic";
import { expect, test } from "vitest";
import { BarSeries } from "../src/chart/bar-series.js";

const bar = (time: number, close: number): Bar => ({ time, open: 1, high: 9, low: 1, close, volume: 1 });
const closes = ({ bars }: BarSeries) => bars.map(({ time, close }) => `${time}:${close}`).join(" ");
const changedCloses = (changed: readonly Bar[] | undefined) => changed?.map(({ close }) => close);

test("merges history with live bars from before and after it", () => {
  const series = new BarSeries();
  expect(changedCloses(series.setLive([bar(3, 30)]))).toEqual([30]);
  series.merge([bar(1, 10), bar(2, 20), bar(3, 29)]);
  expect(closes(series)).toBe("1:10 2:20 3:30");
  const third = bar(3, 31);
  expect(changedCloses(series.setLive([third]))).toEqual([31]);
  expect(changedCloses(series.setLive([third, bar(4, 40)]))).toEqual([40]);
  expect(closes(series)).toBe("1:10 2:20 3:31 4:40");
});

test("replaces bars from before a gap with reloaded history, and keeps live bars from after it", () => {
  const series = new BarSeries();
  series.merge([bar(1, 10), bar(2, 20)]);
  series.setLive([bar(2, 21)]);
  series.setLive([bar(5, 50)]);
  series.merge([bar(2, 22), bar(3, 30), bar(4, 40), bar(5, 49)]);
  expect(closes(series)).toBe("1:10 2:22 3:30 4:40 5:50");
});

test("puts a correction of an older bar in place, and requires a redraw", () => {
  const series = new BarSeries();
  series.merge([bar(1, 10), bar(3, 30)]);
  const first = bar(1, 11);
  expect(series.setLive([first])).toBeUndefined();
  expect(series.setLive([first, bar(2, 20)])).toBeUndefined();
  expect(closes(series)).toBe("1:11 2:20 3:30");
});

test("returns every changed bar of one update in order, and none without a change", () => {
  const series = new BarSeries();
  const second = bar(2, 20);
  series.setLive([bar(1, 10), second]);
  expect(series.setLive([second])).toEqual([]);
  expect(changedCloses(series.setLive([bar(2, 21), bar(3, 30)]))).toEqual([21, 30]);
});

test("puts older pages first", () => {
  const series = new BarSeries();
  series.merge([bar(3, 30)]);
  series.merge([bar(1, 10), bar(2, 20)]);
  expect(closes(series)).toBe("1:10 2:20 3:30");
});
