import type { Resolution } from "../rest/symbols.js";

const DAY_MS = 86_400_000;

/** Resolutions whose bars are dated by their day. */
const BY_DAY: ReadonlySet<Resolution> = new Set<Resolution>(["D", "W", "M"]);

/** Converts the opening times of a chart's bars. In Unix milliseconds. */
export interface ChartDays {
  /** Converts a time of the server to the library's. */
  toChart(time: number): number;
  /** Converts a time of the library to the server's. */
  toServer(time: number): number;
}

const UNCHANGED: ChartDays = { toChart: (time) => time, toServer: (time) => time };

/** Earlier times have the offset of 1900: time zones are younger. */
const FIRST_OFFSET = Date.UTC(1900, 0);

const known = new Map<string, ChartDays>();

/**
 * Returns the conversion for a chart. The library dates bars of days, weeks and months at midnight UTC of their day, while they
 * open at midnight in the time zone of the symbol: in Tokyo, nine hours before.
 *
 * @param timezone an IANA name. @default UTC; also for one that the platform does not know
 */
export function chartDays(timezone: string | undefined, resolution: Resolution): ChartDays {
  if (timezone === undefined || !BY_DAY.has(resolution)) return UNCHANGED;
  const days = known.get(timezone) ?? daysOf(timezone);
  known.set(timezone, days);
  return days;
}

function daysOf(timeZone: string): ChartDays {
  if (/^(Etc\/)?(UTC|GMT|UCT|Zulu)$/.test(timeZone)) return UNCHANGED;
  let format: Intl.DateTimeFormat;
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone, ...numeric, second: "numeric", hourCycle: "h23" });
  } catch {
    return UNCHANGED;
  }
  const offsetAt = (time: number) => {
    const at = Math.max(FIRST_OFFSET, Math.floor(time / 1_000) * 1_000);
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - at;
  };
  return {
    // A day can begin at 01:00, if the clocks skip its midnight.
    toChart: (time) => Math.floor((time + offsetAt(time)) / DAY_MS) * DAY_MS,
    toServer: (time) => time - offsetAt(time - offsetAt(time)),
  };
}
