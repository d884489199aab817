import Papa from "papaparse";
import { quoted, RecordingError } from "./recording-error.js";

/** A line of a CSV file as trimmed cells. A cell in quotes can contain line breaks, so a row can have several lines. */
export interface Row {
  readonly cells: readonly string[];
  /** Line number of its beginning, from 1. */
  readonly line: number;
}

/** Number of characters that are parsed at a time, so that the cells of a large file are never in memory together. */
const PART_CHARACTERS = 250_000;

/**
 * Checks that a file's content is text, and unifies its line ends.
 *
 * @throws RecordingError for a spreadsheet, an archive or another encoding
 */
export function toLines(content: string, file: string): string {
  const text = content.charCodeAt(0) === 0xfeff ? content.slice(1) : content;
  const start = text.slice(0, 1_000);
  if (text.startsWith("PK") || start.includes("\0") || start.includes("\uFFFD\uFFFD")) {
    const kind = text.startsWith("PK") ? "a spreadsheet or an archive" : "no text in UTF-8";
    const value = `the file begins with ${quoted(start.slice(0, 8))}`;
    throw new RecordingError(file, 1, `${value}, so it is ${kind}: unpack it, or save it as "CSV UTF-8".`);
  }
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/**
 * Calls a function with every row that is not empty, in order.
 *
 * @param text with line ends `\n`
 * @throws RecordingError for a quote that is not closed, or closed in the middle of a cell
 */
export function forEachRow(text: string, delimiter: string, file: string, take: (row: Row) => void): void {
  let line = 1;
  for (let start = 0; start < text.length; ) {
    const end = endOfPart(text, start);
    const part = text.slice(start, end);
    const hasQuotes = part.includes('"');
    const { data, errors } = Papa.parse<string[]>(part, { delimiter, newline: "\n" });
    const broken = errors.find(({ type }) => type === "Quotes")?.row;
    for (const [at, cells] of data.entries()) {
      if (at === broken) throw unclosed(cells, line, file);
      const breaks = hasQuotes ? lineBreaksIn(cells) : 0;
      for (const [index, cell] of cells.entries()) cells[index] = cell.trim();
      if (cells.some((cell) => cell !== "")) take({ cells, line });
      line += 1 + breaks;
    }
    start = end + 1;
  }
}

/** Returns the index of the line break that ends a part of whole rows: an even number of quotes is before it. */
function endOfPart(text: string, start: number): number {
  let end = start;
  let isQuoted = false;
  do {
    const from = end;
    const next = text.indexOf("\n", Math.max(from + 1, start + PART_CHARACTERS));
    end = next === -1 ? text.length : next;
    if (hasOddQuotes(text.slice(from, end))) isQuoted = !isQuoted;
  } while (isQuoted && end < text.length);
  return end;
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

/** Number of characters at the beginning of a file that show how it is written. */
const SAMPLE_CHARACTERS = 64_000;

/** Returns the first rows that are not empty. Quotes are not checked. */
export function firstRows(text: string, delimiter: string): Row[] {
  const start = text.slice(0, SAMPLE_CHARACTERS);
  const sample = start.length < text.length ? start.slice(0, start.lastIndexOf("\n") + 1) || start : start;
  const rows: Row[] = [];
  let line = 1;
  for (const cells of Papa.parse<string[]>(sample, { delimiter, newline: "\n" }).data) {
    const trimmed = cells.map((cell) => cell.trim());
    if (trimmed.some((cell) => cell !== "")) rows.push({ cells: trimmed, line });
    line += 1 + lineBreaksIn(cells);
  }
  return rows;
}

function unclosed(cells: readonly string[], line: number, file: string): RecordingError {
  const cell = cells.find((each) => each.includes('"') || each.includes("\n")) ?? cells.at(-1) ?? "";
  const remedy = 'close the quotes, and write quotes inside of a cell twice: "".';
  return new RecordingError(file, line, `the quotes of the cell ${quoted(cell)} do not end with the cell: ${remedy}`);
}

function lineBreaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.includes("\n") ? cell.split("\n").length - 1 : 0), 0);
}
