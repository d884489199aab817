import type { TradableInstrument } from "../../../market/market.js";
import { abs, toAmount, toText, UNIT } from "./amount.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, Amount } from "./rows.js";

/** Higher prices are treated as errors: 1e9. */
const MAX_PRICE: Amount = 1_000_000_000n * UNIT;

/** An instrument with its steps and limits as amounts. */
export interface Instrument {
  readonly symbol: string;
  readonly currency: string;
  readonly priceStep: Amount;
  readonly qtyStep: Amount;
  readonly minQty: Amount;
  readonly maxQty: Amount;
  readonly hasNegativePrices: boolean;
  readonly session: string;
  readonly timezone: string;
}

/**
 * Converts an instrument's numbers to amounts.
 *
 * @throws {RangeError} if its steps do not allow exact sums
 */
export function toInstrument({ symbol, currency, ...traded }: TradableInstrument): Instrument {
  const positive = (name: "priceStep" | "qtyStep" | "minQty" | "maxQty") => {
    const amount = toAmount(traded[name]);
    if (amount !== undefined && amount > 0n) return amount;
    throw new RangeError(
      `Invalid ${name} ${traded[name]} of ${symbol}: expected a number above 0 with at most 8 decimals`,
    );
  };
  const priceStep = positive("priceStep");
  const qtyStep = positive("qtyStep");
  const minQty = positive("minQty");
  const maxQty = positive("maxQty");
  if ((priceStep * qtyStep) % UNIT !== 0n) {
    const steps = `priceStep ${traded.priceStep} times qtyStep ${traded.qtyStep}`;
    throw new RangeError(`Invalid steps of ${symbol}: ${steps} has more than 8 decimals, expected coarser steps`);
  }
  if (minQty % qtyStep !== 0n || maxQty < minQty) {
    const limits = `minQty ${traded.minQty} and maxQty ${traded.maxQty} of ${symbol}`;
    throw new RangeError(
      `Invalid ${limits}: expected minQty to be a multiple of qtyStep ${traded.qtyStep}, and maxQty not to be lower`,
    );
  }
  const { hasNegativePrices = false, session = "24x7", timezone = "Etc/UTC" } = traded;
  return { symbol, currency, priceStep, qtyStep, minQty, maxQty, hasNegativePrices, session, timezone };
}

/**
 * Returns the instrument if the account can trade it, which requires the same currency. @throws {Refusal}
 * unknown_symbol
 */
export function tradableInstrument(
  instruments: ReadonlyMap<string, Instrument>,
  symbol: string,
  { currency }: AccountRow,
): Instrument {
  const instrument = instruments.get(symbol);
  if (!instrument) throw new Refusal("unknown_symbol", `Unknown symbol ${JSON.stringify(symbol)}`);
  if (instrument.currency === currency) return instrument;
  const currencies = `it is priced in ${instrument.currency}, and the account is in ${currency}`;
  throw new Refusal("unknown_symbol", `${symbol} cannot be traded: ${currencies}`);
}

/** Converts and checks the quantity of an order. @throws {Refusal} invalid_qty */
export function checkedQty({ symbol, qtyStep, minQty, maxQty }: Instrument, value: number): Amount {
  const qty = positiveQty(value, qtyStep);
  if (qty < minQty) refuseQty(value, `the minimum for ${symbol} is ${toText(minQty)}`);
  if (qty > maxQty) refuseQty(value, `the maximum for ${symbol} is ${toText(maxQty)}`);
  return qty;
}

/**
 * Converts and checks the quantity of a position to close. The whole position need not be a multiple of the step.
 * @throws {Refusal} invalid_qty
 */
export function checkedPart({ qtyStep }: Instrument, value: number, whole: Amount): Amount {
  if (toAmount(value) === whole) return whole;
  const qty = positiveQty(value, qtyStep);
  if (qty > whole) refuseQty(value, `the position is ${toText(whole)}`);
  return qty;
}

function positiveQty(value: number, step: Amount): Amount {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) refuseQty(value, "it must be a number above 0");
  const qty = toAmount(value);
  if (qty === undefined || qty % step !== 0n) refuseQty(value, `it must be a multiple of ${toText(step)}`);
  return qty;
}

function refuseQty(value: number, reason: string): never {
  throw new Refusal("invalid_qty", `The quantity cannot be ${value}: ${reason}`);
}

/** Converts and checks the price of an order. @param name `limit price` @throws {Refusal} invalid_price */
export function checkedPrice(
  { priceStep, hasNegativePrices }: Instrument,
  name: string,
  value: number | undefined,
): Amount {
  const refuse = (reason: string): never => {
    throw new Refusal("invalid_price", `The ${name} cannot be ${value ?? "omitted"}: ${reason}`);
  };
  if (value === undefined) return refuse("this order type requires it");
  if (!Number.isFinite(value)) return refuse("it must be a number");
  if (value <= 0 && !hasNegativePrices) return refuse("it must be a number above 0");
  const price = toAmount(value);
  if (price === undefined || price % priceStep !== 0n) {
    return refuse(`it must be a multiple of ${toText(priceStep)}`);
  }
  return abs(price) > MAX_PRICE ? refuse(`the maximum is ${toText(MAX_PRICE)}`) : price;
}

/** Returns whether a market price is plausible. */
export function isPrice({ hasNegativePrices }: Instrument, price: Amount | undefined): price is Amount {
  return price !== undefined && (price > 0n || hasNegativePrices) && abs(price) <= MAX_PRICE;
}
