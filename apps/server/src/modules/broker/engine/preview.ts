import { notional } from "./amount.js";
import type { EngineContext } from "./context.js";
import { marginShortage } from "./margin.js";
import { checkedOrder } from "./orders.js";
import { catchRefusal, type Refusal } from "./refusal.js";
import type { AccountRow, Amount } from "./rows.js";
import { estimate, type OrderRequest } from "./terms.js";

/** The effects of placing an order. */
export interface OrderPreview {
  /** Reason for which it would be rejected. */
  readonly refusal: Refusal | undefined;
  /** Undefined if no price is known yet, or the order is invalid. */
  readonly estimate: OrderEstimate | undefined;
  /** The margin available for the order. */
  readonly marginAvailable: Amount;
  readonly currency: string;
}

export interface OrderEstimate {
  readonly price: Amount;
  /** Price times quantity. */
  readonly value: Amount;
  /** The margin that the order would use. */
  readonly marginNeeded: Amount;
}

export function previewOrder(context: EngineContext, account: AccountRow, request: OrderRequest): OrderPreview {
  const { currency } = account;
  const [terms, refusal] = catchRefusal(() => checkedOrder(context, account, request));
  const price = terms && estimate(terms, context.offers);
  if (!terms || price === undefined) {
    const { marginAvailable } = context.margin.valuation(account);
    return { refusal, estimate: undefined, marginAvailable, currency };
  }
  const { symbol, side, qty } = terms;
  const need = context.margin.need(account, symbol, side, qty, price);
  return {
    refusal: marginShortage(need, currency),
    estimate: { price, value: notional(price, qty), marginNeeded: need.needed },
    marginAvailable: need.available,
    currency,
  };
}
