/** The facts that determine how much an account can trade. */
export interface Buying {
  /** Margin available, in the currency of the account. */
  readonly available: number;
  readonly leverage: number;
  readonly price: number;
  readonly qtyStep: number;
}

/** Returns the quantity that a part of the available margin buys, rounded down to the quantity step. @param share 0.25 for a quarter */
export function quantityOfShare(share: number, { available, leverage, price, qtyStep }: Buying): number {
  return quantityOfAmount(Math.max(0, available) * leverage * share, price, qtyStep);
}

/** Returns the quantity that an amount of money buys, rounded down to the quantity step; 0 without a price. */
export function quantityOfAmount(amount: number, price: number, qtyStep: number): number {
  if (!(price > 0) || !(amount > 0)) return 0;
  // A quotient that is a whole number of steps can be slightly less in binary.
  const steps = Math.floor(amount / price / qtyStep + 1e-9);
  return tidy(steps * qtyStep);
}

/** Returns the money of a quantity at a price, in cents. */
export function amountOf(qty: number, price: number): number {
  return Math.round(qty * price * 100) / 100;
}

/** Rounds to ten decimals, which removes binary rounding errors. */
function tidy(value: number): number {
  return Math.round(value * 1e10) / 1e10;
}
