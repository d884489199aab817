import { notional } from "./amount.js";
import type { EngineContext } from "./context.js";
import { marginShortage } from "./margin.js";
import { checkedOrder } from "./orders.js";
import { catchRefusal, type Refusal } from "./refusal.js";
import type { AccountRow, Amount } from "./rows.js";
import { estimate, type OrderRequest } from "./terms.js";

/** What placing an order would mean. */
export interface OrderPreview {
  /** Why it would be refused. */
  readonly refusal: Refusal | undefined;
  /** Undefined where no price is known yet, or the order makes no sense. */
  readonly estimate: OrderEstimate | undefined;
  /** What can be bound. */
  readonly marginAvailable: Amount;
  readonly currency: string;
}

export interface OrderEstimate {
  readonly price: Amount;
  /** The whole quantity at that price. */
  readonly value: Amount;
  /** What it would bind. */
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
