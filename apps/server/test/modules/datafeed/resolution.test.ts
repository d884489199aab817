import { RESOLUTIONS } from "@trading/topic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimeZone } from "../../../src/market/time-zone.js";
import { aggregate } from "../../../src/modules/datafeed/aggregate.js";
import { Calendar, calendarOf, UTC_CALENDAR } from "../../../src/modules/datafeed/calendar.js";
import { isFiner } from "../../../src/modules/datafeed/resolution.js";

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
    expect(iso(UTC_CALENDAR.barStart(resolution, time))).toBe(start);
    expect(iso(UTC_CALENDAR.nextBarStart(resolution, time))).toBe(next);
  });

  test("includes every moment exactly once, in every time zone", () => {
    // Offsets of half and three quarters of an hour, changes at midnight, by half an hour, and across the date line.
    const zone = fc.constantFrom(
      ...["Etc/UTC", "America/New_York", "Europe/London", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu"],
      ...[
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Africa/Casablanca",
        "Pacific/Apia",
      ],
    );
    const anyTime = fc.integer({ min: Date.UTC(1960, 0), max: Date.UTC(2100, 0) });
    const nearChange = fc
      .tuple(
        fc.constantFrom(
          ...["2010-11-07T02:31Z", "2018-11-04T03:00Z", "2024-04-06T15:00Z", "2024-10-05T15:30Z", "2024-04-25T22:00Z"],
        ),
        fc.integer({ min: -90, max: 90 }),
      )
      .map(([time, minutes]) => Date.parse(time) + minutes * 60_000);
    fc.assert(
      fc.property(fc.constantFrom(...RESOLUTIONS), zone, fc.oneof(anyTime, nearChange), (resolution, name, moment) => {
        // Without the remembered period.
        const [first, second, third] = [0, 0, 0].map(() => new Calendar(TimeZone.of(name))) as [
          Calendar,
          Calendar,
          Calendar,
        ];
        const start = first.barStart(resolution, moment);
        const next = first.nextBarStart(resolution, moment);
        expect(start).toBeLessThanOrEqual(moment);
        expect(next).toBeGreaterThan(moment);
        expect(second.barStart(resolution, next - 1)).toBe(start);
        expect(second.nextBarStart(resolution, start)).toBe(next);
        expect(third.barStart(resolution, next)).toBe(next);
      }),
      // The clocks of St. John's were set back at one minute past midnight.
      { numRuns: 1_500, examples: [["60", "America/St_Johns", Date.parse("2010-11-07T02:30Z")]] },
    );
  });

  test.each([
    ["Asia/Tokyo", "D", "2026-02-01T03:00+09:00", "2026-02-01T00:00+09:00"],
    ["Asia/Tokyo", "M", "2026-02-01T00:00+09:00", "2026-02-01T00:00+09:00"],
    ["Europe/Berlin", "M", "2026-02-01T00:30+01:00", "2026-02-01T00:00+01:00"],
    ["Europe/Berlin", "M", "2026-04-15T00:00+02:00", "2026-04-01T00:00+02:00"],
    // Summer time begins and ends on a Sunday: that day has 23 or 25 hours, its week one more or less.
    ["America/New_York", "D", "2026-03-08T23:59-04:00", "2026-03-08T00:00-05:00"],
    ["America/New_York", "D", "2026-11-01T23:59-05:00", "2026-11-01T00:00-04:00"],
    ["America/New_York", "W", "2026-03-08T23:59-04:00", "2026-03-02T00:00-05:00"],
    ["America/New_York", "W", "2026-03-09T00:00-04:00", "2026-03-09T00:00-04:00"],
    ["America/New_York", "M", "2026-03-31T23:59-04:00", "2026-03-01T00:00-05:00"],
    // Midnight does not occur: the day begins at 01:00.
    ["Africa/Cairo", "D", "2024-04-26T12:00+03:00", "2024-04-26T01:00+03:00"],
    // Its clocks were set back at 00:01, so the day before came back for an hour after the new one had begun.
    ["America/St_Johns", "D", "2010-11-07T02:40Z", "2010-11-07T02:30Z"],
    ["Asia/Kolkata", "60", "2026-02-01T10:20+05:30", "2026-02-01T10:00+05:30"],
    ["Asia/Kathmandu", "30", "2026-02-01T10:20+05:45", "2026-02-01T10:00+05:45"],
    ["America/New_York", "D", "1871-01-01T12:00Z", "1871-01-01T04:56:02Z"],
  ] as const)("in %s, %s: the bar of %s opens at %s", (name, resolution, time, start) => {
    const opened = calendarOf(name).barStart(resolution, Date.parse(time));
    expect(new Date(opened).toISOString()).toBe(new Date(start).toISOString());
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
