import type { Bar } from "@trading/topic";
import type { Header } from "./columns.js";
import { type DecimalSign, isMissing, numberOf, volumeOf } from "./numbers.js";
import { quoted, RecordingError } from "./recording-error.js";
import type { Row } from "./rows.js";

/** Calculated prices have rounding errors: two prices that differ by this fraction or less count as equal. */
const ROUNDING = 1e-6;

const PRICE_NAMES = ["open", "high", "low", "close"] as const;

const REMEDY = "Correct the line, or delete it.";

const NUMBERS: Readonly<Record<DecimalSign, string>> = {
  point: "a number, such as 1234.5 or 1,234.5",
  comma: "a number with a decimal comma, such as 1234,5",
};

/** Reads the prices and the volume of rows. */
export class BarReader {
  /** Number of bars without a volume so far. */
  withoutVolume = 0;
  /** Sum of all volumes so far. */
  totalVolume = 0;
  readonly #header: Header;
  readonly #sign: DecimalSign;
  readonly #file: string;

  constructor(header: Header, sign: DecimalSign, file: string) {
    this.#header = header;
    this.#sign = sign;
    this.#file = file;
  }

  /**
   * Returns a row's bar, with the time 0; undefined for a row without any price. A bar without a volume has the volume 0.
   *
   * @throws RecordingError for a cell that is not a number, and for prices that contradict each other
   */
  read(row: Row): Bar | undefined {
    const cells = this.#header.columns.prices.map((at) => row.cells[at] ?? "");
    if (cells.every(isMissing) && row.cells.length > 1) return undefined;
    const prices = cells.map((cell, at) => this.#price(cell, at, row.line));
    const [open, high, low, close] = prices as [number, number, number, number];
    const invalid = (at: number, expected: string) => {
      const problem = `invalid ${PRICE_NAMES[at]} ${quoted(cells[at] as string)}: expected ${expected}. ${REMEDY}`;
      return this.#fail(row.line, problem);
    };
    const slack = ROUNDING * Math.max(Math.abs(high), Math.abs(low));
    if (high < low - slack) throw invalid(1, `at least the low, ${low}`);
    for (const at of [0, 3]) {
      const price = prices[at] as number;
      if (price < low - slack || price > high + slack) {
        throw invalid(at, `a price from ${low} to ${high}, the low and high`);
      }
    }
    const [top, bottom] = [Math.max(open, high, low, close), Math.min(open, high, low, close)];
    return { time: 0, open, high: top, low: bottom, close, volume: this.#volume(row) };
  }

  #price(cell: string, at: number, line: number): number {
    const value = numberOf(cell, this.#sign);
    if (value !== undefined) return value;
    const problem = `invalid ${PRICE_NAMES[at]} ${quoted(cell)}: expected ${NUMBERS[this.#sign]}. ${REMEDY}`;
    throw this.#fail(line, problem);
  }

  #volume({ cells, line }: Row): number {
    const at = this.#header.columns.volume;
    const cell = at === undefined ? "" : (cells[at] ?? "");
    if (isMissing(cell)) {
      this.withoutVolume++;
      return 0;
    }
    const volume = volumeOf(cell, this.#sign);
    if (volume === undefined || volume < 0) {
      const remedy = "Correct the cell, or leave it empty if the volume is unknown.";
      throw this.#fail(line, `invalid volume ${quoted(cell)}: expected a number of at least 0. ${remedy}`);
    }
    this.totalVolume += volume;
    if (this.totalVolume > Number.MAX_SAFE_INTEGER) {
      const problem = `invalid volume ${quoted(cell)}: expected volumes that add up to at most ${Number.MAX_SAFE_INTEGER}`;
      throw this.#fail(line, `${problem}. Divide all volumes by 1000, or delete the column.`);
    }
    return volume;
  }

  #fail(line: number, problem: string): RecordingError {
    const hint =
      " The file has no header line, so the columns are time, open, high, low, close, volume: add one if not.";
    return new RecordingError(this.#file, line, this.#header.names === undefined ? `${problem}${hint}` : problem);
  }
}
