import { ORDER_STATUS, ORDER_TYPE } from "@trading/topic";
import type { Ledger } from "./ledger.js";
import type { Amount, OrderRow, PositionRow } from "./rows.js";

/** Prices at which a position ends; null where it has none. */
export interface Brackets {
  readonly takeProfit: Amount | null;
  readonly stopLoss: Amount | null;
}

/**
 * Makes brackets those of a position. One whose price stays is left as it is; others are cancelled and placed anew.
 *
 * @param parent the order that brings them
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
    const present = reducingOrders(ledger, accountId, symbol).find((order) => order.role === role);
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
      qty: position.qty,
      filledQty: 0n,
      filledValue: 0n,
      limitPrice: role === "takeProfit" ? price : null,
      stopPrice: role === "stopLoss" ? price : null,
      takeProfit: null,
      stopLoss: null,
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
 * Keeps what reduces a position within it after it has changed: brackets are always for all of it, closing orders for
 * no more than it. Without the position they are cancelled, which also ends the one bracket when the other has filled.
 */
export function fitToPosition(ledger: Ledger, accountId: string, symbol: string, now: number): void {
  const position = ledger.position(accountId, symbol);
  for (const order of reducingOrders(ledger, accountId, symbol)) {
    if (position === undefined || position.side === order.side) {
      // mutant: cancel-other-bracket
      ledger.finishOrder(order, ORDER_STATUS.cancelled, now);
      continue;
    }
    const most = order.filledQty + position.qty;
    const qty = /* mutant: limit-closing-order */ order.role === "close" && order.qty < most ? order.qty : most;
    // mutant: resize-bracket
    if (qty !== order.qty) ledger.putOrder({ ...order, qty, updatedAt: now });
  }
}

/** The working orders that only ever reduce an account's position. */
export function reducingOrders(ledger: Ledger, accountId: string, symbol: string): OrderRow[] {
  return ledger.workingOf(accountId).filter((order) => order.symbol === symbol && order.role !== "entry");
}

function priceOf(bracket: OrderRow): Amount | null {
  return bracket.limitPrice ?? bracket.stopPrice;
}
