import type { TopOfBook } from "../../../market/market.js";
import { ceilTo, floorTo, nearestAmount } from "./amount.js";
import { type Instrument, isPrice } from "./instrument.js";
import type { Amount, Side } from "./rows.js";

/** The price and quantity available on one side of a market. */
export interface Offer {
  readonly price: Amount;
  /** The remaining quantity; 0 if it is used up. */
  readonly qty: Amount;
}

/** A top of book in amounts. */
export interface Quote {
  readonly last: Amount;
  /** Distance of the ask from the last price; undefined if there is no ask. */
  readonly askGap: Amount | undefined;
  /** Distance of the last price from the bid; undefined if there is no bid. */
  readonly bidGap: Amount | undefined;
  readonly askQty: Amount;
  readonly bidQty: Amount;
}

interface Offered {
  quote: Quote;
  /** Quantities that were filled since the update began, by the side of the orders. */
  readonly taken: Map<Side, Amount>;
}

/** The liquidity of each symbol's last top of book that is not used up yet. */
export class Offers {
  readonly #offered = new Map<string, Offered>();
  readonly #closed = new Set<string>();
  readonly #old = new Set<string>();

  /** Begins an update of a symbol: what was filled before does not reduce its quantities. */
  begin(symbol: string): void {
    this.#offered.get(symbol)?.taken.clear();
  }

  /** Sets the prices of a symbol, and the quantities since the update began. */
  set(symbol: string, quote: Quote): void {
    const offered = this.#offered.get(symbol);
    if (offered) offered.quote = quote;
    else this.#offered.set(symbol, { quote, taken: new Map() });
  }

  /** Moves the price of a symbol; bid and ask keep their distance. */
  moveTo(symbol: string, last: Amount): void {
    const offered = this.#offered.get(symbol);
    if (offered) offered.quote = { ...offered.quote, last };
  }

  /** Returns the price of the last trade. */
  last(symbol: string): Amount | undefined {
    return this.#offered.get(symbol)?.quote.last;
  }

  /** Returns the price and quantity available to orders of a side. */
  for(symbol: string, side: Side): Offer | undefined {
    const offered = this.#offered.get(symbol);
    if (!offered) return undefined;
    const { last, askGap, bidGap, askQty, bidQty } = offered.quote;
    const [gap, qty] = side === 1 ? [askGap, askQty] : [bidGap, bidQty];
    if (gap === undefined) return undefined;
    const left = qty - (offered.taken.get(side) ?? 0n);
    return { price: last + BigInt(side) * gap, qty: left > 0n ? left : 0n };
  }

  /** Subtracts a filled quantity. @param qty at most the remaining quantity */
  take(symbol: string, side: Side, qty: Amount): void {
    const taken = this.#offered.get(symbol)?.taken;
    taken?.set(side, (taken.get(side) ?? 0n) + qty);
  }

  /** Returns whether the market of a symbol has ended. */
  isClosed(symbol: string): boolean {
    return this.#closed.has(symbol);
  }

  /** Sets the last known price of a symbol until the market reports one. Nothing is offered at it. */
  restore(symbol: string, last: Amount): void {
    this.set(symbol, { last, askGap: undefined, bidGap: undefined, askQty: 0n, bidQty: 0n });
    this.setOld(symbol, true);
  }

  /** Returns whether the price of a symbol may have changed since it was reported. */
  isOld(symbol: string): boolean {
    return this.#old.has(symbol);
  }

  setOld(symbol: string, isOld: boolean): void {
    if (isOld) this.#old.add(symbol);
    else this.#old.delete(symbol);
  }

  setClosed(symbol: string, isClosed: boolean): void {
    if (isClosed) this.#closed.add(symbol);
    else this.#closed.delete(symbol);
  }
}

/**
 * Converts a top of book. Prices are rounded to the instrument's steps, never in favour of an order, and quantities are
 * rounded down, so that sums stay exact. A side without a plausible price offers nothing.
 *
 * @returns undefined if the last price is implausible
 */
export function toQuote(instrument: Instrument, top: TopOfBook): Quote | undefined {
  const { priceStep } = instrument;
  const last = priceAt(instrument, top.last);
  if (last === undefined) return undefined;
  // Without an amount there is no offer: 0 is a price where prices can be negative.
  const priceOf = (value: number, round: typeof floorTo) => {
    const amount = nearestAmount(value);
    return amount === undefined ? undefined : round(amount, priceStep);
  };
  // mutant: round-ask-up
  const ask = priceOf(top.ask, ceilTo);
  const bid = priceOf(top.bid, floorTo);
  return {
    last,
    askGap: isPrice(instrument, ask) ? ask - last : undefined,
    bidGap: isPrice(instrument, bid) ? last - bid : undefined,
    askQty: qtyOf(instrument, top.askQty),
    bidQty: qtyOf(instrument, top.bidQty),
  };
}

/** Converts the price of a trade, rounded down to the step; undefined if it is implausible. */
export function priceAt(instrument: Instrument, price: number): Amount | undefined {
  const { priceStep, hasNegativePrices } = instrument;
  const amount = nearestAmount(price);
  if (!isPrice(instrument, amount)) return undefined;
  const rounded = floorTo(amount, priceStep);
  return rounded === 0n && !hasNegativePrices ? priceStep : rounded;
}

/** Converts a quantity, rounded down to the step. */
export function qtyOf({ qtyStep }: Instrument, qty: number): Amount {
  const available = floorTo(nearestAmount(qty) ?? 0n, qtyStep);
  return available > 0n ? available : 0n;
}
