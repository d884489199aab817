import type { AccountPosition, AccountState, Equity, Execution, Notification, PlacedOrder } from "@trading/topic";
import { PARENT_TYPE } from "@trading/topic";
import { averagePrice, toMoney, toNumber, toReadable } from "./amount.js";
import type { LeveragePreview } from "./leverage.js";
import type { OrderPreview } from "./preview.js";
import type { AccountRow, Amount, ExecutionRow, NotificationRow, OrderRow, PositionRow, Valuation } from "./rows.js";

/*
 * Converts rows to the updates of the routes in @trading/topic and to REST replies. Numbers are the nearest to the
 * amounts, and are written with at most 8 decimals.
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
    ...parentOf(row),
    ...(row.timeInForce !== "GTC" && {
      duration: { type: row.timeInForce, ...(row.expiresAt !== null && { datetime: row.expiresAt }) },
    }),
    ...given("avgPrice", filledQty === 0n ? null : averagePrice(row.filledValue, filledQty)),
    updateTime: row.updatedAt,
  };
}

/** Returns what a bracket belongs to: the order that it came with, or the position that it was set on. */
function parentOf({ role, parentId, symbol }: OrderRow): Pick<PlacedOrder, "parentId" | "parentType"> {
  if (role !== "takeProfit" && role !== "stopLoss") return {};
  return parentId === null
    ? { parentId: symbol, parentType: PARENT_TYPE.position }
    : { parentId, parentType: PARENT_TYPE.order };
}

/** Converts a position. A flat one has the average price 0. */
export function toPosition({ id, symbol, qty, side, cost }: PositionRow): AccountPosition {
  return { id, symbol, qty: toNumber(qty), side, avgPrice: qty === 0n ? 0 : toNumber(averagePrice(cost, qty)) };
}

export function toExecution({ symbol, price, qty, side, time }: ExecutionRow): Execution {
  return { symbol, price: toNumber(price), qty: toNumber(qty), side, time };
}

export function toEquity({ equity, balance, unrealized, realized }: Valuation): Equity {
  return {
    equity: toNumber(equity),
    balance: toNumber(balance),
    unrealizedPL: toNumber(unrealized),
    realizedPL: toNumber(realized),
  };
}

export function toAccountState({ id, name, currency, leverage }: AccountRow, valuation: Valuation): AccountState {
  return {
    id,
    name,
    currency,
    balance: toNumber(valuation.balance),
    equity: toNumber(valuation.equity),
    marginUsed: toNumber(valuation.marginUsed),
    marginAvailable: toNumber(valuation.marginAvailable),
    leverage,
  };
}

export function toNotification({ id, time, severity, title, message, orderId }: NotificationRow): Notification {
  return { id, time, severity, title, message, ...(orderId !== null && { orderId }) };
}

/** The same as `OrderPreviewResult` of the SDK's TradingView adapter. */
export interface PreviewResult {
  readonly sections: { readonly header: string; readonly rows: { readonly title: string; readonly value: string }[] }[];
  readonly warnings?: string[];
  /** Reasons for which it would be rejected. */
  readonly errors?: string[];
}

/** The same as `LeveragePreviewResult` of the SDK's TradingView adapter. */
export interface LeveragePreviewResult {
  readonly infos: string[];
  /** Reasons for which it would be rejected. */
  readonly errors?: string[];
}

export function toPreviewResult(preview: OrderPreview): PreviewResult {
  const { refusal, estimate, marginAvailable, currency } = preview;
  const row = (title: string, amount: string) => ({ title, value: `${amount} ${currency}` });
  const available = row("Available margin", toMoney(marginAvailable));
  if (!estimate) {
    const sections = [{ header: "Margin", rows: [available] }];
    return refusal ? { sections, errors: [refusal.message] } : { sections, warnings: ["No price is known yet"] };
  }
  const { price, value, marginNeeded } = estimate;
  return {
    sections: [
      { header: "Cost", rows: [row("Estimated price", toReadable(price)), row("Value", toMoney(value))] },
      { header: "Margin", rows: [row("Required margin", toMoney(marginNeeded)), available] },
    ],
    ...(refusal && { errors: [refusal.message] }),
  };
}

export function toLeveragePreviewResult(preview: LeveragePreview): LeveragePreviewResult {
  const { refusal, before, after, currency } = preview;
  const info = (title: string, from: Amount, to: Amount) => `${title}: ${toMoney(from)} → ${toMoney(to)} ${currency}`;
  return {
    infos: [
      info("Used margin", before.marginUsed, after.marginUsed),
      info("Available margin", before.marginAvailable, after.marginAvailable),
    ],
    ...(refusal && { errors: [refusal.message] }),
  };
}

function given<Name extends string>(name: Name, amount: Amount | null): { [name in Name]?: number } {
  return amount === null ? {} : ({ [name]: toNumber(amount) } as { [name in Name]: number });
}
