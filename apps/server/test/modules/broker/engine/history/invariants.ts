import { isDeepStrictEqual } from "node:util";
import { ORDER_TYPE } from "@trading/topic";
import { averagePrice, nearestAmount, UNIT } from "../../../../../src/modules/broker/engine/amount.js";
import type { Amount, OrderRow, Valuation } from "../../../../../src/modules/broker/engine/rows.js";
import { filled, working } from "../session.js";
import { ACCOUNTS, priceIn, type Step } from "./steps.js";
import { print } from "./stored-state.js";
import type { Outcome, RemainingOffer, World } from "./world.js";

/** Checks the invariants after each step. @param before the orders before the step */
export function checkInvariants(world: World, outcome: Outcome, before: ReadonlyMap<string, OrderRow>): void {
  checkRefusal(outcome);
  checkAccount(outcome);
  checkFills(world, outcome, before);
  checkBar(world, outcome, before);
  checkWaiting(world);
  for (const order of outcome.changes.orders) {
    checkOrder(world, order);
    const was = before.get(order.id);
    must(order.role !== "close" || !was || order.qty <= was.qty, `${order.id} closes more than requested`);
  }
  for (const { id } of world.stored.accounts.values()) {
    const valuation = world.engine.valuation(id, world.now);
    checkCash(world, valuation);
    checkReducing(world, id);
    checkMargin(world, outcome, valuation);
  }
  checkReported(world, outcome);
}

/** Checks that a rejected command has changed nothing. It can have opened the account. */
function checkRefusal({ refusal, changes }: Outcome): void {
  if (!refusal) return;
  const { orders, positions, executions, notifications } = changes;
  same([...orders, ...positions, ...executions, ...notifications], [], "changes of a rejected command");
  must(!/undefined|null|\[object/.test(refusal.message), `unreadable message: ${refusal.message}`);
}

/** Checks that a command changes only rows of its account, and does not find orders of others. */
function checkAccount({ step, accountId, refusal, changes }: Outcome): void {
  if (step.does === "cancel another's" && refusal) same(refusal.code, "unknown_order", "the code of the rejection");
  if (accountId === undefined) return;
  const { accounts, orders, positions, executions, notifications, valuations } = changes;
  const rows = [orders, positions, executions, notifications, valuations].flat();
  const owners = [...rows.map((row) => row.accountId), ...accounts.map(({ id }) => id)];
  must(
    owners.every((owner) => owner === accountId),
    `${accountId} changes rows of ${owners}`,
  );
}

/** Checks that fills are within the offer and the limit, at the offered price, in order of price and time. */
function checkFills(world: World, { step, changes }: Outcome, before: ReadonlyMap<string, OrderRow>): void {
  for (const { id, orderId, accountId, symbol, side, price, qty } of changes.executions) {
    const order = world.stored.orders.get(orderId)!;
    const remaining = world.remaining.get(symbol)!;
    must(qty > 0n, `${id} has no quantity`);
    same(
      [order.accountId, order.symbol, order.side],
      [accountId, symbol, side],
      `the account, symbol and side of ${id}`,
    );
    const bar = step.does === "bar" ? rangeOf(step, remaining) : undefined;
    if (bar === undefined) same(price, side === 1 ? remaining.ask : remaining.bid, `the price of ${id}`);
    else {
      const gap = side === 1 ? bar.askGap : -bar.bidGap;
      must(price >= bar.low + gap && price <= bar.high + gap, `${id} is filled outside of the bar`);
    }
    must(remaining.askQty >= 0n && remaining.bidQty >= 0n, `${id} exceeds the offer`);
    const { limitPrice, stopPrice, isTriggered } = order;
    must(limitPrice === null || BigInt(side) * price <= BigInt(side) * limitPrice, `${id} crosses the limit`);
    must(stopPrice === null || isTriggered, `${id} is of a stop that was not reached`);
    for (const other of world.stored.orders.values()) {
      const was = before.get(other.id);
      const isOfSide = was !== undefined && other.symbol === symbol && other.side === side;
      // Within a bar a stop can be triggered after the fill.
      const wasWaiting = bar === undefined || was?.isTriggered === other.isTriggered;
      const waits = isOfSide && wasWaiting && isExecutable(other, { ...remaining, ask: price, bid: price });
      must(!waits || other.id === orderId || ranksBefore(order, other), `${orderId} is filled before ${other.id}`);
    }
  }
}

/** Checks that no order that a bar passed through waits: it is filled while the bar offers enough, and stops are triggered. */
function checkBar(world: World, { step, changes }: Outcome, before: ReadonlyMap<string, OrderRow>): void {
  if (step.does !== "bar") return;
  const bar = rangeOf(step, world.remaining.get(step.symbol)!);
  for (const side of [1, -1] as const) {
    const fills = changes.executions.filter((execution) => execution.side === side);
    const taken = sum(fills.map(({ qty }) => qty));
    must(taken <= bar.qty || taken <= bar.closingQty(side), `more is filled than the bar offers`);
    for (const { id } of before.values()) {
      const order = world.stored.orders.get(id)!;
      const { stopPrice, limitPrice, isTriggered } = order;
      if (order.status !== working || order.symbol !== step.symbol || order.side !== side) continue;
      if (stopPrice !== null && !isTriggered)
        must(side === 1 ? bar.high < stopPrice : bar.low > stopPrice, `${id} waits, though the bar reached its stop`);
      const wasLimit = limitPrice !== null && before.get(id)?.isTriggered === isTriggered && stopPrice === null;
      if (wasLimit && taken < bar.qty) {
        const isReached = side === 1 ? bar.low + bar.askGap <= limitPrice : bar.high - bar.bidGap >= limitPrice;
        must(!isReached, `${id} waits, though the bar passed its limit`);
      }
    }
  }
}

/** Returns the lowest and the highest price of a bar, and what it offers. */
function rangeOf({ symbol, prices, qty, bid, ask, spread }: Extract<Step, { does: "bar" }>, { last }: RemainingOffer) {
  const unit = symbol === "BTCUSD" ? UNIT / 2n : UNIT;
  const amounts = prices.map((price) => nearestAmount(priceIn(symbol, price))!);
  const sorted = [...amounts, last].sort((one, other) => (one < other ? -1 : 1));
  const gap = (BigInt(spread) * UNIT) / 4n;
  return {
    low: sorted[0]!,
    high: sorted.at(-1)!,
    askGap: gap,
    bidGap: gap,
    qty: BigInt(qty) * unit,
    closingQty: (side: 1 | -1) => BigInt(side === 1 ? ask : bid) * unit,
  };
}

/** Checks that no order that could be filled waits, and no stop order whose stop price is reached. */
function checkWaiting(world: World): void {
  const priorities = new Set<number>();
  for (const order of world.stored.orders.values()) {
    if (order.status !== working) continue;
    must(!priorities.has(order.priority), `two orders have the priority ${order.priority}`);
    priorities.add(order.priority);
    const { id, stopPrice, side, isTriggered, timeInForce, expiresAt } = order;
    must(timeInForce !== "IOC" && timeInForce !== "FOK", `${id} waits, though it is ${timeInForce}`);
    must(expiresAt === null || expiresAt > world.now, `${id} waits, though its time has ended`);
    const remaining = world.remaining.get(order.symbol);
    if (!remaining) continue;
    const isOffered = (side === 1 ? remaining.askQty : remaining.bidQty) > 0n;
    must(!isOffered || !isExecutable(order, remaining), `${id} waits, though it could be filled`);
    const isAhead = stopPrice === null || (side === 1 ? remaining.last < stopPrice : remaining.last > stopPrice);
    must(isTriggered || isAhead, `${id} waits, though its stop price is reached`);
  }
}

/** Checks that an order is the sum of its fills. */
function checkOrder({ stored }: World, order: OrderRow): void {
  const { id, qty, filledQty, filledValue, status, finishedAt, timeInForce, expiresAt } = order;
  must(timeInForce !== "FOK" || filledQty === 0n || filledQty === qty, `${id} is filled in part`);
  same(expiresAt !== null, timeInForce === "DAY" || timeInForce === "GTD", `${id} expires`);
  const fills = stored.executions.filter(({ orderId }) => orderId === id);
  same(filledQty, sum(fills.map((fill) => fill.qty)), `the filled quantity of ${id}`);
  same(filledValue * UNIT, sum(fills.map((fill) => fill.qty * fill.price)), `the filled value of ${id}`);
  must(filledQty <= qty, `more of ${id} is filled than was ordered`);
  same(status === filled, filledQty === qty, `${id} is filled`);
  same(status === working, finishedAt === null, `${id} works`);
  if (fills.length === 0) return;
  const average = averagePrice(filledValue, filledQty);
  const isWithin = fills.some(({ price }) => price <= average) && fills.some(({ price }) => price >= average);
  must(isWithin, `the average price of ${id} is outside of its fills`);
}

/** Checks the valuation in a second way: cash plus the positions at the last price, without costs. */
function checkCash(world: World, { accountId, ...valuation }: Valuation): void {
  const { deposits } = world.stored.accounts.get(accountId)!;
  const fills = world.stored.executions.filter((execution) => execution.accountId === accountId);
  const holdings = new Map<string, Amount>();
  let cash = deposits * UNIT;
  for (const { id, orderId, symbol, side, price, qty } of fills) {
    const previous = holdings.get(symbol) ?? 0n;
    const current = previous + BigInt(side) * qty;
    const isSmaller = current * current < previous * previous && current * previous >= 0n;
    must(world.stored.orders.get(orderId)?.role === "entry" || isSmaller, `${id} does not only reduce`);
    holdings.set(symbol, current);
    cash -= BigInt(side) * price * qty;
  }
  const positions = world.engine.positions(accountId, world.now);
  for (const [symbol, qty] of holdings) {
    const row = world.stored.positions.get(`${accountId} ${symbol}`)!;
    same(BigInt(row.side) * row.qty, qty, `the position of ${accountId} in ${symbol}`);
    if (symbol !== "OIL") must(row.cost > 0n === row.qty > 0n, `the cost of a position is ${row.cost}`);
    const listed = positions.filter((position) => position.symbol === symbol);
    same(listed, row.qty > 0n ? [row] : [], "the listed position");
    cash += qty * (world.remaining.get(symbol)?.last ?? 0n);
  }
  same(valuation.balance + valuation.unrealized, valuation.equity, "equity");
  same(valuation.balance, deposits + sum(fills.map(({ realized }) => realized)), "balance");
  same(valuation.equity * UNIT, cash, "cash and holdings");
  same(valuation.marginAvailable, valuation.equity - valuation.marginUsed, "available margin");
}

/** Checks that brackets have the quantity of the position, at most one per kind, and closing orders do not exceed it. */
function checkReducing(world: World, accountId: string): void {
  const roles = new Set<string>();
  for (const { id, role, status, side, symbol, qty, filledQty } of world.orders(accountId)) {
    if (role === "entry" || status !== working) continue;
    const position = world.stored.positions.get(`${accountId} ${symbol}`)!;
    const rest = qty - filledQty;
    same(position.side, -side, `the side of the position of ${id}`);
    must(role === "close" ? rest <= position.qty : rest === position.qty, `${id} does not fit its position`);
    must(role === "close" || !roles.has(symbol + role), `there are two working ${role} orders`);
    roles.add(symbol + role);
  }
}

/** Checks that an account that opens or increases a position has the margin for it at the last price. */
function checkMargin(world: World, { step, changes }: Outcome, { accountId, marginAvailable }: Valuation): void {
  // Within a bar, it is checked at a price before the last one.
  if (step.does === "bar") return;
  const fills = changes.executions.filter((execution) => execution.accountId === accountId);
  const [fill, ...others] = fills;
  if (!fill || others.length > 0) return;
  const { side, cost } = world.stored.positions.get(`${accountId} ${fill.symbol}`)!;
  if (cost === 0n || side !== fill.side) return;
  // The difference to the last price is a loss that occurs after the margin check.
  const beyond = BigInt(side) * (fill.price - world.remaining.get(fill.symbol)!.last) * fill.qty;
  must(marginAvailable * UNIT + beyond >= 0n, `${accountId} cannot afford ${fill.id}`);
}

/** Checks that changed valuations are reported. */
function checkReported({ engine, reported, now }: World, { changes }: Outcome): void {
  for (const valuation of changes.valuations) reported.set(valuation.accountId, valuation);
  for (const accountId of ACCOUNTS) {
    if (reported.has(accountId))
      same(reported.get(accountId), engine.valuation(accountId, now), "the last reported valuation");
  }
}

function isExecutable(
  { status, side, type, limitPrice, stopPrice, isTriggered }: OrderRow,
  remaining: RemainingOffer,
): boolean {
  const price = side === 1 ? remaining.ask : remaining.bid;
  if (status !== working || price === undefined || (stopPrice !== null && !isTriggered)) return false;
  const isLimit = type === ORDER_TYPE.limit || type === ORDER_TYPE.stopLimit;
  return !isLimit || (side === 1 ? price <= limitPrice! : price >= limitPrice!);
}

function ranksBefore(order: OrderRow, other: OrderRow): boolean {
  const rank = ({ limitPrice, side }: OrderRow) => (limitPrice === null ? -(10n ** 30n) : -BigInt(side) * limitPrice);
  return rank(order) === rank(other) ? order.priority < other.priority : rank(order) < rank(other);
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function must(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/** Compares like an assertion of vitest, but a hundred times as fast. */
function same(actual: unknown, expected: unknown, name: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${name}: ${print(actual)}, expected ${print(expected)}`);
}
