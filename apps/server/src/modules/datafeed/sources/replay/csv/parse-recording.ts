import type { Bar } from "@trading/topic";
import { BarReader } from "./bar-reader.js";
import { findColumns, type Header, isComment, noColumns } from "./columns.js";
import { type DecimalSign, decimalSignOf, numberOf } from "./numbers.js";
import { inTimeOrder } from "./order.js";
import { quoted, RecordingError } from "./recording-error.js";
import { firstRows, forEachRow, type Row, toLines } from "./rows.js";
import { isTimeNumber } from "./time-numbers.js";
import { type LocalToUtc, timeOfText } from "./time-text.js";
import { type FailAt, timesOf, withClocks } from "./times.js";

/** A recording as a file contains it. */
export interface ParsedRecording {
  /** Ascending by time. Volumes are not rounded, and 0 in bars without one. */
  readonly bars: readonly Bar[];
  /** Whether every bar has a volume, and not all volumes are 0. If not, volumes are unknown. */
  readonly hasVolume: boolean;
  /** Sentences about what is played in a way that its reader may not expect. */
  readonly notes: readonly string[];
}

/** Delimiters in the order in which they are tried: a comma can also be part of a number or a date. */
const DELIMITERS = [";", "\t", "|", ","] as const;

/** Times without a zone are in UTC. */
const inUtc: LocalToUtc = (localMs) => localMs;

/**
 * Parses recorded bars: CSV with the columns time (or date), open, high, low and close, and volume if it is known, in any
 * order. The guide "Files that play" lists the forms that are recognized.
 *
 * @param content the file's content
 * @param file its name, for error messages
 * @param toUtc converts times without a zone. @default they are in UTC
 * @throws RecordingError
 */
export function parseRecording(content: string, file: string, toUtc: LocalToUtc = inUtc): ParsedRecording {
  const text = toLines(content, file);
  const { header, delimiter, sign } = formatOf(text, file);
  const { columns, dataFrom, names } = header;
  const reader = new BarReader(header, sign, file);
  const bars: Bar[] = [];
  const lines: number[] = [];
  const dates: string[] = [];
  const clocks: string[] = [];
  const assertSymbol = symbolCheck(columns.symbol, file);
  let withoutPrices = 0;
  forEachRow(text, delimiter, file, (row) => {
    if (row.line < dataFrom || isComment(row)) return;
    const bar = reader.read(row);
    if (bar === undefined) {
      withoutPrices++;
      return;
    }
    assertSymbol(row);
    bars.push(bar);
    lines.push(row.line);
    dates.push(row.cells[columns.time] ?? "");
    if (columns.clock !== undefined) clocks.push(row.cells[columns.clock] ?? "");
  });

  const failAt: FailAt = (index, problem) => new RecordingError(file, lines[index], problem);
  const cells = columns.clock === undefined ? dates : withClocks(dates, clocks, failAt);
  for (const [index, time] of timesOf(cells, toUtc, failAt).entries()) (bars[index] as Bar).time = time;
  const ordered = inTimeOrder(bars, lines, cells, file);
  const hasVolume = reader.withoutVolume === 0 && reader.totalVolume > 0;

  const notes = [...ordered.notes];
  if (new Set(columns.prices).size === 1)
    notes.push("The file has one price a line: open, high, low and close are equal.");
  const adjusted = names?.find((name, at) => /\badj/i.test(name) && at !== columns.prices[3]);
  if (adjusted !== undefined)
    notes.push(`Prices are played as they were traded: the column ${quoted(adjusted)} is not used.`);
  if (withoutPrices > 0) notes.push(`Lines without prices are skipped: ${withoutPrices}.`);
  if (columns.volume !== undefined && reader.withoutVolume > 0) {
    notes.push(`Bars without a volume: ${reader.withoutVolume}. So volumes do not limit the quantity of fills.`);
  }
  return { bars: ordered.bars, hasVolume, notes };
}

/** Finds the delimiter, the columns and the decimal sign. @throws RecordingError if there is no header and no data */
function formatOf(text: string, file: string) {
  let widest: readonly Row[] = [];
  for (const delimiter of DELIMITERS) {
    const rows = firstRows(text, delimiter);
    const isNumber = (cell: string) =>
      numberOf(cell, "point") !== undefined || (delimiter !== "," && numberOf(cell, "comma") !== undefined);
    const header = findColumns(rows, file, isTime, isNumber);
    if (header !== undefined) return { header, delimiter, sign: signOf(header, delimiter, rows) };
    if (widest.length === 0 || widthOf(rows) > widthOf(widest)) widest = rows;
  }
  throw noColumns(widest, file);
}

function widthOf(rows: readonly Row[]): number {
  return Math.max(...rows.map(({ cells }) => cells.length));
}

/** Returns whether a cell looks like a time. Short numbers do not. */
function isTime(cell: string): boolean {
  if (isTimeNumber(cell)) return /^-?\d{8}/.test(cell);
  return timeOfText(cell, "month first", inUtc) !== undefined || timeOfText(cell, "day first", inUtc) !== undefined;
}

function signOf({ columns, dataFrom }: Header, delimiter: string, rows: readonly Row[]): DecimalSign {
  const { prices, volume } = columns;
  const positions = volume === undefined ? prices : [...prices, volume];
  const data = rows.filter(({ line }) => line >= dataFrom);
  const cells = data.flatMap((row) => positions.map((at) => row.cells[at] ?? ""));
  return decimalSignOf(cells, delimiter);
}

/** Returns a function that throws a RecordingError for the row of another instrument than that of the first row. */
function symbolCheck(position: number | undefined, file: string): (row: Row) => void {
  if (position === undefined) return () => {};
  let first: { readonly symbol: string; readonly line: number } | undefined;
  return ({ cells, line }) => {
    const symbol = cells[position] ?? "";
    if (symbol === "") return;
    first ??= { symbol, line };
    if (first.symbol === symbol) return;
    const problem = `the bar is that of ${quoted(symbol)}, line ${first.line} has one of ${quoted(first.symbol)}`;
    throw new RecordingError(file, line, `${problem}: expected one instrument. Save the lines of each in a file.`);
  };
}
