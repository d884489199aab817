import type { TopOfBook } from "../../../market/market.js";
import { nearestAmount } from "./amount.js";
import { type Instrument, isPrice } from "./instrument.js";
import type { Amount, Side } from "./rows.js";

/** The price and quantity available on one side of a market. */
export interface Offer {
  readonly price: Amount;
  /** The remaining quantity; 0 if it is used up. */
  readonly qty: Amount;
}

interface Offered {
  readonly last: Amount;
  /** By the side of the orders that it can fill. */
  readonly for: ReadonlyMap<Side, Offer>;
}

/** The liquidity of each symbol's last top of book that is not used up yet. */
export class Offers {
  readonly #offered = new Map<string, Offered>();

  /**
   * Replaces the prices and quantities of a symbol. Prices are rounded to the instrument's steps, never in favour of an
   * order, and quantities are rounded down, so that sums stay exact. A side without a price offers nothing.
   *
   * @returns false if the last price is implausible; the update is ignored then
   */
  replace({ symbol, priceStep, qtyStep }: Instrument, top: TopOfBook): boolean {
    const down = (amount: Amount, step: Amount) => amount - (amount % step);
    const last = nearestAmount(top.last);
    if (!isPrice(last)) return false;
    const offers = new Map<Side, Offer>();
    const offer = (side: Side, price: Amount | undefined, qty: number) => {
      const available = down(nearestAmount(qty) ?? 0n, qtyStep);
      if (isPrice(price)) offers.set(side, { price, qty: available > 0n ? available : 0n });
    };
    // mutant: round-ask-up
    offer(1, down((nearestAmount(top.ask) ?? 0n) + priceStep - 1n, priceStep), top.askQty);
    offer(-1, down(nearestAmount(top.bid) ?? 0n, priceStep), top.bidQty);
    this.#offered.set(symbol, { last: down(last, priceStep) || priceStep, for: offers });
    return true;
  }

  /** Returns the price of the last trade. */
  last(symbol: string): Amount | undefined {
    return this.#offered.get(symbol)?.last;
  }

  /** Returns the price and quantity available to orders of a side. */
  for(symbol: string, side: Side): Offer | undefined {
    return this.#offered.get(symbol)?.for.get(side);
  }

  /** Subtracts a filled quantity. @param qty at most the remaining quantity */
  take(symbol: string, side: Side, qty: Amount): void {
    const offered = this.#offered.get(symbol);
    const offer = offered?.for.get(side);
    if (!offered || !offer) return;
    const left = { ...offer, qty: offer.qty - qty };
    this.#offered.set(symbol, { ...offered, for: new Map(offered.for).set(side, left) });
  }
}
