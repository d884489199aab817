import { isDeepStrictEqual } from "node:util";
import type { TopOfBook } from "../../../../../src/market/market.js";
import { nearestAmount, toNumber, UNIT } from "../../../../../src/modules/broker/engine/amount.js";
import { createEngine, type Engine } from "../../../../../src/modules/broker/engine/engine.js";
import { Refusal } from "../../../../../src/modules/broker/engine/refusal.js";
import type { Amount, Changes, OrderRow, Valuation } from "../../../../../src/modules/broker/engine/rows.js";
import { BUY, market, NOW, INSTRUMENTS as SESSION_INSTRUMENTS, stop, topOfBook } from "../session.js";
import { ACCOUNTS, type HistorySymbol, priceIn, type Step, SYMBOLS } from "./steps.js";
import { print, StoredState } from "./stored-state.js";

const INSTRUMENTS = [
  ...SESSION_INSTRUMENTS,
  { ...SESSION_INSTRUMENTS[0]!, symbol: "OIL", hasNegativePrices: true, session: "0900-1430" },
];

/** A small deposit, so that margin is exceeded. */
const OPTIONS = { deposit: 450, leverage: 2, maxWorkingOrders: 12, finishedForMs: 600_000 };

/** Distances of brackets from a price. */
interface BracketDistances {
  readonly takeProfit: number | undefined;
  readonly stopLoss: number | undefined;
}

/** The result of a step. */
export interface Outcome {
  readonly step: Step;
  /** The account of the command. */
  readonly accountId: string | undefined;
  readonly refusal: Refusal | undefined;
  readonly changes: Changes;
}

/** The rest of the last top of book of a symbol, after fills. */
export interface RemainingOffer {
  readonly last: Amount;
  /** Undefined without an offer. */
  readonly bid: Amount | undefined;
  readonly ask: Amount | undefined;
  bidQty: Amount;
  askQty: Amount;
}

/**
 * An engine that runs a history, the store of its changes, and a second engine that is loaded from that store at each
 * restart. Both must have the same results.
 */
export class World {
  readonly stored = new StoredState();
  readonly remaining = new Map<string, RemainingOffer>();
  /** The last reported valuation of each account. */
  readonly reported = new Map<string, Valuation>();
  readonly engine: Engine = createEngine(INSTRUMENTS, OPTIONS);
  now = NOW;
  #twin: Engine = createEngine(INSTRUMENTS, OPTIONS);

  /** Runs a step. @throws if the results of the two engines differ */
  do(step: Step): Outcome {
    if (step.does === "restart") this.#restart();
    if (step.does === "advance") this.now += step.ms;
    const first = this.#run(this.engine, step);
    const second = this.#run(this.#twin, step);
    if (!isDeepStrictEqual(comparable(first), comparable(second))) {
      throw new Error(`After a restart, the result differs: ${print(second)}\nexpected: ${print(first)}`);
    }
    this.stored.add(first.changes);
    this.#takeFromRemaining(step, first.changes);
    return { step, accountId: "account" in step ? step.account : undefined, ...first };
  }

  orders(accountId: string): readonly OrderRow[] {
    return [...this.stored.orders.values()].filter((order) => order.accountId === accountId);
  }

  #run(engine: Engine, step: Step): { refusal: Refusal | undefined; changes: Changes } {
    let refusal: Refusal | undefined;
    try {
      this.#command(engine, step);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
    }
    return { refusal, changes: engine.takeChanges() };
  }

  #command(engine: Engine, step: Step): void {
    const { now } = this;
    switch (step.does) {
      case "top of book":
      case "bar":
        engine.applyTopOfBook(topOfBookOf(step), now);
        return;
      case "place": {
        const { account, symbol, type, side, key, timeInForce } = step;
        const [limitPrice, stopPrice] = [priceIn(symbol, step.limitPrice), priceIn(symbol, step.stopPrice)];
        const expiresAt = timeInForce === "GTD" ? now + step.lifeMs : undefined;
        const qty = SYMBOLS[symbol][step.size] as number;
        const near = type === market ? this.#last(symbol) : type === stop ? stopPrice : limitPrice;
        const brackets = bracketsAt(near, side, step);
        const order = engine.place(
          account,
          { symbol, type, side, qty, limitPrice, stopPrice, ...brackets, timeInForce, expiresAt },
          now,
          key,
        );
        const known = this.orders(account).find(({ idempotencyKey, finishedAt }) => {
          return key !== undefined && idempotencyKey === key && (finishedAt === null || now - finishedAt < 600_000);
        });
        if (known && known.id !== order.id) throw new Error(`${order.id} was placed, though ${known.id} has its key`);
        return;
      }
      case "modify": {
        const order = pick(this.orders(step.account), step.index);
        if (!order) return;
        const { symbol, type, side, role } = order;
        const qty = role === "entry" ? (SYMBOLS[symbol as HistorySymbol][step.size] as number) : toNumber(order.qty);
        const { takeProfit, stopLoss } = role === "entry" ? step : {};
        const [limitPrice, stopPrice] = [priceIn(symbol, step.limitPrice), priceIn(symbol, step.stopPrice)];
        engine.modify(
          step.account,
          order.id,
          { symbol, type, side, qty, limitPrice, stopPrice, takeProfit, stopLoss },
          now,
        );
        return;
      }
      case "cancel": {
        const order = pick(this.orders(step.account), step.index);
        if (order) engine.cancel(step.account, order.id, now);
        return;
      }
      case "cancel another's": {
        const others = ACCOUNTS.filter((account) => account !== step.account);
        const order = pick(
          others.flatMap((account) => this.orders(account)),
          step.index,
        );
        if (order) engine.cancel(step.account, order.id, now);
        return;
      }
      case "close": {
        const amount = step.size === undefined ? undefined : SYMBOLS[step.symbol][step.size];
        engine.closePosition(step.account, step.symbol, amount, now);
        return;
      }
      case "edit brackets": {
        const side = this.stored.positions.get(`${step.account} ${step.symbol}`)?.side ?? BUY;
        engine.editBrackets(step.account, step.symbol, bracketsAt(this.#last(step.symbol), side, step), now);
        return;
      }
      case "set leverage":
        engine.setLeverage(step.account, step.leverage, now);
        return;
      case "odd order":
        engine.preview(step.account, step, now);
        engine.place(step.account, step, now);
        return;
      case "odd top of book":
        engine.applyTopOfBook({ ...step, time: now }, now);
        return;
      case "advance":
        engine.expireOrders(now);
        return;
      case "restart":
        return;
    }
  }

  #last(symbol: string): number {
    return toNumber(this.remaining.get(symbol)?.last ?? 100n * UNIT);
  }

  /** Restarts the second engine. It gets the current top of book again, as from a market, without the filled quantities. */
  #restart(): void {
    this.#twin = createEngine(INSTRUMENTS, OPTIONS, this.stored.snapshot());
    for (const [symbol, remaining] of this.remaining)
      this.#twin.applyTopOfBook(topOfBookWith(symbol, remaining), this.now);
    const { orders, positions, executions, notifications } = this.#twin.takeChanges();
    const changed = [...orders, ...positions, ...executions, ...notifications];
    if (changed.length > 0) throw new Error(`A restart changed rows: ${print(changed)}`);
  }

  #takeFromRemaining(step: Step, { executions }: Changes): void {
    if (step.does === "top of book" || step.does === "bar") this.#offer(topOfBookOf(step));
    if (step.does === "odd top of book") this.#offer({ ...step, time: 0 });
    for (const { symbol, side, qty } of executions) {
      const remaining = this.remaining.get(symbol);
      if (!remaining) continue;
      const member = side === 1 ? "askQty" : "bidQty";
      remaining[member] -= qty;
      // The bar itself offered more than its last prices do.
      if (step.does === "bar" && remaining[member] < 0n) remaining[member] = 0n;
    }
  }

  /** Rounds a top of book in a second way: prices not in favor of orders, quantities down. */
  #offer(top: TopOfBook): void {
    const instrument = INSTRUMENTS.find(({ symbol }) => symbol === top.symbol)!;
    const step = nearestAmount(instrument.priceStep)!;
    const qtyStep = nearestAmount(instrument.qtyStep)!;
    const isNegative = instrument.hasNegativePrices ?? false;
    const isTrue = (price: number) => (price > 0 || isNegative) && Math.abs(price) <= 1e9;
    const price = (value: number, toStep: (amount: Amount) => Amount) => {
      const amount = isTrue(value) ? toStep(nearestAmount(value)!) : undefined;
      return amount === 0n && !isNegative ? undefined : amount;
    };
    const down = (amount: Amount) => amount - (((amount % step) + step) % step);
    const qty = (value: number, at: Amount | undefined) => {
      const amount = value > 0 && at !== undefined ? nearestAmount(value) : 0n;
      return ((amount ?? 0n) / qtyStep) * qtyStep;
    };
    const last = price(top.last, (amount) => down(amount) || (amount > 0n && !isNegative ? step : 0n));
    if (last === undefined) return;
    const bid = price(top.bid, down);
    const ask = price(top.ask, (amount) => -down(-amount));
    this.remaining.set(top.symbol, { last, bid, ask, bidQty: qty(top.bidQty, bid), askQty: qty(top.askQty, ask) });
  }
}

function bracketsAt(price: number, side: number, { takeProfit, stopLoss }: BracketDistances) {
  return {
    takeProfit: takeProfit === undefined ? undefined : price + side * takeProfit,
    stopLoss: stopLoss === undefined ? undefined : price - side * stopLoss,
  };
}

function topOfBookOf(step: Extract<Step, { does: "top of book" | "bar" }>): TopOfBook {
  const { symbol, spread, bid, ask } = step;
  const half = spread * 0.25;
  const unit = symbol === "BTCUSD" ? 0.5 : 1;
  const quantities = { bidQty: bid * unit, askQty: ask * unit };
  if (step.does === "top of book") {
    const last = priceIn(symbol, step.last);
    return topOfBook(symbol, last, { bid: last - half, ask: last + half, ...quantities });
  }
  const prices = step.prices.map((price) => priceIn(symbol, price));
  const last = prices.at(-1) as number;
  const moves = prices.map((price, at) => ({ price, qty: step.qty * unit, isJump: at === 0 }));
  return topOfBook(symbol, last, { bid: last - half, ask: last + half, ...quantities, moves });
}

function topOfBookWith(symbol: string, { last, bid, ask, bidQty, askQty }: RemainingOffer): TopOfBook {
  const [bidRest, askRest] = [toNumber(bidQty), toNumber(askQty)];
  return topOfBook(symbol, toNumber(last), {
    bid: bid === undefined ? Number.NaN : toNumber(bid),
    ask: ask === undefined ? Number.NaN : toNumber(ask),
    bidQty: bidRest,
    askQty: askRest,
  });
}

function pick<Row>(rows: readonly Row[], index: number): Row | undefined {
  return rows[rows.length === 0 ? 0 : index % rows.length];
}

/** Sorts rows whose order does not matter: all except executions and notifications. */
function comparable({ refusal, changes }: { refusal: Refusal | undefined; changes: Changes }) {
  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
  const byAccount = (one: { accountId: string }, other: { accountId: string }) =>
    one.accountId < other.accountId ? -1 : 1;
  return {
    refusal: refusal?.message,
    ...changes,
    accounts: [...changes.accounts].sort(byId),
    orders: [...changes.orders].sort(byId),
    positions: [...changes.positions].sort(byAccount),
    valuations: [...changes.valuations].sort(byAccount),
  };
}
