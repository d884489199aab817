import { describe, expect, test } from "vitest";
import { TimeZone, UTC } from "../../../../../src/market/time-zone.js";
import { Recording } from "../../../../../src/modules/datafeed/sources/replay/recording.js";

/** Writes daily bars of January to April 2024, at a local hour of a time zone. @param weekdays whether without weekends */
function dailyCsv(zone: TimeZone, { hour = 0, weekdays = true } = {}): string {
  const lines = ["time,open,high,low,close,volume"];
  for (let day = Date.UTC(2024, 0, 1); day < Date.UTC(2024, 4, 1); day += 86_400_000) {
    const date = new Date(day);
    if (weekdays && [0, 6].includes(date.getUTCDay())) continue;
    const price = 100 * (date.getUTCMonth() + 1) + date.getUTCDate();
    lines.push(`${zone.toUnix(day + hour * 3_600_000)},${price},${price},${price},${price},1`);
  }
  return lines.join("\n");
}

const months = (recording: Recording) =>
  recording.history("M", recording.length, undefined, 9).map(({ open, close, volume }) => [open, close, volume]);

/** The first and the last weekday of each month, and their number. */
const WEEKDAYS = [
  [101, 131, 23],
  [201, 229, 21],
  [301, 329, 21],
  [401, 430, 22],
];

describe("daily bars", () => {
  test.each([
    ["Etc/UTC", "Etc/UTC"],
    ["Asia/Tokyo", "Etc/GMT-9"],
    ["Africa/Lagos", "Etc/GMT-1"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    // With summer time, their midnight is at two hours of UTC.
    ["Europe/Berlin", "Etc/GMT-2"],
    ["Europe/London", "Etc/GMT-1"],
    ["America/New_York", "Etc/GMT+4"],
    ["Pacific/Auckland", "Etc/GMT-13"],
  ])("that open at midnight in %s belong to their own month, also without a setting", (name, timezone) => {
    const zone = TimeZone.of(name);
    const unset = new Recording(dailyCsv(zone), "x.csv");
    expect(months(unset)).toEqual(WEEKDAYS);
    expect(unset.timezone).toBe(timezone);
    const set = new Recording(dailyCsv(zone), "x.csv", zone);
    expect(months(set)).toEqual(WEEKDAYS);
    expect(set.timezone).toBe(name);
    expect(set.notes).toEqual([]);
    // Months open at local midnight.
    expect(set.history("M", set.length, undefined, 9).map(({ time }) => zone.toLocal(time))).toEqual(
      [0, 1, 2, 3].map((month) => Date.UTC(2024, month)),
    );
  });

  test.each([
    ["at New York's opening", 9],
    ["at New York's close", 16],
  ])("that are dated %s belong to their date", (_name, hour) => {
    expect(months(new Recording(dailyCsv(TimeZone.of("America/New_York"), { hour }), "x.csv"))).toEqual(WEEKDAYS);
  });

  test("that open at another midnight are noted, with the variable to set", () => {
    expect(new Recording(dailyCsv(TimeZone.of("Asia/Tokyo")), "x.csv").notes).toEqual([
      "The bars open at 15:00 UTC, which is not midnight in Etc/UTC: their days are those of Etc/GMT-9. Set REPLAY_TIMEZONE to the session's time zone, such as Asia/Tokyo.",
    ]);
  });

  test("that open at midnight on every day of the week in Tokyo belong to the days of Tokyo", () => {
    const csv = dailyCsv(TimeZone.of("Asia/Tokyo"), { weekdays: false });
    expect(months(new Recording(csv, "x.csv")).map(([open]) => open)).toEqual([101, 201, 301, 401]);
  });

  test("have the same local time in each pass of a loop, and weeks that begin on Mondays", () => {
    const zone = TimeZone.of("America/New_York");
    const recording = new Recording(dailyCsv(zone), "x.csv", zone);
    const times = Array.from({ length: recording.length * 4 }, (_, index) => recording.bar(index).time);
    expect(new Set(times.map((time) => zone.toLocal(time) % 86_400_000))).toEqual(new Set([0]));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    for (const { time, volume } of recording.history("W", times.length, undefined, 60)) {
      expect(new Date(zone.toLocal(time)).getUTCDay()).toBe(1);
      expect(volume).toBeLessThanOrEqual(5);
    }
  });
});

test("minute bars are aggregated into the days of the session's time zone", () => {
  const lines = ["time,open,high,low,close,volume"];
  const start = Date.parse("2024-02-01T00:00+09:00");
  for (let minute = 0; minute < 1_440; minute += 10)
    lines.push(`${start + minute * 60_000},1,1,1,1,1`, `${start + minute * 60_000 + 60_000},1,1,1,1,1`);
  const text = lines.join("\n");
  const volumes = (zone: TimeZone) => {
    const recording = new Recording(text, "x.csv", zone);
    return recording.history("D", recording.length, undefined, 9).map(({ volume }) => volume);
  };
  expect(volumes(TimeZone.of("Asia/Tokyo"))).toEqual([288]);
  expect(volumes(UTC)).toEqual([108, 180]);
});
