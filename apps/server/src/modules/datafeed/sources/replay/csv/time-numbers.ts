import { isInCalendar, type LocalToUtc, msOfDay } from "./time-text.js";

/** A column of numbers that are times. */
export interface NumberTimes {
  /** The form in words: `Unix milliseconds`. */
  readonly form: string;
  /** Returns the Unix milliseconds of a cell; undefined if it has no such time. */
  readonly timeOf: (cell: string) => number | undefined;
}

const NUMBER = /^[+-]?\d{1,20}(?:\.\d*)?(?:e\+?\d{1,2})?$/i;

/** Units of Unix times: the length in milliseconds, and the values below which one is meant, which are in the year 2103. */
const UNITS = [
  { form: "Unix seconds", perMs: 1 / 1_000, below: 4.2e9 },
  { form: "Unix milliseconds", perMs: 1, below: 4.2e12 },
  { form: "Unix microseconds", perMs: 1_000, below: 4.2e15 },
  { form: "Unix nanoseconds", perMs: 1_000_000, below: Number.POSITIVE_INFINITY },
] as const;

type Unit = (typeof UNITS)[number];

/** Dates as digits, by their number: year, month, day, and the time of day. pandas writes 20230131.0 for a column with gaps. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(\d{3})?)?)?(?:\.0*)?$/;

const COMPACT_YEARS = { from: 1600, to: 2199 };

/** Returns whether a cell can be a time that is written as a number. */
export function isTimeNumber(cell: string): boolean {
  return NUMBER.test(cell);
}

/**
 * Returns how the numbers of a whole column are times: as dates in digits, such as 20230131 or 20230131093000, if most of them are
 * dates that exist; otherwise as Unix times, whose unit their magnitude shows.
 */
export function numberTimesOf(cells: readonly string[], toUtc: LocalToUtc): NumberTimes {
  const dates = cells.reduce((sum, cell) => sum + (dateOfDigits(cell) === undefined ? 0 : 1), 0);
  if (dates > cells.length / 2) {
    const timeOf = (cell: string) => {
      const local = dateOfDigits(cell);
      return local === undefined ? undefined : toUtc(local);
    };
    return { form: "dates such as 20230131", timeOf };
  }
  const units = new Set(cells.map(unitOf));
  const largest = UNITS.findLast((unit) => units.has(unit)) ?? UNITS[0];
  if (units.size > 1 && isMixed(cells, largest)) {
    return { form: "Unix times of several units", timeOf: (cell) => toMs(cell, unitOf(cell)) };
  }
  return { form: largest.form, timeOf: (cell) => toMs(cell, largest) };
}

/** Returns a date in digits as local milliseconds; undefined if it does not exist. */
function dateOfDigits(cell: string): number | undefined {
  const match = COMPACT.exec(cell);
  if (match === null) return undefined;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction] = match;
  const clock = msOfDay(Number(hour), Number(minute), Number(second), fraction);
  const isYear = Number(year) >= COMPACT_YEARS.from && Number(year) <= COMPACT_YEARS.to;
  if (!isYear || clock === undefined || !isInCalendar(Number(year), Number(month), Number(day))) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) + clock;
}

function unitOf(cell: string): Unit {
  const magnitude = Math.abs(Number(cell));
  return UNITS.find(({ below }) => magnitude < below) ?? UNITS[0];
}

function toMs(cell: string, { perMs }: Unit): number | undefined {
  return NUMBER.test(cell) ? Math.round(Number(cell) / perMs) : undefined;
}

/**
 * Returns whether the unit changes within a column, as in files that are joined: Binance's are in milliseconds until 2024
 * and in microseconds from 2025. Small numbers in a column of a larger unit are times near 1970 otherwise: where the
 * magnitude changes, the right unit is the one with the smaller step.
 */
function isMixed(cells: readonly string[], largest: Unit): boolean {
  return cells.every((cell, at) => {
    const before = cells[at - 1];
    if (before === undefined || unitOf(before) === unitOf(cell)) return true;
    const step = (unit?: Unit) =>
      Math.abs((toMs(cell, unit ?? unitOf(cell)) ?? 0) - (toMs(before, unit ?? unitOf(before)) ?? 0));
    return step() < step(largest);
  });
}
