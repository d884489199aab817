import { ORDER_STATUS } from "@trading/topic";
import { abs, notional, toText } from "./amount.js";
import type { EngineContext } from "./context.js";
import { assertNotHalted } from "./halt.js";
import type { KeyedRequest } from "./idempotency.js";
import { checkedPart, checkedQty, type Instrument, tradableInstrument } from "./instrument.js";
import { isWorking } from "./ledger.js";
import { marginShortage } from "./margin.js";
import { Refusal } from "./refusal.js";
import type { AccountRow, Amount, OrderRole, OrderRow } from "./rows.js";
import { checkedBrackets, checkedTerms, estimate, type OrderRequest, type Terms } from "./terms.js";
import { checkedDuration, type Duration, modifiedDuration } from "./time-in-force.js";

/** Converts and checks an order request. @throws {Refusal} */
export function checkedOrder(context: EngineContext, account: AccountRow, request: OrderRequest): Terms {
  assertNotHalted(account);
  const instrument = tradableInstrument(context.instruments, request.symbol, account);
  checkOpen(context, request.symbol);
  return checkedTerms(instrument, request, checkedQty(instrument, request.qty), context.offers);
}

/** Checks that a market has not ended. @throws {Refusal} market_closed */
export function checkOpen({ offers }: EngineContext, symbol: string): void {
  // mutant: check-open
  if (!offers.isClosed(symbol)) return;
  throw new Refusal("market_closed", `${symbol} cannot be traded: its market data has ended`);
}

/** Places an order. @throws {Refusal} */
export function placeOrder(
  context: EngineContext,
  account: AccountRow,
  request: OrderRequest,
  keyed: KeyedRequest | null,
  now: number,
): OrderRow {
  const terms = checkedOrder(context, account, request);
  const instrument = tradableInstrument(context.instruments, request.symbol, account);
  const duration = checkedDuration(instrument, request, now);
  checkMargin(context, account, terms);
  return enterOrder(
    context,
    { ...terms, ...duration },
    { accountId: account.id, role: "entry", ...keyColumns(keyed) },
    now,
  );
}

/**
 * Checks that the margin is sufficient. Without a known price, it is checked when the order is filled. @throws
 * {Refusal} not_enough_margin
 */
function checkMargin(context: EngineContext, account: AccountRow, terms: Terms): void {
  const price = estimate(terms, context.offers);
  if (price === undefined) return;
  const need = context.margin.need(account, terms.symbol, terms.side, terms.qty, price);
  const short = marginShortage(need, account.currency);
  if (short) throw short;
}

/** Adds a checked order and fills as much as possible. @throws {Refusal} too_many_orders */
export function enterOrder(
  { ledger, matching, options: { maxWorkingOrders } }: EngineContext,
  terms: Terms & Duration,
  of: Pick<OrderRow, "accountId" | "idempotencyKey" | "requestHash"> & {
    readonly role: Extract<OrderRole, "entry" | "close">;
  },
  now: number,
): OrderRow {
  const working = ledger.enteredCount(of.accountId);
  if (maxWorkingOrders > 0 && working >= maxWorkingOrders) {
    const remedy = "cancel one or wait for a fill";
    throw new Refusal("too_many_orders", `The account has ${working} working orders, the maximum: ${remedy}`);
  }
  const priority = ledger.next();
  const order = ledger.putOrder({
    ...terms,
    ...of,
    id: `o${priority}`,
    parentId: null,
    filledQty: 0n,
    filledValue: 0n,
    isBracketed: false,
    isTriggered: false,
    status: ORDER_STATUS.working,
    priority,
    placedAt: now,
    updatedAt: now,
    finishedAt: null,
  });
  // mutant: fill-or-kill
  if (order.timeInForce !== "FOK" || matching.canFillAll(order)) matching.run(order.symbol, now);
  const entered = ledger.order(order.accountId, order.id) ?? order;
  const isNow = order.timeInForce === "IOC" || order.timeInForce === "FOK";
  // mutant: cancel-rest
  if (isNow && isWorking(entered)) return ledger.finishOrder(entered, ORDER_STATUS.cancelled, now);
  return entered;
}

/** Modifies a working order; omitted brackets are removed. @throws {Refusal} */
export function modifyOrder(
  context: EngineContext,
  account: AccountRow,
  id: string,
  request: OrderRequest,
  now: number,
): OrderRow {
  const order = workingOrder(context, account, id);
  if (order.role === "entry") assertNotHalted(account);
  const { symbol, type, side } = order;
  if (request.symbol !== symbol || request.type !== type || request.side !== side) {
    const remedy = "cancel it and place a new one";
    throw new Refusal("invalid_order", `Symbol, type and side of order ${id} cannot be changed: ${remedy}`);
  }
  const instrument = tradableInstrument(context.instruments, symbol, account);
  const terms = modifiedTerms(context, instrument, order, modifiedQty(instrument, order, request.qty), request);
  const duration = modifiedDuration(instrument, order, request, now);
  const before = estimatedRest(context, order, order);
  const after = estimatedRest(context, order, terms);
  if (order.role === "entry" && after.value > before.value) checkMargin(context, account, { ...terms, qty: after.qty });
  const isNewPrice = terms.limitPrice !== order.limitPrice || terms.stopPrice !== order.stopPrice;
  // A larger quantity or another price loses the order's place in the queue.
  const priority = isNewPrice || terms.qty > order.qty ? context.ledger.next() : order.priority;
  context.ledger.putOrder({ ...order, ...terms, ...duration, priority, updatedAt: now });
  context.matching.run(symbol, now);
  return context.ledger.order(account.id, id) ?? order;
}

/** Cancels a working order. @throws {Refusal} */
export function cancelOrder(context: EngineContext, account: AccountRow, id: string, now: number): OrderRow {
  return context.ledger.finishOrder(workingOrder(context, account, id), ORDER_STATUS.cancelled, now);
}

/** Cancels an account's working orders, except the brackets of positions. @returns them */
export function cancelAllOrders({ ledger }: EngineContext, { id }: AccountRow, now: number): OrderRow[] {
  const orders = ledger
    .ordersOf(id)
    .filter((order) => isWorking(order) && (order.role === "entry" || order.role === "close"));
  return orders.map((order) => ledger.finishOrder(order, ORDER_STATUS.cancelled, now));
}

/** Returns a listed order of an account. @throws {Refusal} unknown_order */
export function knownOrder({ ledger }: EngineContext, account: AccountRow, id: string): OrderRow {
  const order = ledger.order(account.id, id);
  if (order) return order;
  throw new Refusal("unknown_order", `The account has no order ${JSON.stringify(id)}`);
}

/** Returns the columns of a key. */
export function keyColumns(keyed: KeyedRequest | null): Pick<OrderRow, "idempotencyKey" | "requestHash"> {
  return { idempotencyKey: keyed?.key ?? null, requestHash: keyed?.requestHash ?? null };
}

function workingOrder(context: EngineContext, account: AccountRow, id: string): OrderRow {
  const order = knownOrder(context, account, id);
  if (isWorking(order)) return order;
  const end = { [ORDER_STATUS.filled]: "filled", [ORDER_STATUS.cancelled]: "cancelled" }[order.status as number];
  throw new Refusal("not_working", `Order ${id} is not working: it was ${end ?? "rejected"}`);
}

function modifiedQty(instrument: Instrument, order: OrderRow, value: number): Amount {
  const { role, filledQty } = order;
  const qty = role === "entry" ? checkedQty(instrument, value) : checkedPart(instrument, value, order.qty);
  const refuse = (reason: string): never => {
    throw new Refusal("invalid_qty", `The quantity cannot be ${value}: ${reason}`);
  };
  if (qty <= filledQty) return refuse(`${toText(filledQty)} are already filled`);
  if (qty === order.qty || role === "entry" || role === "close") return qty;
  return refuse("the quantity of a bracket follows its position");
}

function modifiedTerms(
  context: EngineContext,
  instrument: Instrument,
  order: OrderRow,
  qty: Amount,
  request: OrderRequest,
): Terms {
  const brackets = checkedBrackets(instrument, request, order.side, undefined);
  const isSame = brackets.takeProfit === order.takeProfit && brackets.stopLoss === order.stopLoss;
  if (!isSame && order.role !== "entry") {
    throw new Refusal("invalid_bracket", "Only orders that open a position can have brackets");
  }
  if (!isSame && order.isBracketed) {
    throw new Refusal("invalid_bracket", "The brackets are already on the position: change them there");
  }
  // Unchanged brackets were checked against the prices at the time; the market may have passed them since.
  const unchecked = isSame ? { takeProfit: undefined, stopLoss: undefined } : {};
  const terms = checkedTerms(instrument, { ...request, ...unchecked }, qty, context.offers);
  if (order.isTriggered && terms.stopPrice !== order.stopPrice) {
    throw new Refusal("already_triggered", `The stop price ${toText(order.stopPrice ?? 0n)} was already reached`);
  }
  return { ...terms, ...brackets };
}

/** Returns the unfilled quantity of an order and its estimated value. */
function estimatedRest({ offers }: EngineContext, { filledQty }: OrderRow, terms: Terms) {
  const qty = terms.qty - filledQty;
  return { qty, value: abs(notional(estimate(terms, offers) ?? 0n, qty)) };
}
