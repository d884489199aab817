import type { LibrarySymbolInfo } from "@trading/ws-client/rest";

/** The precision and the time zone of a symbol. */
export interface Instrument {
  /** The smallest increment of a price. */
  readonly priceStep: number;
  /** The smallest increment of a quantity. */
  readonly qtyStep: number;
  /** Number of decimals of a price. */
  readonly digits: number;
  /** The IANA time zone of its exchange. */
  readonly timeZone: string;
  /** Formats a price as `1,234.50`; with up to two more decimals, since averages lie between two steps. */
  formatPrice(value: number): string;
  /** Formats a change of the price as `+1.20` or `-0.40`. */
  formatChange(value: number): string;
  /** Returns a price as the text of a number input. */
  inputText(value: number): string;
}

/** Maximum number of decimals of a price. */
const MAX_DIGITS = 10;

/** Used until the symbol is known: shows every digit, and allows every price. */
export const UNKNOWN_INSTRUMENT = instrument({ priceStep: 0.01, qtyStep: 1, timeZone: "UTC" }, 2, 8);

export function instrumentOf({ minmov, pricescale, volume_precision = 0, timezone }: LibrarySymbolInfo): Instrument {
  const priceStep = minmov / pricescale;
  if (!(priceStep > 0 && priceStep < Number.POSITIVE_INFINITY)) return UNKNOWN_INSTRUMENT;
  const digits = digitsOf(priceStep);
  return instrument({ priceStep, qtyStep: 10 ** -volume_precision, timeZone: timezone }, digits, digits + 2);
}

function instrument(
  values: Pick<Instrument, "priceStep" | "qtyStep" | "timeZone">,
  digits: number,
  maxDigits: number,
): Instrument {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: maxDigits };
  const price = new Intl.NumberFormat("en", options);
  const change = new Intl.NumberFormat("en", { ...options, signDisplay: "exceptZero" });
  return {
    ...values,
    digits,
    formatPrice: (value) => price.format(value),
    formatChange: (value) => change.format(value),
    inputText: (value) => String(Number(value.toFixed(maxDigits))),
  };
}

/** Returns the number of decimals of a step: 2 for 0.25, 5 for 1/32. */
function digitsOf(step: number): number {
  let digits = 0;
  while (digits < MAX_DIGITS && Math.abs(Number(step.toFixed(digits)) - step) > step * 1e-9) digits++;
  return digits;
}
