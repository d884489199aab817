import { TimeZone } from "../../market/time-zone.js";
import type { Instrument } from "./market-source.js";
import { DAY_MS, isFiner, type Resolution, SHORTEST_MS, type StartOfBar } from "./resolution.js";

/** Unix time began on a Thursday, which is this number of days after Monday. */
const EPOCH_WEEKDAY = 3;

/** Bars of these lengths open at the same times in every zone, because offsets are multiples of 15 minutes. */
const QUARTER_MS = 900_000;

/** The part of a time zone that a calendar uses. */
export type LocalTime = Pick<TimeZone, "toLocal" | "toUnix">;

/**
 * When bars open: days at local midnight, weeks on Mondays, months on their first day. A day on which clocks change has 23 or
 * 25 hours; one whose midnight is skipped opens with the first moment after it.
 */
export class Calendar {
  readonly #zone: LocalTime;
  /** The last day, week and month: most requests are for the same ones. */
  readonly #last = new Map<Resolution, { readonly start: number; readonly next: number }>();

  /** @param zone the time zone of the session */
  constructor(zone: LocalTime) {
    this.#zone = zone;
  }

  /** Returns the opening time of the bar that contains a time. In Unix milliseconds. */
  barStart(resolution: Resolution, time: number): number {
    if (!isFiner(resolution, "D")) return this.#period(resolution, time).start;
    const lengthMs = SHORTEST_MS[resolution];
    if (lengthMs <= QUARTER_MS) return Math.floor(time / lengthMs) * lengthMs;
    const local = this.#zone.toLocal(time);
    const start = time - (((local % lengthMs) + lengthMs) % lengthMs);
    // After a change by half an hour the first bar is shorter.
    return this.#zone.toLocal(start) === local - (time - start) ? start : this.#changeBefore(start, time);
  }

  /** Returns the opening time of the bar after the one that contains a time. */
  nextBarStart(resolution: Resolution, time: number): number {
    if (!isFiner(resolution, "D")) return this.#period(resolution, time).next;
    const start = this.barStart(resolution, time);
    const end = start + SHORTEST_MS[resolution];
    // Clocks that change within a bar end it, wherever in the hour they change.
    const last = this.barStart(resolution, end - 1);
    if (last > start) return last;
    // The bar that contains `end` began earlier if clocks changed by half an hour.
    const next = this.barStart(resolution, end);
    return next > start ? next : end;
  }

  /** Returns the day, week or month that contains a time. */
  #period(resolution: Resolution, time: number) {
    const last = this.#last.get(resolution);
    if (last !== undefined && last.start <= time && time < last.next) return last;
    const day = this.#dayOf(time);
    const start = this.#dayStart(firstDayOf(resolution, day));
    const period = { start, next: this.#dayStart(nextDayOf(resolution, day)) };
    this.#last.set(resolution, period);
    return period;
  }

  /** Returns the local day of a time, in days since 1970. Once a day has begun, a clock set back does not end it. */
  #dayOf(time: number): number {
    const day = Math.floor(this.#zone.toLocal(time) / DAY_MS);
    return time >= this.#dayStart(day + 1) ? day + 1 : day;
  }

  #dayStart(day: number): number {
    return this.#zone.toUnix(day * DAY_MS);
  }

  /** Returns when the clocks changed within a period, by bisecting. */
  #changeBefore(from: number, to: number): number {
    const offsetAt = (time: number) => this.#zone.toLocal(time) - time;
    const after = offsetAt(to);
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === after) high = middle;
      else low = middle;
    }
    return high;
  }
}

/** Returns the first day of the period that contains a day. */
function firstDayOf(resolution: Resolution, day: number): number {
  if (resolution === "D") return day;
  if (resolution === "W") return day - ((((day + EPOCH_WEEKDAY) % 7) + 7) % 7);
  const date = new Date(day * DAY_MS);
  return dayNumber(date.getUTCFullYear(), date.getUTCMonth());
}

/** Returns the first day after the period that contains a day. */
function nextDayOf(resolution: Resolution, day: number): number {
  const first = firstDayOf(resolution, day);
  if (resolution !== "M") return first + (resolution === "W" ? 7 : 1);
  const date = new Date(first * DAY_MS);
  return dayNumber(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** Returns the first day of a month. Unlike `Date.UTC`, takes years below 100 as they are. */
function dayNumber(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1) / DAY_MS;
}

const calendars = new Map<string, Calendar>();

/** Returns the calendar of a time zone. @param name an IANA name @throws RangeError for an unknown one */
export function calendarOf(name: string): Calendar {
  const known = calendars.get(name) ?? new Calendar(TimeZone.of(name));
  calendars.set(name, known);
  return known;
}

/** The calendar of coordinated universal time. */
export const UTC_CALENDAR = calendarOf("Etc/UTC");

/** Returns when the bars of an instrument open: as its source says, otherwise by the calendar of its time zone. */
export function startOfBars(source: { readonly barStart?: StartOfBar }, { timezone }: Instrument): StartOfBar {
  const calendar = calendarOf(timezone ?? "Etc/UTC");
  return source.barStart ?? ((resolution, time) => calendar.barStart(resolution, time));
}
