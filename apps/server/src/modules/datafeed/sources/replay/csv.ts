import type { Bar } from "@trading/topic";

const COLUMNS = ["time", "open", "high", "low", "close", "volume"] as const;
type Column = (typeof COLUMNS)[number];

/** What a time column may be called instead. */
const TIME_NAMES = ["time", "date", "datetime", "timestamp"];

/** A recording that cannot be played. The message names the file, the line and what was expected. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
  readonly file: string;
  /** Counted from 1, the header's; undefined where no line is to blame. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string) {
    super(line === undefined ? `${file}: ${problem}` : `${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

/**
 * Reads recorded bars: CSV with a header line and the columns time (or date), open, high, low, close and volume, in any
 * order and case; other columns are ignored. Times are ISO dates (UTC where they name no zone), Unix seconds or Unix
 * milliseconds, and ascend.
 *
 * @param file its name, for the error
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
      if (value === undefined) throw fail(`${column} is ${JSON.stringify(cell(column))}: a number was expected`);
      return value;
    };
    const volume = numberOf(cell("volume"));
    if (volume === undefined || !Number.isSafeInteger(volume) || volume < 0) {
      throw fail(`volume is ${JSON.stringify(cell("volume"))}: a whole number of at least 0 was expected`);
    }
    const time = timeOf(cell("time"));
    if (time === undefined) {
      const expected = "an ISO date, Unix seconds or Unix milliseconds were expected";
      throw fail(`time is ${JSON.stringify(cell("time"))}: ${expected}`);
    }
    const previous = bars.at(-1);
    if (previous !== undefined && time <= previous.time) {
      throw fail(`time is ${JSON.stringify(cell("time"))}: one later than the line before was expected`);
    }
    const [open, high, low, close] = [price("open"), price("high"), price("low"), price("close")];
    if (high < low) throw fail(`high is ${JSON.stringify(cell("high"))}: at least the low, ${low}, was expected`);
    for (const [column, value] of Object.entries({ open, close })) {
      if (value >= low && value <= high) continue;
      throw fail(
        `${column} is ${JSON.stringify(cell(column as Column))}: a price from ${low} to ${high}, low to high, was expected`,
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
    const expected = `a header with the columns ${COLUMNS.join(",")} was expected`;
    throw new RecordingError(
      file,
      1,
      `there is no column "${column}" in ${JSON.stringify(header.join(","))}: ${expected}`,
    );
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

/** Unix times below this are seconds: as milliseconds they would be before March 1973, as seconds it is the year 5138. */
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

/** Date.parse takes the 30th of February for the 1st of March. */
function isInCalendar(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}
