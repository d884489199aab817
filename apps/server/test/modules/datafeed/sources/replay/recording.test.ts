import { type Bar, RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregate } from "../../../../../src/modules/datafeed/aggregate.js";
import { DAY_MS } from "../../../../../src/modules/datafeed/resolution.js";
import { Recording } from "../../../../../src/modules/datafeed/sources/replay/recording.js";

const START = Date.UTC(2026, 0, 5, 9, 30);

/** Writes minute bars with different prices and volumes. @param minutes their opening times, in minutes after START */
function minutesCsv(minutes: Iterable<number>): string {
  const lines = ["time,open,high,low,close,volume"];
  for (const minute of minutes) {
    const open = 100 + ((minute * 7_919) % 101);
    const close = 100 + ((minute * 104_729) % 97);
    const [high, low] = [Math.max(open, close) + (minute % 3), Math.min(open, close) - (minute % 5)];
    lines.push(`${START + minute * 60_000},${open},${high},${low},${close},${minute % 13}`);
  }
  return lines.join("\n");
}

/** Returns the history by reading every bar. */
function simpleHistory(recording: Recording, ...request: Parameters<Recording["history"]>): Bar[] {
  const [resolution, played, to = Number.POSITIVE_INFINITY, countBack] = request;
  const all = Array.from({ length: played }, (_, index) => recording.bar(index));
  return aggregate(all, resolution, recording.barStart)
    .filter(({ time }) => time < to)
    .slice(-countBack);
}

describe("the history of a recording", () => {
  test("is the same as if every bar was read, in every resolution and over several passes", () => {
    // Gaps of any length; most of them a minute, so that the resolution is a minute.
    const gap = fc.oneof(
      { weight: 6, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: 2, max: 9_000 }) },
    );
    const request = fc.record({
      gaps: fc.array(gap, { minLength: 3, maxLength: 400 }),
      played: fc.integer({ min: 0, max: 1_000 }),
      resolution: fc.constantFrom(...RESOLUTIONS),
      countBack: fc.integer({ min: 1, max: 30 }),
      /** The part of the played time before `to`. */
      part: fc.option(fc.double({ min: -0.1, max: 1.1, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(request, ({ gaps, played, resolution, countBack, part }) => {
        const minutes = [0, 1, 2, 3, 4];
        for (const each of gaps) minutes.push((minutes.at(-1) as number) + each);
        const recording = new Recording(minutesCsv(minutes), "x.csv");
        fc.pre(recording.resolution === "1");
        const last = recording.bar(Math.max(0, played - 1)).time;
        const to = part === undefined ? undefined : Math.round(START + part * (last - START));
        const received = recording.history(resolution, played, to, countBack);
        expect(received).toEqual(simpleHistory(recording, resolution, played, to, countBack));
      }),
      { numRuns: 150 },
    );
  });

  test("reads as many bars of a long recording as of a short one", () => {
    const visitedBy = (days: number) => {
      const recording = new Recording(minutesCsv(Array(days * 1_440).keys()), "x.csv");
      const before = recording.visited;
      const bars = recording.history("60", recording.length, START + 3 * DAY_MS, 40);
      expect(bars).toHaveLength(40);
      return recording.visited - before;
    };
    // Each of the 40 hours reads its 60 minutes at most; bisecting a recording of four times the length takes two more steps.
    expect(visitedBy(16)).toBeLessThanOrEqual(visitedBy(4) + 41 * 2);
    expect(visitedBy(16)).toBeLessThan(40 * (60 + 20));
  });

  test("reads sums for days and months, and not each of their minutes", () => {
    const recording = new Recording(minutesCsv(Array(20 * 1_440).keys()), "x.csv");
    const before = recording.visited;
    expect(recording.history("D", recording.length, undefined, 20)).toHaveLength(20);
    expect(recording.history("M", recording.length, undefined, 1)).toHaveLength(1);
    expect(recording.visited - before).toBeLessThan(5_000);
  });

  test("begins again with the first pass when the dates of JavaScript end", () => {
    const recording = new Recording(minutesCsv([0, 1, 2]), "x.csv");
    const { cycle } = recording;
    const last = recording.bar(cycle - 1);
    expect(last.time).toBeLessThanOrEqual(8_640_000_000_000_000);
    expect(last.time + recording.passMs).toBeGreaterThan(8_640_000_000_000_000);
    expect(recording.bar(cycle)).toEqual(recording.bar(0));
    expect(recording.history("1", cycle, undefined, 2)).toEqual([recording.bar(cycle - 2), last]);
    expect(recording.history("1", cycle + 1, undefined, 2)).toEqual([recording.bar(0)]);
  });
});
