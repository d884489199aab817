/** Converts the time on a clock without a time zone, as if it were UTC milliseconds, to Unix milliseconds. */
export type LocalToUtc = (localMs: number) => number;

/** Order of the numbers in dates such as 03/04/2023. */
export type DateOrder = "day first" | "month first";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Years with two digits: 69 to 99 are in the 20th century, as POSIX defines it. */
const FIRST_SHORT_YEAR = 69;

const ISO = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)$/;
const MONTH_ONLY = /^(\d{4})[-/](\d{1,2})$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?=$|[T ])(.*)$/;
const NUMERIC = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?!\d)(.*)$/;
const DAY_MONTH_NAME = /^(\d{1,2})[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d\d)(?!\d)(.*)$/i;
const MONTH_NAME_DAY = /^([a-z]{3,9})\.? +(\d{1,2}),? +(\d{4})(?!\d)(.*)$/i;
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +/i;

const CLOCK = /^[T ,]*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: *([AP]M))?/i;
const CLOCK_COMPACT = /^[T ]*(\d\d)(\d\d)(\d\d)?(?!\d)/;
/** An hour alone, as in `2017-07-01 11-AM`. */
const CLOCK_HOUR = /^ +(\d{1,2})[ -]?([AP]M)/i;
const ZONE = /^ *(?:Z|UTC|GMT)?(?:([+-])(\d\d)(?::?(\d\d))?)?$/i;

/** Returns the Unix milliseconds of a date with or without a time of day and a zone; undefined if it is none, or does not exist. */
export function timeOfText(text: string, order: DateOrder, toUtc: LocalToUtc): number | undefined {
  const date = dateOf(text, order);
  if (date === undefined) return undefined;
  const { year, month, day, rest } = date;
  if (!isInCalendar(year, month, day)) return undefined;
  const midnight = Date.UTC(year, month - 1, day);
  if (rest === "") return toUtc(midnight);
  const clock = clockOf(rest);
  if (clock === undefined) return undefined;
  const local = midnight + clock.ms;
  if (clock.rest === "") return toUtc(local);
  const zone = ZONE.exec(clock.rest);
  if (zone === null) return undefined;
  const [, sign, hours = "0", minutes = "0"] = zone;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return local - (sign === "-" ? -offsetMs : offsetMs);
}

/**
 * Returns the orders in which dates such as 03/04/2023 can be read: that of the first date that can only be read in one,
 * otherwise both; none if the dates are written otherwise.
 */
export function dateOrdersOf(cells: readonly string[]): readonly DateOrder[] {
  let isNumeric = false;
  for (const cell of cells) {
    const [, first, sign, second] = NUMERIC.exec(cell) ?? [];
    if (sign === undefined || sign === ".") continue;
    isNumeric = true;
    if (Number(first) > 12) return ["day first"];
    if (Number(second) > 12) return ["month first"];
  }
  return isNumeric ? ["month first", "day first"] : [];
}

/** Returns whether a date exists in the Gregorian calendar. @param month from 1 */
export function isInCalendar(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || year < 100) return false;
  return day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Returns the time of day in milliseconds; undefined if it does not exist. */
export function msOfDay(hour: number, minute: number, second = 0, fraction = ""): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return (hour * 3_600 + minute * 60 + second) * 1_000 + Math.floor(Number(`0.${fraction || "0"}`) * 1_000);
}

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly rest: string;
}

function dateOf(text: string, order: DateOrder): DateParts | undefined {
  let match = ISO.exec(text);
  if (match !== null) return parts(match[1], match[3], match[4], match[5]);
  match = COMPACT.exec(text);
  if (match !== null) return parts(match[1], match[2], match[3], match[4]);
  match = NUMERIC.exec(text);
  if (match !== null) {
    const [, first, sign, second, year, rest] = match;
    const isDayFirst = sign === "." || order === "day first";
    return isDayFirst ? parts(year, second, first, rest) : parts(year, first, second, rest);
  }
  match = MONTH_ONLY.exec(text);
  if (match !== null) return parts(match[1], match[2], "1", "");
  match = DAY_MONTH_NAME.exec(text);
  if (match !== null) return parts(match[3], monthOf(match[2]), match[1], match[4]);
  match = MONTH_NAME_DAY.exec(text.replace(WEEKDAY, ""));
  return match === null ? undefined : parts(match[3], monthOf(match[1]), match[2], match[4]);
}

function parts(year = "", month: string | number = "", day = "", rest = ""): DateParts {
  return { year: fullYear(year), month: Number(month), day: Number(day), rest };
}

function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < FIRST_SHORT_YEAR ? 2000 + year : 1900 + year;
}

/** Returns the number of a month from 1; 0 if the name is none. */
function monthOf(name = ""): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

function clockOf(text: string): { readonly ms: number; readonly rest: string } | undefined {
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [all, hour, minute, second, fraction, half] = clock;
    return withRest(msOfDay(hourOf(Number(hour), half), Number(minute), Number(second ?? 0), fraction), text, all);
  }
  const compact = CLOCK_COMPACT.exec(text);
  if (compact !== null) {
    const [all, hour, minute, second] = compact;
    return withRest(msOfDay(Number(hour), Number(minute), Number(second ?? 0)), text, all);
  }
  const hourOnly = CLOCK_HOUR.exec(text);
  if (hourOnly !== null) return withRest(msOfDay(hourOf(Number(hourOnly[1]), hourOnly[2]), 0), text, hourOnly[0]);
  return { ms: 0, rest: text };
}

function withRest(ms: number | undefined, text: string, taken: string) {
  return ms === undefined ? undefined : { ms, rest: text.slice(taken.length) };
}

/** Returns the hour of the day of an hour with AM or PM; 24, which does not exist, if it is not from 1 to 12. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase() === "pm" ? 12 : 0);
}
