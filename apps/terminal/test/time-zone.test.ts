import { TickMarkType, type Time } from "lightweight-charts";
import { describe, expect, test } from "vitest";
import { ZonedTimeScale } from "../src/chart/zoned-time-scale.js";
import { TimeZone, timeZoneOf, UTC } from "../src/page/time-zone.js";

const HOUR = 3_600_000;
const at = (iso: string) => Date.parse(iso);

describe("a time zone", () => {
  test.each([
    ["America/New_York", "New York", "2026-01-15T12:00:00Z", "07:00:00", -5],
    ["America/New_York", "New York", "2026-07-15T12:00:00Z", "08:00:00", -4],
    ["Asia/Kolkata", "Kolkata", "2026-01-15T12:00:00Z", "17:30:00", 5.5],
    ["Australia/Lord_Howe", "Lord Howe", "2026-01-15T12:00:00Z", "23:00:00", 11],
    ["Etc/UTC", "UTC", "2026-01-15T00:00:00Z", "00:00:00", 0],
    ["Etc/GMT-9", "UTC+9", "2026-01-15T12:00:00Z", "21:00:00", 9],
    ["Etc/GMT+5", "UTC-5", "2026-01-15T12:00:00Z", "07:00:00", -5],
    ["exchange", "UTC", "2026-01-15T12:00:00Z", "12:00:00", 0],
  ])("formats times and knows the offset: %s", (id, name, time, text, hours) => {
    const zone = new TimeZone(id);
    expect([zone.name, zone.formatTime(at(time)), zone.offsetAt(at(time)) / HOUR]).toEqual([name, text, hours]);
  });

  test.each([
    ["America/New_York", "2026-03-08T07:00:00Z", -5, -4],
    ["America/New_York", "2026-11-01T06:00:00Z", -4, -5],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", 11, 10.5],
  ])("changes its offset with daylight saving time: %s", (id, change, before, after) => {
    const zone = new TimeZone(id);
    expect([zone.offsetAt(at(change) - 1), zone.offsetAt(at(change))]).toEqual([before * HOUR, after * HOUR]);
  });

  test("is that of the choice", () => {
    expect(timeZoneOf("utc", "Asia/Tokyo")).toBe(UTC);
    expect(timeZoneOf("exchange", "Asia/Tokyo").id).toBe("Asia/Tokyo");
    // The switch of the time zone renders with each quote.
    expect(timeZoneOf("exchange", "Asia/Tokyo")).toBe(timeZoneOf("exchange", "Asia/Tokyo"));
    expect(timeZoneOf("local", "Asia/Tokyo").id).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  });
});

describe("the axis of a chart", () => {
  /** Returns the weights of hourly bars. The largest is at the beginning of a day or a longer period. */
  function weightsOf(zone: TimeZone, from: number, count: number, startIndex = 0): number[] {
    const scale = new ZonedTimeScale();
    scale.zone = zone;
    const points = Array.from({ length: count }, (_, index) => {
      const originalTime = ((from + index * HOUR) / 1000) as Time;
      return { timeWeight: 0, time: scale.convertHorzItemToInternal(originalTime), originalTime };
    }) as unknown as Parameters<ZonedTimeScale["fillWeightsForPoints"]>[0];
    scale.fillWeightsForPoints(points, startIndex);
    return points.map(({ timeWeight }) => timeWeight as number);
  }

  test.each([
    [UTC, 24],
    [new TimeZone("America/New_York"), 5],
    [new TimeZone("Asia/Tokyo"), 15],
  ])("marks the day where it begins in the zone", (zone, index) => {
    const weights = weightsOf(zone, at("2026-01-14T00:00:00Z"), 36);
    expect(weights.indexOf(Math.max(...weights.slice(1)), 1)).toBe(index);
    expect(weightsOf(zone, at("2026-01-14T00:00:00Z"), 36, 10).slice(10)).toEqual(weights.slice(10));
  });

  test("marks an hour once if it repeats because clocks are set back", () => {
    const weights = weightsOf(new TimeZone("America/New_York"), at("2026-11-01T00:00:00Z"), 12);
    // From 1:00 EDT, at index 5, to 1:00 EST.
    expect(weights.flatMap((weight, index) => (weight === 0 ? [index] : []))).toEqual([6]);
  });

  test("formats marks and the time under the pointer in the zone", () => {
    const scale = new ZonedTimeScale();
    scale.zone = new TimeZone("America/New_York");
    const time = (at("2026-01-01T03:30:00Z") / 1000) as Time;
    const types = [TickMarkType.Year, TickMarkType.Month, TickMarkType.DayOfMonth, TickMarkType.Time];
    expect(types.map((type) => scale.formatMark(time, type))).toEqual(["2025", "Dec", "31", "22:30"]);
    expect(scale.formatPointer(time, true)).toBe("Dec 31, 2025  22:30");
    expect(scale.formatPointer(time, false)).toBe("Dec 31, 2025");
  });
});
