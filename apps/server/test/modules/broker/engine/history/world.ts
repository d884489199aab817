import { isDeepStrictEqual } from "node:util";
import type { TopOfBook } from "../../../../../src/market/market.js";
import { nearestAmount, toNumber, UNIT } from "../../../../../src/modules/broker/engine/amount.js";
import { createEngine, type Engine } from "../../../../../src/modules/broker/engine/engine.js";
import { Refusal } from "../../../../../src/modules/broker/engine/refusal.js";
import type { Amount, Changes, OrderRow, Valuation } from "../../../../../src/modules/broker/engine/rows.js";
import { BUY, INSTRUMENTS, market, NOW, stop, touchOf } from "../desk.js";
import { print, StoredState } from "./kept.js";
import { ACCOUNTS, type HistorySymbol, type Step, SYMBOLS } from "./steps.js";

/** Little money, so that margin runs out. */
const OPTIONS = { deposit: 450, leverage: 2, maxWorkingOrders: 12, finishedForMs: 600_000 };

/** How far brackets are to be from a price. */
interface Away {
  readonly takeProfit: number | undefined;
  readonly stopLoss: number | undefined;
}

/** What one step has done. */
export interface Outcome {
  readonly step: Step;
  /** Whose command it was. */
  readonly accountId: string | undefined;
  readonly refusal: Refusal | undefined;
  readonly changes: Changes;
}

/** What is left of the last touch of a symbol. */
export interface Left {
  readonly last: Amount;
  readonly bid: Amount;
  readonly ask: Amount;
  bidQty: Amount;
  askQty: Amount;
}

/**
 * An engine that goes through a history, the store of its changes, and another engine that is loaded from that store at
 * each restart and has to do the same.
 */
export class World {
  readonly kept = new StoredState();
  readonly left = new Map<string, Left>();
  /** What accounts were last told to be valuation. */
  readonly told = new Map<string, Valuation>();
  readonly engine: Engine = createEngine(INSTRUMENTS, OPTIONS);
  now = NOW;
  #twin: Engine = createEngine(INSTRUMENTS, OPTIONS);

  /** @throws where the engine that was restarted does something else than the one that was not */
  do(step: Step): Outcome {
    if (step.does === "restart") this.#restart();
    if (step.does === "advance") this.now += step.ms;
    const told = this.#run(this.engine, step);
    const again = this.#run(this.#twin, step);
    if (!isDeepStrictEqual(comparable(told), comparable(again))) {
      throw new Error(`After a restart it does something else: ${print(again)}\ninstead of ${print(told)}`);
    }
    this.kept.add(told.changes);
    this.#takeFromLeft(step, told.changes);
    return { step, accountId: "account" in step ? step.account : undefined, ...told };
  }

  orders(accountId: string): readonly OrderRow[] {
    return [...this.kept.orders.values()].filter((order) => order.accountId === accountId);
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
      case "touch":
        engine.applyTopOfBook(touchFrom(step), now);
        return;
      case "place": {
        const { account, symbol, type, side, key, limitPrice, stopPrice } = step;
        const qty = SYMBOLS[symbol][step.size] as number;
        const near = type === market ? this.#last(symbol) : type === stop ? stopPrice : limitPrice;
        const brackets = bracketsAt(near, side, step);
        const order = engine.place(account, { symbol, type, side, qty, limitPrice, stopPrice, ...brackets }, now, key);
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
        const { limitPrice, stopPrice } = step;
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
        const side = this.kept.positions.get(`${step.account} ${step.symbol}`)?.side ?? BUY;
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
      case "odd touch":
        engine.applyTopOfBook({ ...step, time: now }, now);
        return;
      case "advance":
      case "restart":
        return;
    }
  }

  #last(symbol: string): number {
    return toNumber(this.left.get(symbol)?.last ?? 100n * UNIT);
  }

  /** The touch that there is comes again, without what was taken of it: a market would do so. */
  #restart(): void {
    this.#twin = createEngine(INSTRUMENTS, OPTIONS, this.kept.snapshot());
    for (const [symbol, left] of this.left) this.#twin.applyTopOfBook(touchWith(symbol, left), this.now);
    const { orders, positions, executions, notifications } = this.#twin.takeChanges();
    const changed = [...orders, ...positions, ...executions, ...notifications];
    if (changed.length > 0) throw new Error(`A restart has changed rows: ${print(changed)}`);
  }

  #takeFromLeft(step: Step, { executions }: Changes): void {
    if (step.does === "touch" || step.does === "odd touch")
      this.#offer(step.does === "touch" ? touchFrom(step) : { ...step, time: 0 });
    for (const { symbol, side, qty } of executions) {
      const left = this.left.get(symbol);
      if (left) left[side === 1 ? "askQty" : "bidQty"] -= qty;
    }
  }

  /** The rounding rule for tops of book off the steps, restated: prices not in favour of an order, quantities down. */
  #offer(touch: TopOfBook): void {
    const instrument = INSTRUMENTS.find(({ symbol }) => symbol === touch.symbol)!;
    const step = nearestAmount(instrument.priceStep)!;
    const qtyStep = nearestAmount(instrument.qtyStep)!;
    const isTrue = (price: number) => price > 0 && price <= 1e9;
    const price = (value: number, toStep: (amount: Amount) => Amount) =>
      isTrue(value) ? toStep(nearestAmount(value)!) : 0n;
    const down = (amount: Amount) => (amount / step) * step;
    const qty = (value: number, at: Amount) => {
      const amount = value > 0 && at > 0n ? nearestAmount(value) : 0n;
      return ((amount ?? 0n) / qtyStep) * qtyStep;
    };
    const last = price(touch.last, (amount) => down(amount) || (amount > 0n ? step : 0n));
    if (last === 0n) return;
    const bid = price(touch.bid, down);
    const ask = price(touch.ask, (amount) => -down(-amount) + (amount % step === 0n ? 0n : step));
    this.left.set(touch.symbol, { last, bid, ask, bidQty: qty(touch.bidQty, bid), askQty: qty(touch.askQty, ask) });
  }
}

function bracketsAt(price: number, side: number, { takeProfit, stopLoss }: Away) {
  return {
    takeProfit: takeProfit === undefined ? undefined : price + side * takeProfit,
    stopLoss: stopLoss === undefined ? undefined : price - side * stopLoss,
  };
}

function touchFrom({ symbol, last, spread, bid, ask }: Extract<Step, { does: "touch" }>): TopOfBook {
  const half = spread * 0.25;
  const unit = symbol === "AAPL" ? 1 : 0.5;
  return touchOf(symbol, last, { bid: last - half, ask: last + half, bidQty: bid * unit, askQty: ask * unit });
}

function touchWith(symbol: string, { last, bid, ask, bidQty, askQty }: Left): TopOfBook {
  const [bidLeft, askLeft] = [toNumber(bidQty), toNumber(askQty)];
  return touchOf(symbol, toNumber(last), { bid: toNumber(bid), ask: toNumber(ask), bidQty: bidLeft, askQty: askLeft });
}

function pick<Row>(rows: readonly Row[], index: number): Row | undefined {
  return rows[rows.length === 0 ? 0 : index % rows.length];
}

/** In which order rows of a kind are told does not matter, but for those that are only added. */
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
