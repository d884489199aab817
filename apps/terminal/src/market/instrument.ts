import type { LibrarySymbolInfo } from "@trading/ws-client/rest";
import { numberFormat } from "../format.js";
import { type TimeZone, timeZone } from "../page/time-zone.js";

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
  /** The same with its formats. */
  readonly zone: TimeZone;
  /** Trading hours in the charting library's format, in the time zone of the exchange: `0930-1600`. */
  readonly session: string;
  /** Whether its prices are delayed. */
  readonly isDelayed: boolean;
  /** Whether its data is over for good, as that of a replay at its end. */
  readonly hasEnded: boolean;
  /** The currency of its prices; empty if unknown. */
  readonly currency: string;
  /** Formats a price as `1,234.50`; with up to two more decimals, since averages lie between two steps. */
  formatPrice(value: number): string;
  /** Formats a change of the price as `+1.20` or `-0.40`. */
  formatChange(value: number): string;
  /** Returns a price as the text of a number input. */
  inputText(value: number): string;
}

/** Maximum number of decimals of a price. */
const MAX_DIGITS = 10;

type Facts = Omit<Instrument, "digits" | "zone" | "formatPrice" | "formatChange" | "inputText">;

/** Used until the symbol is known: shows every digit, and allows every price. */
export const UNKNOWN_INSTRUMENT = instrument(
  { priceStep: 0.01, qtyStep: 1, timeZone: "UTC", session: "24x7", isDelayed: false, hasEnded: false, currency: "" },
  2,
  8,
);

export function instrumentOf(info: LibrarySymbolInfo): Instrument {
  const { minmov, pricescale, volume_precision = 0, timezone, session, data_status, market_status } = info;
  const priceStep = minmov / pricescale;
  if (!(priceStep > 0 && priceStep < Number.POSITIVE_INFINITY)) return UNKNOWN_INSTRUMENT;
  const digits = digitsOf(priceStep);
  const facts: Facts = {
    priceStep,
    qtyStep: 10 ** -volume_precision,
    timeZone: timezone,
    session,
    isDelayed: data_status === "delayed_streaming",
    hasEnded: market_status === "ended",
    currency: info.currency_code ?? "",
  };
  return instrument(facts, digits, digits + 2);
}

function instrument(facts: Facts, digits: number, maxDigits: number): Instrument {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: maxDigits };
  return {
    ...facts,
    zone: timeZone(facts.timeZone),
    digits,
    formatPrice: numberFormat(options),
    formatChange: numberFormat({ ...options, signDisplay: "exceptZero" }),
    inputText: (value) => String(Number(value.toFixed(maxDigits))),
  };
}

/** Returns the number of decimals of a step: 2 for 0.25, 5 for 1/32. */
function digitsOf(step: number): number {
  let digits = 0;
  while (digits < MAX_DIGITS && Math.abs(Number(step.toFixed(digits)) - step) > step * 1e-9) digits++;
  return digits;
}
