import { TimeZone } from "../../../market/time-zone.js";
import type { Instrument } from "./instrument.js";

const DAY_MS = 86_400_000;

/** Trading days without any in the session: Monday to Friday, 1 is Sunday. */
const WEEKDAYS = "23456";

/**
 * Returns when the current or next trading day ends, Unix milliseconds after `now`: the end of the session, or midnight
 * for markets that never close.
 */
export function tradingDayEnd(now: number, { session, timezone }: Pick<Instrument, "session" | "timezone">): number {
  const isAlways = session === "24x7";
  const [hours = "", days = isAlways ? "1234567" : WEEKDAYS] = (session.split("|")[0] ?? "").split(":");
  const [, hour = "24", minute = "00"] = isAlways ? [] : (/(\d\d)(\d\d)$/.exec(hours) ?? []);
  const endMs = Number(hour) * 3_600_000 + Number(minute) * 60_000 || DAY_MS;
  const zone = TimeZone.of(timezone);
  const today = Math.floor(zone.toLocal(now) / DAY_MS) * DAY_MS;
  for (let day = today; ; day += DAY_MS) {
    const end = zone.toUnix(day + endMs);
    const weekday = `${new Date(day).getUTCDay() + 1}`;
    if (end > now && (days.includes(weekday) || day > today + 7 * DAY_MS)) return end;
  }
}
