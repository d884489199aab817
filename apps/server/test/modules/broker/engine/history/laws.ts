import { isDeepStrictEqual } from "node:util";
import { ORDER_TYPE } from "@trading/topic";
import { averagePrice, UNIT } from "../../../../../src/modules/broker/engine/amount.js";
import type { Amount, OrderRow, Valuation } from "../../../../../src/modules/broker/engine/rows.js";
import { filled, working } from "../desk.js";
import { print } from "./kept.js";
import { ACCOUNTS } from "./steps.js";
import type { Left, Outcome, World } from "./world.js";

/** What holds after each step. @param before the orders as they were */
export function checkLaws(world: World, outcome: Outcome, before: ReadonlyMap<string, OrderRow>): void {
  checkRefusal(outcome);
  checkOwn(outcome);
  checkFills(world, outcome, before);
  checkWaiting(world);
  for (const order of outcome.changes.orders) {
    checkOrder(world, order);
    const was = before.get(order.id);
    must(order.role !== "close" || !was || order.qty <= was.qty, `${order.id} closes more than was asked for`);
  }
  for (const { id } of world.kept.accounts.values()) {
    const valuation = world.engine.valuation(id, world.now);
    checkCash(world, valuation);
    checkReducing(world, id);
    checkMargin(world, outcome, valuation);
  }
  checkTold(world, outcome);
}

/** A refused command has changed nothing; it may have opened the account. */
function checkRefusal({ refusal, changes }: Outcome): void {
  if (!refusal) return;
  const { orders, positions, executions, notifications } = changes;
  same([...orders, ...positions, ...executions, ...notifications], [], "what a refused command has changed");
  must(!/undefined|null|\[object/.test(refusal.message), `words for a person: ${refusal.message}`);
}

/** A command changes rows of its own account only; another's order is unknown to it. */
function checkOwn({ step, accountId, refusal, changes }: Outcome): void {
  if (step.does === "cancel another's" && refusal) same(refusal.code, "unknown_order", "why it is refused");
  if (accountId === undefined) return;
  const { accounts, orders, positions, executions, notifications, valuations } = changes;
  const rows = [orders, positions, executions, notifications, valuations].flat();
  const owners = [...rows.map((row) => row.accountId), ...accounts.map(({ id }) => id)];
  must(
    owners.every((owner) => owner === accountId),
    `${accountId} changes rows of ${owners}`,
  );
}

/** Fills take no more than is offered, at its price, within limits, in the order of price and time. */
function checkFills(world: World, { changes }: Outcome, before: ReadonlyMap<string, OrderRow>): void {
  for (const { id, orderId, accountId, symbol, side, price, qty } of changes.executions) {
    const order = world.kept.orders.get(orderId)!;
    const left = world.left.get(symbol)!;
    must(qty > 0n, `${id} is nothing`);
    same([order.accountId, order.symbol, order.side], [accountId, symbol, side], `whose ${id} is`);
    same(price, side === 1 ? left.ask : left.bid, `the price of ${id}`);
    must(left.askQty >= 0n && left.bidQty >= 0n, `${id} takes more than is offered`);
    const { limitPrice, stopPrice, isTriggered } = order;
    must(limitPrice === null || BigInt(side) * price <= BigInt(side) * limitPrice, `${id} crosses the limit`);
    must(stopPrice === null || isTriggered, `${id} is of a stop that was not reached`);
    for (const other of world.kept.orders.values()) {
      const waits = before.has(other.id) && other.symbol === symbol && other.side === side && isExecutable(other, left);
      must(!waits || other.id === orderId || ranksBefore(order, other), `${orderId} is filled before ${other.id}`);
    }
  }
}

/** Of what is offered, nothing is left that an order could take; no stop waits that was reached. */
function checkWaiting(world: World): void {
  const priorities = new Set<number>();
  for (const order of world.kept.orders.values()) {
    if (order.status !== working) continue;
    must(!priorities.has(order.priority), `two orders have the priority ${order.priority}`);
    priorities.add(order.priority);
    const left = world.left.get(order.symbol);
    if (!left) continue;
    const { id, stopPrice, side, isTriggered } = order;
    const isLeft = (side === 1 ? left.askQty : left.bidQty) > 0n;
    must(!isLeft || !isExecutable(order, left), `${id} waits, though it could be filled`);
    const isAhead = stopPrice === null || (side === 1 ? left.last < stopPrice : left.last > stopPrice);
    must(isTriggered || isAhead, `${id} waits, though its stop price is reached`);
  }
}

/** An order is the sum of its fills. */
function checkOrder({ kept }: World, { id, qty, filledQty, filledValue, status, finishedAt }: OrderRow): void {
  const fills = kept.executions.filter(({ orderId }) => orderId === id);
  same(filledQty, sum(fills.map((fill) => fill.qty)), `what is filled of ${id}`);
  same(filledValue * UNIT, sum(fills.map((fill) => fill.qty * fill.price)), `what the fills of ${id} are worth`);
  must(filledQty <= qty, `more of ${id} is filled than was ordered`);
  same(status === filled, filledQty === qty, `${id} is filled`);
  same(status === working, finishedAt === null, `${id} works`);
  if (fills.length === 0) return;
  const average = averagePrice(filledValue, filledQty);
  const isWithin = fills.some(({ price }) => price <= average) && fills.some(({ price }) => price >= average);
  must(isWithin, `the average price of ${id} is outside of its fills`);
}

/** The books are right by a way of counting that knows no cost: cash, and what is held at the last price. */
function checkCash(world: World, { accountId, ...valuation }: Valuation): void {
  const { deposits } = world.kept.accounts.get(accountId)!;
  const fills = world.kept.executions.filter((execution) => execution.accountId === accountId);
  const held = new Map<string, Amount>();
  let cash = deposits * UNIT;
  for (const { id, orderId, symbol, side, price, qty } of fills) {
    const had = held.get(symbol) ?? 0n;
    const has = had + BigInt(side) * qty;
    const isSmaller = has * has < had * had && has * had >= 0n;
    must(world.kept.orders.get(orderId)?.role === "entry" || isSmaller, `${id} does not only reduce`);
    held.set(symbol, has);
    cash -= BigInt(side) * price * qty;
  }
  const positions = world.engine.positions(accountId, world.now);
  for (const [symbol, qty] of held) {
    const stored = world.kept.positions.get(`${accountId} ${symbol}`)!;
    same(BigInt(stored.side) * stored.qty, qty, `the position of ${accountId} in ${symbol}`);
    must(stored.cost > 0n === stored.qty > 0n, `the cost of a position is ${stored.cost}`);
    const listed = positions.filter((position) => position.symbol === symbol);
    same(listed, stored.qty > 0n ? [stored] : [], "the position that is listed");
    cash += qty * (world.left.get(symbol)?.last ?? 0n);
  }
  same(valuation.balance + valuation.unrealized, valuation.equity, "equity");
  same(valuation.balance, deposits + sum(fills.map(({ realized }) => realized)), "balance");
  same(valuation.equity * UNIT, cash, "cash and what is held");
  same(valuation.marginAvailable, valuation.equity - valuation.marginUsed, "available margin");
}

/** What reduces a position goes with it: brackets for all of it, at most one of each, closing orders for no more. */
function checkReducing(world: World, accountId: string): void {
  const roles = new Set<string>();
  for (const { id, role, status, side, symbol, qty, filledQty } of world.orders(accountId)) {
    if (role === "entry" || status !== working) continue;
    const position = world.kept.positions.get(`${accountId} ${symbol}`)!;
    const rest = qty - filledQty;
    same(position.side, -side, `the side against which ${id} works`);
    must(role === "close" ? rest <= position.qty : rest === position.qty, `${id} is not for its position`);
    must(role === "close" || !roles.has(symbol + role), `two ${role} work`);
    roles.add(symbol + role);
  }
}

/** Whoever opens or adds to a position can afford it at the last price. */
function checkMargin(world: World, { changes }: Outcome, { accountId, marginAvailable }: Valuation): void {
  const fills = changes.executions.filter((execution) => execution.accountId === accountId);
  const [fill, ...others] = fills;
  if (!fill || others.length > 0) return;
  const { side, cost } = world.kept.positions.get(`${accountId} ${fill.symbol}`)!;
  if (cost === 0n || side !== fill.side) return;
  // What is paid beyond the last price is lost after the margin was looked at.
  const beyond = BigInt(side) * (fill.price - world.left.get(fill.symbol)!.last) * fill.qty;
  must(marginAvailable * UNIT + beyond >= 0n, `${accountId} cannot afford ${fill.id}`);
}

/** Accounts are told what they are worth as soon as that changes. */
function checkTold({ engine, told, now }: World, { changes }: Outcome): void {
  for (const valuation of changes.valuations) told.set(valuation.accountId, valuation);
  for (const accountId of ACCOUNTS) {
    if (told.has(accountId)) same(told.get(accountId), engine.valuation(accountId, now), "what was told last");
  }
}

function isExecutable({ status, side, type, limitPrice, stopPrice, isTriggered }: OrderRow, left: Left): boolean {
  const price = side === 1 ? left.ask : left.bid;
  if (status !== working || price === 0n || (stopPrice !== null && !isTriggered)) return false;
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

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** As an assertion of vitest, a hundred times as fast. */
function same(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what}: ${print(actual)}, not ${print(expected)}`);
}
