/** The sign before the decimals of a file: `point` is 1,234.56, `comma` is 1.234,56. */
export type DecimalSign = "point" | "comma";

/** Texts that stand for a missing value, in lower case. */
const MISSING = new Set(["", "-", "--", ".", "nan", "null", "none", "na", "n/a", "<na>", "#n/a", "nil"]);

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Numbers by decimal sign. Thousands are separated, as in 1,234,567.89, or not. */
const GROUPED: Readonly<Record<DecimalSign, RegExp>> = {
  point: /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?$/,
  comma: /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d*)?$/,
};

/** Currency signs, and the spaces and apostrophes that separate thousands in some countries. */
const DECORATION = /[$€£¥₹\s\u00A0\u202F'’]/g;

const SUFFIX_FACTORS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

export function isMissing(cell: string): boolean {
  return cell === "" || (cell.length < 5 && MISSING.has(cell.toLowerCase()));
}

/** Returns a cell's number: `1234.5`, `1,234.50`, `$1,234.50`; undefined if it is none. */
export function numberOf(cell: string, sign: DecimalSign): number | undefined {
  if (sign === "point" && PLAIN.test(cell)) return finite(Number(cell));
  const digits = cell.replace(DECORATION, "");
  if (!/\d/.test(digits) || !GROUPED[sign].test(digits)) return undefined;
  const plain = sign === "point" ? digits.replaceAll(",", "") : digits.replaceAll(".", "").replace(",", ".");
  return finite(Number(plain));
}

/** Returns a cell's volume, which can have a suffix: `1.23M`; undefined if it is none. */
export function volumeOf(cell: string, sign: DecimalSign): number | undefined {
  const factor = SUFFIX_FACTORS[cell.at(-1)?.toLowerCase() ?? ""];
  if (factor === undefined) return numberOf(cell, sign);
  const count = numberOf(cell.slice(0, -1), sign);
  // The product of decimals is not exact: 1.1 * 1000000 is 1100000.0000000002.
  return count === undefined ? undefined : Number((count * factor).toPrecision(15));
}

/**
 * Returns how cells write numbers. A comma is the decimal sign if one of them can only be read that way. If all can be read
 * both ways, as 1,234, the delimiter decides: files with decimal commas separate cells with semicolons.
 */
export function decimalSignOf(cells: Iterable<string>, delimiter: string): DecimalSign {
  let hasComma = false;
  for (const cell of cells) {
    if (!cell.includes(",")) continue;
    const [asPoint, asComma] = [numberOf(cell, "point") !== undefined, numberOf(cell, "comma") !== undefined];
    if (asPoint !== asComma) return asComma ? "comma" : "point";
    hasComma ||= asPoint;
  }
  return hasComma && delimiter === ";" ? "comma" : "point";
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
