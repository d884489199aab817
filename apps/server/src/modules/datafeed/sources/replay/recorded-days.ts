import type { TimeZone } from "../../../../market/time-zone.js";
import { Calendar, calendarOf, type LocalTime } from "../../calendar.js";
import { DAY_MS } from "../../resolution.js";

const HOUR_MS = 3_600_000;

/** The most that local time is ahead of UTC at midnight: New Zealand's summer. Later hours are those of America. */
const MAX_AHEAD_MS = 13 * HOUR_MS;

/** Time zones without summer time whose offsets are not whole hours. */
const HALF_HOURS: ReadonlyMap<number, string> = new Map([
  [5.5, "Asia/Kolkata"],
  [6.5, "Asia/Yangon"],
  [9.5, "Australia/Darwin"],
]);

/** The days of a recording: their calendar, and the name of a time zone that has the same ones. */
export interface RecordedDays {
  readonly zone: LocalTime;
  readonly calendar: Calendar;
  /** An IANA name. */
  readonly timezone: string;
}

/**
 * Returns the days of recorded bars of a day or more. They are those of the session's time zone if the bars open at its
 * midnights. Otherwise the bars themselves show at which hour their days begin: those of Tokyo open at 15:00 UTC, nine hours
 * ahead of the date that they belong to.
 *
 * @param times opening times of the bars, ascending
 * @param zone the session's time zone
 */
export function recordedDays(times: readonly number[], zone: TimeZone): RecordedDays {
  const isMidnight = (time: number) => time === zone.toUnix(Math.floor(zone.toLocal(time) / DAY_MS) * DAY_MS);
  if (times.every(isMidnight)) return { zone, calendar: calendarOf(zone.name), timezone: zone.name };
  const aheadMs = offsetOf(times);
  const fixed = { toLocal: (time: number) => time + aheadMs, toUnix: (local: number) => local - aheadMs };
  return { zone: fixed, calendar: new Calendar(fixed), timezone: nameOf(aheadMs / HOUR_MS) };
}

/** Returns the name of a time zone with a constant offset; that of UTC if none has it. */
function nameOf(hoursAhead: number): string {
  if (hoursAhead === 0) return "Etc/UTC";
  const sign = hoursAhead > 0 ? "-" : "+";
  // The names of whole hours have the opposite sign.
  return Number.isInteger(hoursAhead)
    ? `Etc/GMT${sign}${Math.abs(hoursAhead)}`
    : (HALF_HOURS.get(hoursAhead) ?? "Etc/UTC");
}

/**
 * Returns by how much the local time of the bars is ahead of UTC, in milliseconds, so that each opens at its midnight or, in
 * summer, an hour later. Returns 0 if they open at different hours, or in the afternoon of a day that they belong to.
 */
function offsetOf(times: readonly number[]): number {
  const hours = new Set(times.map((time) => modulo(time, DAY_MS)));
  for (const hour of hours) {
    const offset = modulo(-hour, DAY_MS);
    if (![...hours].every((each) => modulo(each + offset, DAY_MS) <= HOUR_MS)) continue;
    if (offset > MAX_AHEAD_MS) return offset - DAY_MS;
    return weekendsOf(times, offset) > weekendsOf(times, 0) ? 0 : offset;
  }
  return 0;
}

/** Returns the number of bars on weekends, which shows whether a day is the right one. */
function weekendsOf(times: readonly number[], offset: number): number {
  // 1970 began on a Thursday.
  return times.filter((time) => modulo(Math.floor((time + offset) / DAY_MS) + 3, 7) >= 5).length;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
