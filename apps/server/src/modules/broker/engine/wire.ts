import type { AccountPosition, AccountState, Equity, Execution, Notification, PlacedOrder } from "@trading/topic";
import { averagePrice, toNumber, toText } from "./amount.js";
import type { LeveragePreview } from "./leverage.js";
import type { OrderPreview } from "./preview.js";
import type { AccountRow, Amount, ExecutionRow, NotificationRow, OrderRow, PositionRow, Worth } from "./rows.js";

/*
 * What is told of the rows: by the routes of @trading/topic, and over REST. Numbers are those nearest to the amounts,
 * and are written with at most 8 decimals.
 */

export function toPlacedOrder(row: OrderRow): PlacedOrder {
  const { id, symbol, type, side, status, filledQty } = row;
  return {
    id,
    symbol,
    type,
    side,
    qty: toNumber(row.qty),
    status,
    ...given("limitPrice", row.limitPrice),
    ...given("stopPrice", row.stopPrice),
    ...given("takeProfit", row.takeProfit),
    ...given("stopLoss", row.stopLoss),
    filledQty: toNumber(filledQty),
    ...given("avgPrice", filledQty === 0n ? null : averagePrice(row.filledValue, filledQty)),
    updateTime: row.updatedAt,
  };
}

/** A flat position has the average price 0. */
export function toPosition({ id, symbol, qty, side, cost }: PositionRow): AccountPosition {
  return { id, symbol, qty: toNumber(qty), side, avgPrice: qty === 0n ? 0 : toNumber(averagePrice(cost, qty)) };
}

export function toExecution({ symbol, price, qty, side, time }: ExecutionRow): Execution {
  return { symbol, price: toNumber(price), qty: toNumber(qty), side, time };
}

export function toEquity({ equity, balance, unrealized, realized }: Worth): Equity {
  return {
    equity: toNumber(equity),
    balance: toNumber(balance),
    unrealizedPL: toNumber(unrealized),
    realizedPL: toNumber(realized),
  };
}

export function toAccountState({ id, name, currency, leverage }: AccountRow, worth: Worth): AccountState {
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

export function toNotification({ id, time, severity, title, message, orderId }: NotificationRow): Notification {
  return { id, time, severity, title, message, ...(orderId !== null && { orderId }) };
}

/** As `OrderPreviewResult` of the SDK's TradingView adapter. */
export function toPreviewResult({ refusal, estimatedPrice, value, marginNeeded, ...preview }: OrderPreview) {
  const { marginAvailable, currency } = preview;
  const row = (title: string, amount: Amount) => ({ title, value: `${toText(amount)} ${currency}` });
  const cost = value === undefined ? [] : [row("Value", value)];
  const price = estimatedPrice === undefined ? [] : [row("Estimated price", estimatedPrice)];
  const needed = marginNeeded === undefined ? [] : [row("Margin needed", marginNeeded)];
  return {
    sections: [
      ...(price.length === 0 ? [] : [{ header: "Cost", rows: [...price, ...cost] }]),
      { header: "Margin", rows: [...needed, row("Margin available", marginAvailable)] },
    ],
    ...(refusal ? { errors: [refusal.message] } : price.length === 0 && { warnings: ["No price is known yet"] }),
  };
}

/** As `LeveragePreviewResult` of the SDK's TradingView adapter. */
export function toLeveragePreviewResult({ refusal, before, after, currency }: LeveragePreview) {
  const info = (title: string, from: Amount, to: Amount) => `${title}: ${toText(from)} → ${toText(to)} ${currency}`;
  return {
    infos: [
      info("Margin used", before.marginUsed, after.marginUsed),
      info("Margin available", before.marginAvailable, after.marginAvailable),
    ],
    ...(refusal && { errors: [refusal.message] }),
  };
}

function given<Name extends string>(name: Name, amount: Amount | null): { [name in Name]?: number } {
  return amount === null ? {} : ({ [name]: toNumber(amount) } as { [name in Name]: number });
}
