import type { AccountPosition, AccountState, Equity, Execution, Notification, PlacedOrder } from "@trading/topic";
import { averagePrice, toNumber } from "./engine/amount.js";
import type { AccountRow, Amount, ExecutionRow, NotificationRow, OrderRow, PositionRow, Worth } from "./engine/rows.js";

/*
 * Rows as clients are told of them.
 */

export function orderView(order: OrderRow): PlacedOrder {
  const { id, symbol, type, side, status, filledQty } = order;
  return {
    id,
    symbol,
    type,
    side,
    qty: toNumber(order.qty),
    status,
    ...given("limitPrice", order.limitPrice),
    ...given("stopPrice", order.stopPrice),
    ...given("takeProfit", order.takeProfit),
    ...given("stopLoss", order.stopLoss),
    filledQty: toNumber(filledQty),
    ...given("avgPrice", filledQty === 0n ? null : averagePrice(order.filledValue, filledQty)),
    updateTime: order.updatedAt,
  };
}

export function positionView({ id, symbol, side, qty, cost }: PositionRow): AccountPosition {
  return { id, symbol, qty: toNumber(qty), side, avgPrice: qty === 0n ? 0 : toNumber(averagePrice(cost, qty)) };
}

export function executionView({ symbol, price, qty, side, time }: ExecutionRow): Execution {
  return { symbol, price: toNumber(price), qty: toNumber(qty), side, time };
}

export function equityView({ equity, balance, unrealized, realized }: Worth): Equity {
  return {
    equity: toNumber(equity),
    balance: toNumber(balance),
    unrealizedPL: toNumber(unrealized),
    realizedPL: toNumber(realized),
  };
}

export function accountView({ id, name, currency, leverage }: AccountRow, worth: Worth): AccountState {
  return {
    id,
    name,
    currency,
    balance: toNumber(worth.balance),
    equity: toNumber(worth.equity),
    marginUsed: toNumber(worth.marginUsed),
    marginAvailable: toNumber(worth.marginAvailable),
    leverage,
  };
}

export function notificationView({ id, time, severity, title, message, orderId }: NotificationRow): Notification {
  return { id, time, severity, title, message, ...(orderId !== null && { orderId }) };
}

function given<Name extends string>(name: Name, amount: Amount | null): { readonly [_ in Name]?: number } {
  return amount === null ? {} : ({ [name]: toNumber(amount) } as { readonly [_ in Name]: number });
}
