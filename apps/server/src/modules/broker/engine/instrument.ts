import type { TradableInstrument } from "../../../market/market.js";
import { toAmount, toText, UNIT } from "./amount.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, Amount } from "./rows.js";

/** Prices above it are taken for errors: 1e9. */
const MAX_PRICE: Amount = 1_000_000_000n * UNIT;

/** What can be traded, in amounts. */
export interface Instrument {
  readonly symbol: string;
  readonly currency: string;
  readonly priceStep: Amount;
  readonly qtyStep: Amount;
  readonly minQty: Amount;
  readonly maxQty: Amount;
}

/** @throws {RangeError} where its steps do not allow for exact sums */
export function toInstrument({ symbol, currency, ...traded }: TradableInstrument): Instrument {
  const positive = (name: "priceStep" | "qtyStep" | "minQty" | "maxQty") => {
    const amount = toAmount(traded[name]);
    if (amount !== undefined && amount > 0n) return amount;
    throw new RangeError(`${name} of ${symbol} is ${traded[name]}: give a number above 0 with at most 8 decimals`);
  };
  const priceStep = positive("priceStep");
  const qtyStep = positive("qtyStep");
  const minQty = positive("minQty");
  const maxQty = positive("maxQty");
  if ((priceStep * qtyStep) % UNIT !== 0n) {
    const steps = `priceStep ${traded.priceStep} times qtyStep ${traded.qtyStep}`;
    throw new RangeError(`${steps} of ${symbol} has more than 8 decimals: make one of them coarser`);
  }
  if (minQty % qtyStep !== 0n || maxQty < minQty) {
    const limits = `minQty ${traded.minQty} and maxQty ${traded.maxQty} of ${symbol}`;
    throw new RangeError(
      `${limits} do not fit: minQty is a multiple of qtyStep ${traded.qtyStep}, maxQty not below it`,
    );
  }
  return { symbol, currency, priceStep, qtyStep, minQty, maxQty };
}

/** What an account can trade: nothing that is priced in another currency. @throws {Refusal} unknown_symbol */
export function tradableInstrument(
  instruments: ReadonlyMap<string, Instrument>,
  symbol: string,
  { currency }: AccountRow,
): Instrument {
  const instrument = instruments.get(symbol);
  if (!instrument) throw new Refusal("unknown_symbol", `${JSON.stringify(symbol)} cannot be traded here`);
  if (instrument.currency === currency) return instrument;
  const currencies = `it is priced in ${instrument.currency}, and the account is in ${currency}`;
  throw new Refusal("unknown_symbol", `${symbol} cannot be traded: ${currencies}`);
}

/** A quantity that may be ordered. @throws {Refusal} invalid_qty */
export function checkedQty({ symbol, qtyStep, minQty, maxQty }: Instrument, value: number): Amount {
  const qty = positiveQty(value, qtyStep);
  if (qty < minQty) refuseQty(value, `the least of ${symbol} is ${toText(minQty)}`);
  if (qty > maxQty) refuseQty(value, `the most of ${symbol} is ${toText(maxQty)}`);
  return qty;
}

/** How much of a position is to be closed; all of it needs no step. @throws {Refusal} invalid_qty */
export function checkedPart({ qtyStep }: Instrument, value: number, whole: Amount): Amount {
  if (toAmount(value) === whole) return whole;
  const qty = positiveQty(value, qtyStep);
  if (qty > whole) refuseQty(value, `the position is ${toText(whole)}`);
  return qty;
}

function positiveQty(value: number, step: Amount): Amount {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) refuseQty(value, "it has to be a number above 0");
  const qty = toAmount(value);
  if (qty === undefined || qty % step !== 0n) refuseQty(value, `it has to be a multiple of ${toText(step)}`);
  return qty;
}

function refuseQty(value: number, reason: string): never {
  throw new Refusal("invalid_qty", `The quantity cannot be ${value}: ${reason}`);
}

/** A price that may be ordered at. @param name `limit price` @throws {Refusal} invalid_price */
export function checkedPrice({ priceStep }: Instrument, name: string, value: number | undefined): Amount {
  const refuse = (reason: string): never => {
    throw new Refusal("invalid_price", `The ${name} cannot be ${value ?? "left out"}: ${reason}`);
  };
  if (value === undefined) return refuse("the order's type needs it");
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return refuse("it has to be a number above 0");
  const price = toAmount(value);
  if (price === undefined || price % priceStep !== 0n) {
    return refuse(`it has to be a multiple of ${toText(priceStep)}`);
  }
  return price > MAX_PRICE ? refuse(`the highest is ${toText(MAX_PRICE)}`) : price;
}

/** Whether a market's price can be true. */
export function isPrice(price: Amount | undefined): price is Amount {
  return price !== undefined && price > 0n && price <= MAX_PRICE;
}
