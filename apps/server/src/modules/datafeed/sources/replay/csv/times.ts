import { quoted } from "./recording-error.js";
import { isTimeNumber, numberTimesOf } from "./time-numbers.js";
import { type DateOrder, dateOrdersOf, type LocalToUtc, timeOfText } from "./time-text.js";

/** Returns an error for the cell at an index. */
export type FailAt = (index: number, problem: string) => Error;

const YEARS = { from: 1600, to: 2100 };
const EARLIEST = Date.UTC(YEARS.from, 0);
const LATEST = Date.UTC(YEARS.to + 1, 0);

const EXPECTED = "expected a date that exists, such as 2026-01-31 or 2026-01-31 09:30, or a Unix time";
const REMEDY = "Correct the line, or delete it.";

/** Unix times below this many seconds, March 1973, can be something else than times. */
const SUSPECT_MS = 100_000_000_000;

/** Range of the day numbers that spreadsheets write for dates from 1954 to 2119. */
const DAY_NUMBERS = { from: 20_000, to: 80_000 };

/**
 * Returns the Unix milliseconds of a column of times. Their form is that of the whole column: no cell is read for itself.
 *
 * @param cells not empty
 * @throws the error that `failAt` returns, for the first cell that is not a time, or whose time is out of range
 */
export function timesOf(cells: readonly string[], toUtc: LocalToUtc, failAt: FailAt): number[] {
  const numbers = cells.reduce((sum, cell) => sum + (isTimeNumber(cell) ? 1 : 0), 0);
  const times = numbers > cells.length / 2 ? numbersOf(cells, toUtc, failAt) : textsOf(cells, toUtc, failAt);
  for (const [index, time] of times.entries()) {
    if (time >= EARLIEST && time < LATEST) continue;
    const year = Math.abs(time) <= 8.64e15 ? `the year ${new Date(time).getUTCFullYear()}` : "no year of a calendar";
    const problem = `it is in ${year}, expected ${YEARS.from} to ${YEARS.to}`;
    throw failAt(index, `invalid time ${quoted(cells[index] as string)}: ${problem}. ${REMEDY}`);
  }
  return times;
}

/**
 * Joins dates with the times of day of another column, whose digits are HHMM or, if one cell has more than four, HHMMSS.
 * Spreadsheets drop their leading zeros.
 */
export function withClocks(dates: readonly string[], clocks: readonly string[], failAt: FailAt): string[] {
  const width = clocks.some((cell) => /^\d{5,6}$/.test(cell)) ? 6 : 4;
  return dates.map((date, index) => {
    const clock = clocks[index] as string;
    if (clock.includes(":")) return `${date} ${clock}`;
    if (/^\d{1,6}$/.test(clock)) return `${date} ${clock.padStart(width, "0")}`;
    throw failAt(index, `invalid time ${quoted(clock)}: expected a time of day, such as 09:30 or 0930. ${REMEDY}`);
  });
}

function numbersOf(cells: readonly string[], toUtc: LocalToUtc, failAt: FailAt): number[] {
  const { form, timeOf } = numberTimesOf(cells, toUtc);
  const times = cells.map((cell, index) => {
    const time = timeOf(cell);
    if (time !== undefined) return time;
    throw failAt(index, `invalid time ${quoted(cell)}: ${EXPECTED}. The other lines have ${form}. ${REMEDY}`);
  });
  if (form === "Unix seconds") assertNoCounts(cells, times, failAt);
  return times;
}

/** Rejects numbers that are no Unix seconds: bars begin at whole minutes, numbers that count something do not. */
function assertNoCounts(cells: readonly string[], times: readonly number[], failAt: FailAt): void {
  if (times.some((time) => Math.abs(time) >= SUSPECT_MS)) return;
  const index = times.findIndex((time) => time % 60_000 !== 0);
  if (index === -1) return;
  const value = Number(cells[index]);
  const isDayNumber = value >= DAY_NUMBERS.from && value < DAY_NUMBERS.to;
  const meaning = isDayNumber
    ? "it is a spreadsheet's number of a day. Format the column as dates, and save the file again"
    : `as Unix seconds it is ${new Date(times[index] as number).toISOString()}, where no bar begins. Write dates such as 2026-01-31`;
  throw failAt(index, `invalid time ${quoted(cells[index] as string)}: ${meaning}.`);
}

function textsOf(cells: readonly string[], toUtc: LocalToUtc, failAt: FailAt): number[] {
  const order = dateOrderOf(cells, toUtc, failAt);
  return cells.map((cell, index) => {
    const time = timeOfText(cell, order, toUtc);
    if (time !== undefined) return time;
    throw failAt(index, `invalid time ${quoted(cell)}: ${EXPECTED}. ${REMEDY}`);
  });
}

/** Number of dates up to which days 1 to 12 of a January and the first days of twelve months look alike. */
const MAX_ALIKE = 12;

/**
 * Returns the order of day and month. If no date of the column shows it, as 1/1/1957, 2/1/1957, … do not, it is the one in
 * which the largest step is clearly smaller: a month here, not a year.
 */
function dateOrderOf(cells: readonly string[], toUtc: LocalToUtc, failAt: FailAt): DateOrder {
  const orders = dateOrdersOf(cells);
  const [first = "month first", second] = orders;
  if (second === undefined) return first;
  const [firstMs, secondMs] = [largestStep(cells, first, toUtc), largestStep(cells, second, toUtc)];
  const isClear = (stepMs: number, otherMs: number) =>
    otherMs === Number.POSITIVE_INFINITY || (cells.length > MAX_ALIKE && stepMs <= otherMs / 2);
  if (isClear(firstMs, secondMs)) return first;
  if (isClear(secondMs, firstMs)) return second;
  const remedy = "Write dates such as 2026-01-31.";
  throw failAt(0, `invalid time ${quoted(cells[0] as string)}: day and month cannot be distinguished. ${remedy}`);
}

/** Returns the largest step between two times that are read in an order, if they ascend or descend; otherwise infinity. */
function largestStep(cells: readonly string[], order: DateOrder, toUtc: LocalToUtc): number {
  let largest = 0;
  let direction = 0;
  let before: number | undefined;
  for (const cell of cells) {
    const time = timeOfText(cell, order, toUtc);
    if (time === undefined) return Number.POSITIVE_INFINITY;
    const step = before === undefined ? 0 : time - before;
    if (step !== 0) direction ||= Math.sign(step);
    if (step * direction < 0) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(step));
    before = time;
  }
  return largest;
}
