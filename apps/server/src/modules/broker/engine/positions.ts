import { ORDER_TYPE } from "@trading/topic";
import { toText } from "./amount.js";
import { putBrackets } from "./brackets.js";
import type { EngineContext } from "./context.js";
import type { KeyedRequest } from "./idempotency.js";
import { checkedPart, tradableInstrument } from "./instrument.js";
import { checkOpen, enterOrder, keyColumns } from "./orders.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, OrderRow, PositionRow } from "./rows.js";
import { type BracketsRequest, checkedBrackets } from "./terms.js";

/**
 * Places a market order that reduces a position.
 *
 * @param amount undefined: all of it
 * @throws {Refusal}
 */
export function closePosition(
  context: EngineContext,
  account: AccountRow,
  id: string,
  amount: number | undefined,
  keyed: KeyedRequest | null,
  now: number,
): OrderRow {
  const position = openPosition(context, account, id);
  const { symbol, side } = position;
  const instrument = tradableInstrument(context.instruments, symbol, account);
  checkOpen(context, symbol);
  const qty = amount === undefined ? position.qty : checkedPart(instrument, amount, position.qty);
  const closing = context.ledger
    .reducing(account.id, symbol)
    .filter(({ role }) => role === "close")
    .reduce((sum, order) => sum + order.qty - order.filledQty, 0n);
  // mutant: count-pending-closes
  if (closing + qty > position.qty) {
    const facts = `${toText(closing)} of ${toText(position.qty)} ${symbol} are already being closed`;
    throw new Refusal("already_closing", `${toText(qty)} cannot be closed: ${facts}`);
  }
  const terms = { symbol, type: ORDER_TYPE.market, side: side === 1 ? (-1 as const) : (1 as const), qty };
  const prices = { limitPrice: null, stopPrice: null, takeProfit: null, stopLoss: null };
  const duration = { timeInForce: "GTC", expiresAt: null } as const;
  const of = { accountId: account.id, role: "close", ...keyColumns(keyed) } as const;
  return enterOrder(context, { ...terms, ...prices, ...duration }, of, now);
}

/** Replaces the brackets of a position; omitted ones are removed. @throws {Refusal} */
export function editBrackets(
  context: EngineContext,
  account: AccountRow,
  id: string,
  request: BracketsRequest,
  now: number,
): void {
  const position = openPosition(context, account, id);
  const { symbol, side } = position;
  const instrument = tradableInstrument(context.instruments, symbol, account);
  const brackets = checkedBrackets(instrument, request, side, context.offers.last(symbol));
  putBrackets(context.ledger, position, brackets, null, now);
  context.matching.run(symbol, now);
}

function openPosition({ ledger }: EngineContext, account: AccountRow, id: string): PositionRow {
  // A position's id is its symbol.
  const position = ledger.position(account.id, id);
  if (position) return position;
  throw new Refusal("unknown_position", `The account has no position ${JSON.stringify(id)}`);
}
