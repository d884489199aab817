import type { Bar } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { DEFAULT_STYLE, styleOf } from "../src/chart/chart-style.js";
import { exponentialAverage, relativeStrength, simpleAverage, volumeWeightedPrice } from "../src/chart/indicators.js";

const bar = (time: number, price: number, volume: number): Bar => ({
  time,
  open: price,
  high: price + 1,
  low: price - 1,
  close: price,
  volume,
});

describe("indicators", () => {
  test("the simple average is the mean of the last values", () => {
    expect(simpleAverage([1, 2, 3, 4, 8], 3)).toEqual([undefined, undefined, 2, 3, 5]);
    expect(simpleAverage([1], 3)).toEqual([undefined]);
  });

  test("the exponential average begins with the mean and follows with 2 / (length + 1)", () => {
    expect(exponentialAverage([1, 2, 3, 4, 8], 3)).toEqual([undefined, undefined, 2, 3, 5.5]);
  });

  test("the volume-weighted price begins again each day, and has no value without a volume", () => {
    const bars = [bar(0, 10, 1), bar(1, 20, 3), bar(10, 40, 0), bar(11, 40, 2)];
    expect(volumeWeightedPrice(bars, (ms) => Math.floor(ms / 10))).toEqual([10, 17.5, undefined, 40]);
  });

  test("the relative strength index has Wilder's values", () => {
    // The example of Wilder's "New Concepts in Technical Trading Systems", as charting sites publish it.
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
      45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ];
    const values = relativeStrength(closes, 14)
      .slice(13)
      .map((value) => value?.toFixed(2));
    expect(values).toEqual([undefined, "70.53", "66.32", "66.55", "69.41", "66.36", "57.97"]);
    expect(relativeStrength([1, 1, 1], 2)).toEqual([undefined, undefined, 50]);
    expect(relativeStrength([1, 2, 3], 2).at(-1)).toBe(100);
  });
});

test("a stored style keeps what this version knows", () => {
  expect(styleOf({ type: "renko", indicators: ["rsi14", "magic", "sma20"] })).toEqual({
    type: DEFAULT_STYLE.type,
    indicators: ["sma20", "rsi14"],
  });
  expect(styleOf("candles")).toBeUndefined();
});
