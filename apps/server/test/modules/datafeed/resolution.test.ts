import { RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregate } from "../../../src/modules/datafeed/aggregate.js";
import { barStart, isFiner, nextBarStart } from "../../../src/modules/datafeed/resolution.js";

const iso = (time: number) => new Date(time).toISOString().slice(0, 16);

describe("the period of a bar", () => {
  test.each([
    ["1", "2026-11-22T20:54", "2026-11-22T20:55"],
    ["5", "2026-11-22T20:50", "2026-11-22T20:55"],
    ["15", "2026-11-22T20:45", "2026-11-22T21:00"],
    ["30", "2026-11-22T20:30", "2026-11-22T21:00"],
    ["60", "2026-11-22T20:00", "2026-11-22T21:00"],
    ["D", "2026-11-22T00:00", "2026-11-23T00:00"],
    // A Sunday belongs to the week that began on the Monday before.
    ["W", "2026-11-16T00:00", "2026-11-23T00:00"],
    ["M", "2026-11-01T00:00", "2026-12-01T00:00"],
  ] as const)("of resolution %s", (resolution, start, next) => {
    const time = Date.UTC(2026, 10, 22, 20, 54, 30);
    expect(iso(barStart(resolution, time))).toBe(start);
    expect(iso(nextBarStart(resolution, time))).toBe(next);
  });

  test("includes every moment exactly once", () => {
    const time = fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...RESOLUTIONS), time, (resolution, moment) => {
        const start = barStart(resolution, moment);
        const next = nextBarStart(resolution, moment);
        return (
          start <= moment &&
          moment < next &&
          barStart(resolution, next - 1) === start &&
          barStart(resolution, next) === next
        );
      }),
    );
  });

  test("gets longer from the first resolution to the last", () => {
    for (let index = 1; index < RESOLUTIONS.length; index++) {
      expect(isFiner(RESOLUTIONS[index - 1]!, RESOLUTIONS[index]!)).toBe(true);
    }
  });
});

test("aggregating keeps the first open, the last close, the extremes and the volume", () => {
  const bar = (minute: number, open: number, high: number, low: number, close: number, volume: number) => ({
    time: minute * 60_000,
    open,
    high,
    low,
    close,
    volume,
  });
  const fine = [bar(3, 10, 12, 9, 11, 1), bar(4, 11, 15, 11, 14, 2), bar(5, 14, 14, 8, 8, 4), bar(9, 8, 9, 7, 9, 8)];
  expect(aggregate(fine, "5")).toEqual([bar(0, 10, 15, 9, 14, 3), bar(5, 14, 14, 7, 9, 12)]);
});
