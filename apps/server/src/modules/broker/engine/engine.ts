import type { TopOfBook, TradableInstrument } from "../../../market/market.js";
import { nearestAmount } from "./amount.js";
import type { EngineContext } from "./context.js";
import { haltAccount } from "./halt.js";
import { earlierUse, type KeyedRequest, keyedRequest, recordUse } from "./idempotency.js";
import { type Instrument, toInstrument } from "./instrument.js";
import { Ledger } from "./ledger.js";
import { type LeveragePreview, previewLeverage, setLeverage } from "./leverage.js";
import { Margin } from "./margin.js";
import { Matching } from "./matching.js";
import { Offers } from "./offers.js";
import { checkedOptions, type EngineOptions } from "./options.js";
import { cancelAllOrders, cancelOrder, knownOrder, modifyOrder, placeOrder } from "./orders.js";
import { closePosition, editBrackets } from "./positions.js";
import { type OrderPreview, previewOrder } from "./preview.js";
import { followPrice } from "./price-walk.js";
import { Refusal } from "./refusal.js";
import {
  type AccountRow,
  type AccountRows,
  type Changes,
  EMPTY_SNAPSHOT,
  type OrderRow,
  type PositionRow,
  type PriceRow,
  type Snapshot,
  type Valuation,
} from "./rows.js";
import type { BracketsRequest, OrderRequest } from "./terms.js";
import { expireOrders } from "./time-in-force.js";

/**
 * A paper-trading engine for all accounts: commands and prices in, changed rows out. It is deterministic, has no clock
 * and does no I/O; `now` is Unix milliseconds and should not decrease. A command that is not possible throws a
 * `Refusal` and changes nothing, except that every method with an `accountId` opens that account.
 */
export interface Engine {
  /** Returns whether commands for an account are possible; otherwise add its rows first. */
  isLoaded(accountId: string): boolean;
  /**
   * Adds the stored rows of accounts that the snapshot has left out, or that were evicted.
   *
   * @param ids accounts that are not loaded; those without a row in `rows` are new
   */
  addAccounts(ids: readonly string[], rows: AccountRows, now: number): void;
  /**
   * Removes accounts from memory that have not been used for a quarter of an hour and have neither positions nor listed
   * orders. Only for an engine with a partial snapshot, while no changes are being stored.
   */
  evictIdle(now: number): void;

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
   * @param idempotencyKey at most 128 characters. If this request was already made with the key, its order is returned
   *   and nothing is placed; if another request was, it is refused as `key_reused`. Kept as long as the order is listed
   * @returns the order in its current state, which can already be rejected
   */
  place(accountId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow;
  /**
   * Modifies a working order; omitted brackets are removed.
   *
   * @param idempotencyKey as in `place`; kept for ten minutes (`finishedForMs`), or until 100 later ones
   */
  modify(accountId: string, orderId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow;
  /** Cancels a working order. @param idempotencyKey as in `modify` */
  cancel(accountId: string, orderId: string, now: number, idempotencyKey?: string): OrderRow;
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
  /** Replaces the brackets of a position; omitted ones are removed. @param idempotencyKey as in `modify` */
  editBrackets(
    accountId: string,
    positionId: string,
    request: BracketsRequest,
    now: number,
    idempotencyKey?: string,
  ): void;
  /** Sets the leverage of all positions of an account. @param idempotencyKey as in `modify` */
  setLeverage(accountId: string, leverage: number, now: number, idempotencyKey?: string): AccountRow;

  /** Refuses orders of an account from now on, for a reason that its user sees; null accepts them again. */
  halt(accountId: string, reason: string | null, now: number): AccountRow;
  /** Cancels all working orders of an account; the brackets of its positions stay. */
  cancelAll(accountId: string, now: number): readonly OrderRow[];

  /** Cancels orders that have expired; every other method does so, too. @returns when the next one expires */
  expireOrders(now: number): number | undefined;

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
  /** Prices that have changed since, by symbol. */
  readonly #prices = new Map<string, PriceRow>();

  constructor(instruments: ReadonlyMap<string, Instrument>, given: EngineOptions, snapshot: Snapshot) {
    const options = checkedOptions(given);
    const ledger = new Ledger(snapshot, options.finishedForMs);
    const offers = new Offers();
    const margin = new Margin(ledger, offers);
    const matching = new Matching(instruments, ledger, offers, margin);
    this.#context = { instruments, options, ledger, offers, margin, matching };
    for (const { symbol, last } of snapshot.prices ?? []) offers.restore(symbol, last);
    for (const account of snapshot.accounts) this.#lastValuations.set(account.id, margin.valuation(account));
  }

  isLoaded(accountId: string): boolean {
    return this.#context.ledger.isLoaded(accountId);
  }

  addAccounts(ids: readonly string[], rows: AccountRows, now: number): void {
    const { ledger, margin } = this.#context;
    ledger.add(ids, rows, now);
    for (const account of rows.accounts) this.#lastValuations.set(account.id, margin.valuation(account));
  }

  evictIdle(now: number): void {
    for (const id of this.#context.ledger.evictIdle(now)) this.#lastValuations.delete(id);
  }

  account(accountId: string, now: number): AccountRow {
    const { ledger, options } = this.#context;
    this.#passTime(now);
    ledger.use(accountId, now);
    const known = ledger.account(accountId);
    if (known) return known;
    checkLength("invalid_account", "An account's id", accountId, 64);
    const { currency, leverage } = options;
    const deposits = nearestAmount(options.deposit) ?? 0n;
    const base = { id: accountId, name: accountId, currency, leverage, deposits };
    const account = { ...base, realized: 0n, openedAt: now, usedKeys: [], haltedFor: null };
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
    const keyed = keyedRequest(idempotencyKey, "place", { ...request });
    return this.#placeOnce(accountId, keyed, now, (account) =>
      placeOrder(this.#context, account, request, keyed ?? null, now),
    );
  }

  modify(accountId: string, orderId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow {
    const keyed = keyedRequest(idempotencyKey, "modify", { ...request, orderId });
    return this.#once(accountId, keyed, now, {
      run: (account) => modifyOrder(this.#context, account, orderId, request, now),
      repeat: (account) => knownOrder(this.#context, account, orderId),
    });
  }

  cancel(accountId: string, orderId: string, now: number, idempotencyKey?: string): OrderRow {
    const keyed = keyedRequest(idempotencyKey, "cancel", { orderId });
    return this.#once(accountId, keyed, now, {
      run: (account) => cancelOrder(this.#context, account, orderId, now),
      repeat: (account) => knownOrder(this.#context, account, orderId),
    });
  }

  closePosition(
    accountId: string,
    positionId: string,
    amount: number | undefined,
    now: number,
    idempotencyKey?: string,
  ): OrderRow {
    const keyed = keyedRequest(idempotencyKey, "close", { positionId, amount });
    return this.#placeOnce(accountId, keyed, now, (account) =>
      closePosition(this.#context, account, positionId, amount, keyed ?? null, now),
    );
  }

  editBrackets(
    accountId: string,
    positionId: string,
    request: BracketsRequest,
    now: number,
    idempotencyKey?: string,
  ): void {
    const keyed = keyedRequest(idempotencyKey, "edit brackets", { ...request, positionId });
    this.#once(accountId, keyed, now, {
      run: (account) => editBrackets(this.#context, account, positionId, request, now),
      repeat: () => {},
    });
  }

  setLeverage(accountId: string, leverage: number, now: number, idempotencyKey?: string): AccountRow {
    const keyed = keyedRequest(idempotencyKey, "set leverage", { leverage });
    return this.#once(accountId, keyed, now, {
      run: (account) => setLeverage(this.#context, account, leverage),
      repeat: (account) => ({ ...account, leverage }),
    });
  }

  halt(accountId: string, reason: string | null, now: number): AccountRow {
    return haltAccount(this.#context, this.account(accountId, now), reason);
  }

  cancelAll(accountId: string, now: number): readonly OrderRow[] {
    return cancelAllOrders(this.#context, this.account(accountId, now), now);
  }

  preview(accountId: string, request: OrderRequest, now: number): OrderPreview {
    return previewOrder(this.#context, this.account(accountId, now), request);
  }

  previewLeverage(accountId: string, leverage: number, now: number): LeveragePreview {
    return previewLeverage(this.#context, this.account(accountId, now), leverage);
  }

  applyTopOfBook(top: TopOfBook, now: number): void {
    const { instruments, ledger } = this.#context;
    this.#passTime(now);
    const instrument = instruments.get(top.symbol);
    if (!instrument || !followPrice(this.#context, instrument, top, now)) return;
    this.#recordPrice(top, now);
    // mutant: revalue-holders
    for (const { accountId } of ledger.positionsIn(top.symbol)) this.#repriced.add(accountId);
  }

  expireOrders(now: number): number | undefined {
    return expireOrders(this.#context.ledger, now);
  }

  takeChanges(): Changes {
    const { ledger, margin } = this.#context;
    const prices = [...this.#prices.values()];
    this.#prices.clear();
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
    return { ...changes, prices, valuations };
  }

  /** Records the price after an update. */
  #recordPrice({ symbol, isOld, time }: TopOfBook, now: number): void {
    const last = this.#context.offers.last(symbol);
    if (isOld || last === undefined) return;
    this.#prices.set(symbol, { symbol, last, time: Number.isSafeInteger(time) ? time : now });
  }

  #passTime(now: number): void {
    expireOrders(this.#context.ledger, now);
    this.#context.ledger.evictFinished(now);
  }

  /** Places an order unless its key was used; returns the earlier order then. */
  #placeOnce(
    accountId: string,
    keyed: KeyedRequest | undefined,
    now: number,
    place: (account: AccountRow) => OrderRow,
  ): OrderRow {
    const account = this.account(accountId, now);
    return (keyed && earlierUse(this.#context, account, keyed, now)?.order) ?? place(account);
  }

  /** Runs a command that places no order, unless its key was used. */
  #once<Result>(
    accountId: string,
    keyed: KeyedRequest | undefined,
    now: number,
    command: { run(account: AccountRow): Result; repeat(account: AccountRow): Result },
  ): Result {
    const account = this.account(accountId, now);
    if (!keyed) return command.run(account);
    if (earlierUse(this.#context, account, keyed, now)) return command.repeat(account);
    const result = command.run(account);
    // mutant: record-use
    recordUse(this.#context, accountId, keyed, now);
    return result;
  }
}

function checkLength(code: "invalid_account", what: string, text: string, maxLength: number): void {
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
