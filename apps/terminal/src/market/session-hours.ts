import type { TimeZone } from "../page/time-zone.js";

/** Sundays to Saturdays, as the charting library counts days. */
const ALL_DAYS = "1234567";

/**
 * Returns whether a market is open at a time. A session that cannot be parsed is always open, so that a mistake in it hides no prices.
 *
 * @param session trading hours in the charting library's format: `24x7`, `0930-1600`, `1700-1700:23456|0900-1200:7`
 * @param ms Unix milliseconds
 */
export function isOpenAt(session: string, zone: TimeZone, ms: number): boolean {
  const parts = session.split("|").map(parsePart);
  if (parts.length === 0 || parts.some((part) => part === undefined)) return true;
  const local = new Date(ms + zone.offsetAt(ms));
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  const day = local.getUTCDay();
  return parts.some((part) => {
    const { from, to, days } = part as SessionPart;
    const has = (weekday: number) => days.includes(String(((weekday + 7) % 7) + 1));
    if (from < to) return has(day) && minute >= from && minute < to;
    // A session past midnight belongs to the day on which it ends.
    return (minute >= from && has(day + 1)) || (minute < to && has(day));
  });
}

interface SessionPart {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** Digits of days, 1 is Sunday. */
  readonly days: string;
}

function parsePart(text: string): SessionPart | undefined {
  if (text === "24x7") return { from: 0, to: 1_440, days: ALL_DAYS };
  const [, from = "", to = "", days = ALL_DAYS] = /^(\d{4})-(\d{4})(?::([1-7]+))?$/.exec(text) ?? [];
  if (from === "") return undefined;
  const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(2));
  return { from: minutes(from), to: minutes(to) || 1_440, days };
}
