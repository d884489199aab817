import type { Bar } from "@trading/topic";
import { expect, test } from "vitest";
import { BarSeries } from "../src/chart/bar-series.js";

const bar = (time: number, close: number): Bar => ({ time, open: 1, high: 9, low: 1, close, volume: 1 });
const closes = ({ bars }: BarSeries) => bars.map(({ time, close }) => `${time}:${close}`).join(" ");

test("live bars before history and after it make one list without a seam", () => {
  const series = new BarSeries();
  expect(series.update(bar(3, 30))).toBe(true);
  series.merge([bar(1, 10), bar(2, 20), bar(3, 29)]);
  expect(closes(series)).toBe("1:10 2:20 3:30");
  expect(series.update(bar(3, 31))).toBe(true);
  expect(series.update(bar(4, 40))).toBe(true);
  expect(closes(series)).toBe("1:10 2:20 3:31 4:40");
});

test("history loaded again after a gap fills it, ends the bar it broke off, and takes back nothing live", () => {
  const series = new BarSeries();
  series.merge([bar(1, 10), bar(2, 20)]);
  series.update(bar(2, 21));
  series.interrupt();
  series.update(bar(5, 50));
  series.merge([bar(2, 22), bar(3, 30), bar(4, 40), bar(5, 49)]);
  expect(closes(series)).toBe("1:10 2:22 3:30 4:40 5:50");
});

test("a correction of an older bar is put where it belongs, and is no latest", () => {
  const series = new BarSeries();
  series.merge([bar(1, 10), bar(3, 30)]);
  expect(series.update(bar(1, 11))).toBe(false);
  expect(series.update(bar(2, 20))).toBe(false);
  expect(closes(series)).toBe("1:11 2:20 3:30");
});

test("older pages go before", () => {
  const series = new BarSeries();
  series.merge([bar(3, 30)]);
  series.merge([bar(1, 10), bar(2, 20)]);
  expect(closes(series)).toBe("1:10 2:20 3:30");
});
