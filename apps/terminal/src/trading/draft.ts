import type { OrderType, PreOrder, Side } from "@trading/ws-client/rest";
import { durationFor, type TimeInForce } from "./durations.js";
import { pricesOf } from "./labels.js";
import { numberOf } from "./number-field.js";

/** The order ticket's input. Numbers are the typed text. */
export interface Draft {
  readonly side: Side;
  readonly type: OrderType;
  readonly qty: string;
  readonly limitPrice: string;
  readonly stopPrice: string;
  readonly takeProfit: string;
  readonly stopLoss: string;
  /** Undefined for the order's own, when it is changed. */
  readonly duration?: TimeInForce;
  /** When an order until a date expires, Unix milliseconds. @default the field is empty */
  readonly expiresAt?: number | undefined;
}

export const NEW_DRAFT: Draft = {
  side: 1,
  type: 2,
  qty: "1",
  limitPrice: "",
  stopPrice: "",
  takeProfit: "",
  stopLoss: "",
  duration: "GTC",
};

/** Builds the order of a draft, without prices that do not apply to its type. */
export function orderOf(symbol: string, { side, type, qty, duration = "GTC", expiresAt, ...typed }: Draft): PreOrder {
  const has = pricesOf(type);
  const prices = {
    limitPrice: has.limit ? numberOf(typed.limitPrice) : undefined,
    stopPrice: has.stop ? numberOf(typed.stopPrice) : undefined,
    takeProfit: numberOf(typed.takeProfit),
    stopLoss: numberOf(typed.stopLoss),
  };
  const entries = Object.entries(prices).filter(([, price]) => price !== undefined);
  const inForce = durationFor(type, duration);
  const isUntil = inForce === "GTD" && expiresAt !== undefined;
  return {
    symbol,
    type,
    side,
    qty: Number(qty),
    ...Object.fromEntries(entries),
    ...(inForce !== "GTC" && { duration: { type: inForce, ...(isUntil && { datetime: expiresAt }) } }),
  };
}
