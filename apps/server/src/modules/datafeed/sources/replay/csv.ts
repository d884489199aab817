import type { Bar } from "@trading/topic";

const COLUMNS = ["time", "open", "high", "low", "close", "volume"] as const;
type Column = (typeof COLUMNS)[number];

/** Accepted names of the time column. */
const TIME_NAMES = ["time", "date", "datetime", "timestamp"];

/** An invalid recording. The message names the file, the line and what was expected. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
  readonly file: string;
  /** Line number, 1 for the header; undefined if the error concerns no single line. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string) {
    super(line === undefined ? `${file}: ${problem}` : `${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

/**
 * Parses recorded bars: CSV with a header line and the columns time (or date), open, high, low, close and volume, in
 * any order and case; other columns are ignored. Times are ISO dates (UTC without a time zone), Unix seconds or Unix
 * milliseconds, in ascending order.
 *
 * @param file its name, for error messages
 * @throws RecordingError
 */
export function parseRecording(text: string, file: string): Bar[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const header = cellsOf(lines[0] ?? "").map((name) => name.toLowerCase());
  const positions = new Map(COLUMNS.map((column) => [column, positionOf(column, header, file)]));
  const bars: Bar[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const fail = (problem: string) => new RecordingError(file, index + 1, problem);
    const cells = cellsOf(line);
    const cell = (column: Column) => cells[positions.get(column) as number] ?? "";
    const price = (column: Column) => {
      const value = numberOf(cell(column));
      if (value === undefined) throw fail(`invalid ${column} ${JSON.stringify(cell(column))}: expected a number`);
      return value;
    };
    const volume = numberOf(cell("volume"));
    if (volume === undefined || !Number.isSafeInteger(volume) || volume < 0) {
      throw fail(`invalid volume ${JSON.stringify(cell("volume"))}: expected a whole number of at least 0`);
    }
    const time = timeOf(cell("time"));
    if (time === undefined) {
      const expected = "expected an ISO date, Unix seconds or Unix milliseconds";
      throw fail(`invalid time ${JSON.stringify(cell("time"))}: ${expected}`);
    }
    const previous = bars.at(-1);
    if (previous !== undefined && time <= previous.time) {
      throw fail(`invalid time ${JSON.stringify(cell("time"))}: expected one after that of the previous line`);
    }
    const [open, high, low, close] = [price("open"), price("high"), price("low"), price("close")];
    if (high < low) throw fail(`invalid high ${JSON.stringify(cell("high"))}: expected at least the low, ${low}`);
    for (const [column, value] of Object.entries({ open, close })) {
      if (value >= low && value <= high) continue;
      throw fail(
        `invalid ${column} ${JSON.stringify(cell(column as Column))}: expected a price from ${low} to ${high}, the low and high`,
      );
    }
    bars.push({ time, open, high, low, close, volume });
  }
  return bars;
}

function positionOf(column: Column, header: readonly string[], file: string): number {
  const names = column === "time" ? TIME_NAMES : [column];
  const position = header.findIndex((name) => names.includes(name));
  if (position === -1) {
    const expected = `expected a header with the columns ${COLUMNS.join(",")}`;
    throw new RecordingError(file, 1, `missing column "${column}" in ${JSON.stringify(header.join(","))}: ${expected}`);
  }
  return position;
}

function cellsOf(line: string): string[] {
  return line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

function numberOf(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Unix times below this are seconds: as milliseconds they would be before March 1973, as seconds they reach the year
 * 5138.
 */
const FIRST_MILLISECONDS = 100_000_000_000;

function timeOf(text: string): number | undefined {
  if (/^\d{1,16}$/.test(text)) {
    const time = Number(text);
    return time < FIRST_MILLISECONDS ? time * 1_000 : time;
  }
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (iso === null) return undefined;
  const [, date, clock = "00:00", zone = "Z"] = iso;
  const time = Date.parse(`${date}T${clock}${zone}`);
  return Number.isNaN(time) || !isInCalendar(date as string) ? undefined : time;
}

/** Returns whether a date exists, because `Date.parse` reads February 30 as March 1. */
function isInCalendar(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}
