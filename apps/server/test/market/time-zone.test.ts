import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { TimeZone } from "../../src/market/time-zone.js";

const ZONES = ["Etc/UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "America/St_Johns"];

describe("a time zone", () => {
  test("shows the same local time as the platform", () => {
    const time = fc.integer({ min: Date.UTC(1850, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), time, (name, unix) => {
        const shown = new Date(TimeZone.of(name).toLocal(unix)).toISOString().slice(0, 19);
        // Swedish dates are ISO dates.
        const expected = new Intl.DateTimeFormat("sv", { timeZone: name, dateStyle: "short", timeStyle: "medium" });
        expect(shown.replace("T", " ")).toBe(expected.format(unix));
      }),
      { numRuns: 500 },
    );
  });

  test("converts local times back, except those that clocks skip or repeat", () => {
    const time = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), time, (name, unix) => {
        const zone = TimeZone.of(name);
        const again = zone.toUnix(zone.toLocal(unix));
        expect(zone.toLocal(again)).toBe(zone.toLocal(unix));
        expect(again).toBeLessThanOrEqual(unix);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["the first of two", "2026-11-01T01:30", "2026-11-01T01:30-04:00"],
    ["the change, if clocks skip it", "2026-03-08T02:30", "2026-03-08T03:00-04:00"],
  ])("converts a local time to %s", (_name, local, unix) => {
    const converted = TimeZone.of("America/New_York").toUnix(Date.parse(`${local}Z`));
    expect(new Date(converted).toISOString()).toBe(new Date(unix).toISOString());
  });

  test("asks the platform a few times for each week, however many times are converted", () => {
    const zone = TimeZone.of("Pacific/Auckland");
    const reads = vi.spyOn(Intl.DateTimeFormat.prototype, "formatToParts");
    const start = Date.UTC(2026, 0, 1);
    for (let minute = 0; minute < 365 * 1_440; minute += 7) zone.toLocal(start + minute * 60_000);
    expect(reads.mock.calls.length).toBeLessThan(53 * 2 + 2 * 25);
    reads.mockRestore();
  });

  test.each(["Mars/Olympus", "", "x"])("refuses the name %j", (name) => {
    expect(TimeZone.isKnown(name)).toBe(false);
    expect(() => TimeZone.of(name)).toThrow(RangeError);
  });
});
