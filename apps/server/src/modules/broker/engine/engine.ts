import type { TopOfBook, TradableInstrument } from "../../../market/market.js";
import { nearestAmount } from "./amount.js";
import type { EngineContext } from "./context.js";
import { type Instrument, toInstrument } from "./instrument.js";
import { Ledger } from "./ledger.js";
import { type LeveragePreview, previewLeverage, setLeverage } from "./leverage.js";
import { Margin } from "./margin.js";
import { Matching } from "./matching.js";
import { Offers } from "./offers.js";
import { checkedOptions, type EngineOptions } from "./options.js";
import { cancelOrder, modifyOrder, placeOrder } from "./orders.js";
import { closePosition, editBrackets } from "./positions.js";
import { type OrderPreview, previewOrder } from "./preview.js";
import { Refusal } from "./refusal.js";
import {
  type AccountRow,
  type Changes,
  EMPTY_SNAPSHOT,
  type OrderRow,
  type PositionRow,
  type Snapshot,
  type Valuation,
} from "./rows.js";
import type { BracketsRequest, OrderRequest } from "./terms.js";

/**
 * A paper-trading engine for all accounts: commands and prices in, changed rows out. It is deterministic, has no clock
 * and does no I/O; `now` is Unix milliseconds and should not decrease. A command that is not possible throws a
 * `Refusal` and changes nothing, except that every method with an `accountId` opens that account.
 */
export interface Engine {
  /** Returns an account; opens it if it is new. */
  account(accountId: string, now: number): AccountRow;
  /** Returns the account's valuation at the last prices. */
  valuation(accountId: string, now: number): Valuation;
  /** Returns working and recently finished orders, oldest first. */
  orders(accountId: string, now: number): readonly OrderRow[];
  /** Returns the open positions. */
  positions(accountId: string, now: number): readonly PositionRow[];

  /**
   * Places an order and fills as much as possible.
   *
   * @param idempotencyKey at most 128 characters. If an order with this key is still listed, it is returned and nothing
   *   is placed
   * @returns the order in its current state, which can already be rejected
   */
  place(accountId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow;
  /** Modifies a working order; omitted brackets are removed. */
  modify(accountId: string, orderId: string, request: OrderRequest, now: number): OrderRow;
  cancel(accountId: string, orderId: string, now: number): OrderRow;
  /**
   * Places a market order that reduces a position.
   *
   * @param amount undefined: all of it
   * @param idempotencyKey as in `place`
   */
  closePosition(
    accountId: string,
    positionId: string,
    amount: number | undefined,
    now: number,
    idempotencyKey?: string,
  ): OrderRow;
  /** Replaces the brackets of a position; omitted ones are removed. */
  editBrackets(accountId: string, positionId: string, request: BracketsRequest, now: number): void;
  /** Sets the leverage of all positions of an account. */
  setLeverage(accountId: string, leverage: number, now: number): AccountRow;

  /** Returns the effects of placing an order. A refusal is part of the result, not thrown. */
  preview(accountId: string, request: OrderRequest, now: number): OrderPreview;
  /** Returns the effects of another leverage. */
  previewLeverage(accountId: string, leverage: number, now: number): LeveragePreview;

  /**
   * Updates the prices of a symbol, then triggers and fills orders. Its quantities can be filled once. An unknown
   * symbol or an implausible last price is ignored.
   */
  applyTopOfBook(top: TopOfBook, now: number): void;
  /** Returns all changes since the last call, with the valuations of accounts whose row or valuation has changed. */
  takeChanges(): Changes;
}

/**
 * Creates an engine.
 *
 * @param snapshot the state to continue from. @default empty
 * @throws {RangeError} for invalid options and instruments
 */
export function createEngine(
  instruments: Iterable<TradableInstrument>,
  options: EngineOptions = {},
  snapshot: Snapshot = EMPTY_SNAPSHOT,
): Engine {
  return new PaperEngine(
    new Map([...instruments].map((traded) => [traded.symbol, toInstrument(traded)])),
    options,
    snapshot,
  );
}

class PaperEngine implements Engine {
  readonly #context: EngineContext;
  /** The last reported valuation by account. */
  readonly #lastValuations = new Map<string, Valuation>();
  /** Accounts whose valuation may have changed since. */
  readonly #repriced = new Set<string>();

  constructor(instruments: ReadonlyMap<string, Instrument>, given: EngineOptions, snapshot: Snapshot) {
    const options = checkedOptions(given);
    const ledger = new Ledger(snapshot, options.finishedForMs);
    const offers = new Offers();
    const margin = new Margin(ledger, offers);
    const matching = new Matching(ledger, offers, margin);
    this.#context = { instruments, options, ledger, offers, margin, matching };
    for (const account of snapshot.accounts) this.#lastValuations.set(account.id, margin.valuation(account));
  }

  account(accountId: string, now: number): AccountRow {
    const { ledger, options } = this.#context;
    ledger.evictFinished(now);
    const known = ledger.account(accountId);
    if (known) return known;
    checkLength("invalid_account", "An account's id", accountId, 64);
    const { currency, leverage } = options;
    const deposits = nearestAmount(options.deposit) ?? 0n;
    const account = { id: accountId, name: accountId, currency, leverage, deposits, realized: 0n, openedAt: now };
    ledger.putAccount(account);
    return account;
  }

  valuation(accountId: string, now: number): Valuation {
    return this.#context.margin.valuation(this.account(accountId, now));
  }

  orders(accountId: string, now: number): readonly OrderRow[] {
    const { id } = this.account(accountId, now);
    return this.#context.ledger.ordersOf(id).sort((one, other) => orderNumber(one) - orderNumber(other));
  }

  positions(accountId: string, now: number): readonly PositionRow[] {
    return this.#context.ledger.positionsOf(this.account(accountId, now).id);
  }

  place(accountId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow {
    return this.#idempotent(accountId, idempotencyKey, now, (account, key) =>
      placeOrder(this.#context, account, request, key, now),
    );
  }

  modify(accountId: string, orderId: string, request: OrderRequest, now: number): OrderRow {
    return modifyOrder(this.#context, this.account(accountId, now), orderId, request, now);
  }

  cancel(accountId: string, orderId: string, now: number): OrderRow {
    return cancelOrder(this.#context, this.account(accountId, now), orderId, now);
  }

  closePosition(
    accountId: string,
    positionId: string,
    amount: number | undefined,
    now: number,
    idempotencyKey?: string,
  ) {
    return this.#idempotent(accountId, idempotencyKey, now, (account, key) =>
      closePosition(this.#context, account, positionId, amount, key, now),
    );
  }

  editBrackets(accountId: string, positionId: string, request: BracketsRequest, now: number): void {
    editBrackets(this.#context, this.account(accountId, now), positionId, request, now);
  }

  setLeverage(accountId: string, leverage: number, now: number): AccountRow {
    return setLeverage(this.#context, this.account(accountId, now), leverage);
  }

  preview(accountId: string, request: OrderRequest, now: number): OrderPreview {
    return previewOrder(this.#context, this.account(accountId, now), request);
  }

  previewLeverage(accountId: string, leverage: number, now: number): LeveragePreview {
    return previewLeverage(this.#context, this.account(accountId, now), leverage);
  }

  applyTopOfBook(top: TopOfBook, now: number): void {
    const { instruments, ledger, offers, matching } = this.#context;
    ledger.evictFinished(now);
    const instrument = instruments.get(top.symbol);
    if (!instrument || !offers.replace(instrument, top)) return;
    // mutant: revalue-holders
    for (const { accountId } of ledger.positionsIn(top.symbol)) this.#repriced.add(accountId);
    matching.run(top.symbol, now);
  }

  takeChanges(): Changes {
    const { ledger, margin } = this.#context;
    const changes = ledger.takeChanges();
    const touched = new Set(changes.accounts.map(({ id }) => id));
    const ids = new Set([...touched, ...changes.positions.map(({ accountId }) => accountId), ...this.#repriced]);
    this.#repriced.clear();
    const valuations: Valuation[] = [];
    for (const id of ids) {
      const account = ledger.account(id);
      if (!account) continue;
      const valuation = margin.valuation(account);
      if (!touched.has(id) && isSame(valuation, this.#lastValuations.get(id))) continue;
      this.#lastValuations.set(id, valuation);
      valuations.push(valuation);
    }
    return { ...changes, valuations };
  }

  /** Places an order unless one with this key exists. */
  #idempotent(
    accountId: string,
    idempotencyKey: string | undefined,
    now: number,
    place: (account: AccountRow, idempotencyKey: string | null) => OrderRow,
  ): OrderRow {
    const account = this.account(accountId, now);
    if (idempotencyKey === undefined) return place(account, null);
    checkLength("invalid_key", "An idempotency key", idempotencyKey, 128);
    return this.#context.ledger.orderByKey(account.id, idempotencyKey) ?? place(account, idempotencyKey);
  }
}

function checkLength(code: "invalid_account" | "invalid_key", what: string, text: string, maxLength: number): void {
  if (text.length > 0 && text.length <= maxLength) return;
  throw new Refusal(code, `${what} must have 1 to ${maxLength} characters, got ${text.length}`);
}

function isSame(valuation: Valuation, last: Valuation | undefined): boolean {
  return (
    valuation.balance === last?.balance &&
    valuation.equity === last.equity &&
    valuation.realized === last.realized &&
    valuation.marginUsed === last.marginUsed
  );
}

/** Returns the number in an order's id. Numbers ascend in order of placement. */
function orderNumber(order: OrderRow): number {
  return Number(order.id.slice(1));
}
