import type { OrderType, PreOrder, Side } from "@trading/ws-client/rest";
import { numberOf } from "./number-field.js";
import { pricesOf } from "./words.js";

/** An order as it is being written: numbers as they were typed. */
export interface Draft {
  readonly side: Side;
  readonly type: OrderType;
  readonly qty: string;
  readonly limitPrice: string;
  readonly stopPrice: string;
  readonly takeProfit: string;
  readonly stopLoss: string;
}

export const NEW_DRAFT: Draft = {
  side: 1,
  type: 2,
  qty: "1",
  limitPrice: "",
  stopPrice: "",
  takeProfit: "",
  stopLoss: "",
};

/** What is sent of a draft: prices that its type does not have are left out. */
export function orderOf(symbol: string, { side, type, qty, ...typed }: Draft): PreOrder {
  const has = pricesOf(type);
  const prices = {
    limitPrice: has.limit ? numberOf(typed.limitPrice) : undefined,
    stopPrice: has.stop ? numberOf(typed.stopPrice) : undefined,
    takeProfit: numberOf(typed.takeProfit),
    stopLoss: numberOf(typed.stopLoss),
  };
  const given = Object.entries(prices).filter(([, price]) => price !== undefined);
  return { symbol, type, side, qty: Number(qty), ...Object.fromEntries(given) };
}
