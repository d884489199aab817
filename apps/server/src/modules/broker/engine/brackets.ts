import { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";
import type { Ledger } from "./ledger.js";
import type { Amount, OrderRow, PositionRow } from "./rows.js";

/** Take profit and stop loss of a position; null means none. */
export interface Brackets {
  readonly takeProfit: Amount | null;
  readonly stopLoss: Amount | null;
}

/**
 * Replaces the brackets of a position. A bracket whose price stays the same keeps its order; others are cancelled and
 * placed again.
 *
 * @param parent the order that the brackets come from
 */
export function putBrackets(
  ledger: Ledger,
  position: PositionRow,
  brackets: Brackets,
  parent: OrderRow | null,
  now: number,
) {
  const { accountId, symbol } = position;
  for (const role of ["takeProfit", "stopLoss"] as const) {
    const price = brackets[role];
    const present = ledger.reducing(accountId, symbol).find((order) => order.role === role);
    if (present && price === priceOf(present)) continue;
    if (present) ledger.finishOrder(present, ORDER_STATUS.cancelled, now);
    if (price === null) continue;
    const priority = ledger.next();
    ledger.putOrder({
      id: `o${priority}`,
      accountId,
      symbol,
      type: role === "takeProfit" ? ORDER_TYPE.limit : ORDER_TYPE.stop,
      side: position.side === 1 ? -1 : 1,
      role,
      parentId: parent?.id ?? null,
      idempotencyKey: null,
      requestHash: null,
      qty: position.qty,
      filledQty: 0n,
      filledValue: 0n,
      limitPrice: role === "takeProfit" ? price : null,
      stopPrice: role === "stopLoss" ? price : null,
      takeProfit: null,
      stopLoss: null,
      timeInForce: "GTC",
      expiresAt: null,
      isBracketed: false,
      isTriggered: false,
      status: ORDER_STATUS.working,
      priority,
      placedAt: now,
      updatedAt: now,
      finishedAt: null,
    });
  }
}

/**
 * Adjusts the orders that reduce a position after it has changed: brackets always cover all of it, closing orders at
 * most all of it. If the position is closed, they are cancelled; this also cancels the second bracket after the first
 * was filled.
 */
export function fitToPosition(ledger: Ledger, accountId: string, symbol: string, now: number): void {
  const position = ledger.position(accountId, symbol);
  for (const order of ledger.reducing(accountId, symbol)) {
    if (position === undefined || position.side === order.side) {
      // mutant: cancel-other-bracket
      ledger.finishOrder(order, ORDER_STATUS.cancelled, now);
      continue;
    }
    const maxQty = order.filledQty + position.qty;
    const qty = /* mutant: limit-closing-order */ order.role === "close" && order.qty < maxQty ? order.qty : maxQty;
    // mutant: resize-bracket
    if (qty !== order.qty) ledger.putOrder({ ...order, qty, updatedAt: now });
  }
}

function priceOf(bracket: OrderRow): Amount | null {
  return bracket.limitPrice ?? bracket.stopPrice;
}
