import type { Instrument } from "../market/instrument.js";
import type { PriceAlert } from "./price-alert.js";

/** Describes an alert: `AAPL at or above 161.00`. */
export function alertText({ symbol, condition, price }: PriceAlert, { formatPrice }: Pick<Instrument, "formatPrice">) {
  return `${symbol} at or ${condition} ${formatPrice(price)}`;
}
