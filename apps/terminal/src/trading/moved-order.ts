import type { Order } from "@trading/ws-client/rest";
import type { OrderMove } from "./use-order-move.js";

/** Returns the terms of an order with the moved price. The others stay as they are. */
export function movedOrder({ order, field, price }: OrderMove): Order {
  const { id, status, symbol, side, type, qty, limitPrice, stopPrice, takeProfit, stopLoss, duration } = order;
  const prices = { limitPrice, stopPrice, takeProfit, stopLoss, duration, [field]: price };
  const known = Object.entries(prices).filter(([, value]) => value !== undefined);
  return { id, status, symbol, side, type, qty, ...Object.fromEntries(known) };
}
