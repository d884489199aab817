import { quoted, RecordingError } from "./recording-error.js";
import type { Row } from "./rows.js";

/** The positions of a recording's columns, from 0. */
export interface Columns {
  readonly time: number;
  /** Time of day, if it is not in the column of the date. */
  readonly clock: number | undefined;
  /** Open, high, low and close; four times the same position if the file has one price a line. */
  readonly prices: readonly [open: number, high: number, low: number, close: number];
  readonly volume: number | undefined;
  /** Names the instrument of each line. */
  readonly symbol: number | undefined;
}

/** The header of a recording. */
export interface Header {
  readonly columns: Columns;
  /** Names of the columns as the file writes them; undefined if it has no header. */
  readonly names: readonly string[] | undefined;
  /** Line number from which on there is data. */
  readonly dataFrom: number;
}

/** Names of columns as letters and digits in lower case; earlier ones take precedence. */
const NAMES = {
  date: ["date", "dtyyyymmdd", "yyyymmdd", "day"],
  clock: ["time", "hour", "hhmmss"],
  time: [
    ...["datetime", "dateandtime", "timestamp", "opentime", "gmttime", "localtime", "utctime", "timeutc", "dateutc"],
    ...[
      "datetimeutc",
      "time",
      "date",
      "dtyyyymmdd",
      "yyyymmdd",
      "day",
      "begin",
      "starttime",
      "timeperiodstart",
      "month",
    ],
    ...["unixtimestamp", "unixtime", "unix", "epoch", "dt", "ts", "t", "index"],
  ],
  open: ["open", "openprice", "o"],
  high: ["high", "highprice", "h"],
  low: ["low", "lowprice", "l"],
  close: ["close", "closeprice", "closelast", "last", "c", "price", "adjclose", "adjustedclose", "adjusted"],
  volume: ["volume", "vol", "v", "tickvolume", "tickvol"],
  symbol: ["symbol", "ticker", "tic", "instrument", "pair", "asset", "stock", "name", "sid", "code"],
} as const;

const PRICE_NAMES = ["open", "high", "low", "close"] as const;
const REQUIRED = ["time", ...PRICE_NAMES] as const;

/** Header lines are searched in this number of rows: some files begin with a title or a source. */
const MAX_TITLE_ROWS = 20;

/** Maximum number of further header lines: yfinance writes the tickers and the name of the index below the names. */
const MAX_FURTHER_ROWS = 3;

const REMEDY =
  "expected a header line with the columns time (or date), open, high, low, close and, if known, volume: rename columns, or add what is missing";

/**
 * Finds the columns of a recording in its first rows: by the names in a header line, or without one by the order time, open,
 * high, low, close, volume, as Binance's files have it.
 *
 * @param isTime whether a cell looks like a time, @param isNumber like a number
 * @returns undefined if no row is a header or data
 * @throws RecordingError if the header lacks a column, or has the prices of several instruments
 */
export function findColumns(
  rows: readonly Row[],
  file: string,
  isTime: (cell: string) => boolean,
  isNumber: (cell: string) => boolean,
): Header | undefined {
  const titles = rows.slice(0, MAX_TITLE_ROWS);
  for (const [at, row] of titles.entries()) {
    const header = headerOf(row, rows.slice(at + 1), rows.slice(0, at), file, isTime, isNumber);
    if (header !== undefined) return header;
  }
  const data = rows.find((row) => !isComment(row));
  const columns = data && columnsWithoutHeader(data, isTime, isNumber);
  return columns && { columns, names: undefined, dataFrom: data.line };
}

/** Returns the error for a file in which `findColumns` found none. */
export function noColumns(rows: readonly Row[], file: string): RecordingError {
  const row = rows.slice(0, MAX_TITLE_ROWS).reduce<Row | undefined>((best, each) => {
    return best === undefined || missingIn(each).length < missingIn(best).length ? each : best;
  }, undefined);
  if (row === undefined) return new RecordingError(file, 1, `the file is empty: ${REMEDY}.`);
  const missing = missingIn(row);
  const which = missing.map((name) => `"${name}"`).join(", ");
  const label = `missing column${missing.length > 1 ? "s" : ""} ${which}`;
  return new RecordingError(file, row.line, `${label} in ${quoted(row.cells.join(","))}: ${REMEDY}.`);
}

function missingIn({ cells }: Row): string[] {
  const names = cells.map(nameOf);
  return REQUIRED.filter((name) => position(names, NAMES[name]) === undefined);
}

/** Returns whether a row is a comment. */
export function isComment({ cells }: Row): boolean {
  return cells[0]?.startsWith("#") ?? false;
}

function headerOf(
  row: Row,
  below: readonly Row[],
  above: readonly Row[],
  file: string,
  isTime: (cell: string) => boolean,
  isNumber: (cell: string) => boolean,
): Header | undefined {
  const { names, symbols } = withoutSymbols(row.cells);
  const [open, high, low, named] = PRICE_NAMES.map((name) => position(names, NAMES[name]));
  const close = named ?? onlyValue(names, below[0], isNumber);
  if (close === undefined) return undefined;
  const hasOnePrice = open === undefined && high === undefined && low === undefined;
  if (!hasOnePrice && (open === undefined || high === undefined || low === undefined)) return undefined;
  const further = below.slice(0, MAX_FURTHER_ROWS).findIndex((each) => !isFurther(each, isTime, isNumber));
  const furtherRows = below.slice(0, further === -1 ? MAX_FURTHER_ROWS : further);
  const first = below[furtherRows.length];
  // R writes the names of rows without a name in the header, so that all other names are one position too far left.
  const shift = first !== undefined && first.cells.length === row.cells.length + 1 && first.cells.at(-1) !== "" ? 1 : 0;
  const time = timePosition(names, furtherRows, first, shift, isTime);
  if (time === undefined) return undefined;
  assertOneInstrument(row, names, [...above, ...furtherRows], symbols, file);
  const shifted = (at: number | undefined) => (at === undefined ? undefined : at + shift);
  const clock = time.clock === undefined || time.clock === time.date ? undefined : time.clock;
  const columns: Columns = {
    time: time.date,
    clock,
    prices: [open ?? close, high ?? close, low ?? close, close].map((at) => at + shift) as [
      number,
      number,
      number,
      number,
    ],
    volume: shifted(volumePosition(names)),
    symbol: shifted(position(names, NAMES.symbol)),
  };
  return { columns, names: shift === 0 ? row.cells : ["", ...row.cells], dataFrom: first?.line ?? row.line + 1 };
}

/** Names of single columns that are no prices. */
const NO_PRICES = ["return", "returns", "change", "volume", "vol"];

/** Returns the position of the price in a header with two columns, of which the first is the time: `DATE,SP500`. */
function onlyValue(
  names: readonly string[],
  first: Row | undefined,
  isNumber: (cell: string) => boolean,
): number | undefined {
  const isTimeFirst = names[0] !== undefined && (NAMES.time as readonly string[]).includes(names[0]);
  const isPrice = names.length === 2 && !NO_PRICES.includes(names[1] as string);
  return isPrice && isTimeFirst && isNumber(first?.cells[1] ?? "") ? 1 : undefined;
}

/** Returns the columns of a row of data in the usual order: time or date and time, then open, high, low, close, volume. */
function columnsWithoutHeader(
  { cells }: Row,
  isTime: (cell: string) => boolean,
  isNumber: (cell: string) => boolean,
): Columns | undefined {
  if (!isTime(cells[0] ?? "")) return undefined;
  const hasClock = isClock(cells[1] ?? "");
  const at = hasClock ? 2 : 1;
  if (cells.length < at + 4 || !cells.slice(at, at + 4).every(isNumber)) return undefined;
  const volume = cells.length > at + 4 ? at + 4 : undefined;
  return { time: 0, clock: hasClock ? 1 : undefined, prices: [at, at + 1, at + 2, at + 3], volume, symbol: undefined };
}

function isClock(cell: string): boolean {
  return /^\d{1,2}:\d\d/.test(cell);
}

/** Returns whether a row below the names belongs to the header: it has neither a time nor numbers. */
function isFurther(row: Row, isTime: (cell: string) => boolean, isNumber: (cell: string) => boolean): boolean {
  const name = nameOf(row.cells[0] ?? "");
  const isName = name === "" || name === "ticker" || (NAMES.time as readonly string[]).includes(name);
  return isName && !row.cells.some((cell) => isTime(cell) || isNumber(cell));
}

/** Returns the positions of date and time of day in the rows of data. */
function timePosition(
  names: readonly string[],
  further: readonly Row[],
  first: Row | undefined,
  shift: number,
  isTime: (cell: string) => boolean,
): { readonly date: number; readonly clock?: number } | undefined {
  const date = position(names, NAMES.date);
  const clock = position(names, NAMES.clock);
  const cell = (at: number | undefined) => (at === undefined ? "" : (first?.cells[at + shift] ?? ""));
  const isApart = /^\d{1,2}:\d\d|^\d{1,6}$/.test(cell(clock)) && /\d.*\d/.test(cell(date)) && !cell(date).includes(":");
  if (date !== undefined && clock !== undefined && isApart) return { date: date + shift, clock: clock + shift };
  const named = position(names, NAMES.time);
  if (named !== undefined && (shift === 0 || isTime(cell(named)))) return { date: named + shift };
  const isIndexNamedBelow = further.some(({ cells }) => position([nameOf(cells[0] ?? "")], NAMES.time) !== undefined);
  const isUnnamed = names[0] === "" || names[0] === "unnamed0" || names[0] === "ticker" || names[0] === "price";
  if (shift === 1 || (isUnnamed && (isIndexNamedBelow || isTime(first?.cells[0] ?? "")))) return { date: 0 };
  return undefined;
}

function volumePosition(names: readonly string[]): number | undefined {
  const named = position(names, NAMES.volume);
  if (named !== undefined) return named;
  // `Volume BTC`, `Volume (USD)`: the first is that of the instrument.
  const at = names.findIndex((name) => /^(volume|vol)/.test(name));
  return at === -1 ? undefined : at;
}

function position(names: readonly string[], wanted: readonly string[]): number | undefined {
  const name = wanted.find((each) => names.includes(each));
  return name === undefined ? undefined : names.indexOf(name);
}

function nameOf(cell: string): string {
  return cell
    .toLowerCase()
    .replace(/^#|^\d+\./, "")
    .replace(/[^a-z0-9]/g, "");
}

/** Returns the names of columns, without the symbol that precedes them in `AAPL.Open`, and these symbols. */
function withoutSymbols(cells: readonly string[]): {
  readonly names: readonly string[];
  readonly symbols: Set<string>;
} {
  const names = cells.map(nameOf);
  const symbols = new Set<string>();
  if (position(names, NAMES.close) !== undefined) return { names, symbols };
  const bare = cells.map((cell, at) => {
    const [, symbol, name] = /^(.+)[.:_ ](open|high|low|close|adjusted|volume)$/i.exec(cell) ?? [];
    if (symbol === undefined || name === undefined) return names[at] as string;
    symbols.add(symbol);
    return nameOf(name);
  });
  return { names: bare, symbols };
}

/** @throws RecordingError if the header has the prices of several instruments */
function assertOneInstrument(
  row: Row,
  names: readonly string[],
  others: readonly Row[],
  symbols: ReadonlySet<string>,
  file: string,
): void {
  const tickers = new Set(symbols);
  for (const { cells } of others) {
    if (nameOf(cells[0] ?? "") !== "ticker" && cells[0] !== "") continue;
    for (const cell of cells.slice(1)) if (cell !== "") tickers.add(cell);
  }
  const closes = names.filter((name) => name === "close").length;
  if (tickers.size < 2 && closes < 2) return;
  const value = tickers.size > 1 ? [...tickers].join(", ") : row.cells.join(",");
  const problem = `the columns are those of several instruments, ${quoted(value)}: save the columns of one in a file.`;
  throw new RecordingError(file, row.line, problem);
}
