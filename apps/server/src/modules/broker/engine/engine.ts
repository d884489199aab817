import type { Touch, TradedInstrument } from "../market.js";
import { nearestAmount } from "./amount.js";
import type { Desk } from "./desk.js";
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
  type Worth,
} from "./rows.js";
import type { BracketsRequest, OrderRequest } from "./terms.js";

/**
 * A paper-trading engine for all accounts: commands and touches in, changed rows out. It is deterministic, has no clock
 * and does no I/O; `now` is Unix milliseconds and should not go back. Commands throw a `Refusal` where they cannot be
 * done, and have then changed nothing, except that every method that is given an account opens it.
 */
export interface Engine {
  /** The account, opened where it is new. */
  account(accountId: string, now: number): AccountRow;
  /** What it is worth at the last prices. */
  worth(accountId: string, now: number): Worth;
  /** Its working orders and those that have finished of late, the oldest first. */
  orders(accountId: string, now: number): readonly OrderRow[];
  /** Those that are not flat. */
  positions(accountId: string, now: number): readonly PositionRow[];

  /**
   * Places an order and fills what can be filled.
   *
   * @param idempotencyKey at most 128 characters. With the key of an order that is still listed it places nothing and
   *   gives that order
   * @returns it as it stands; it may be rejected already
   */
  place(accountId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow;
  /** Makes a working order what is asked for; brackets that are left out it will not have. */
  modify(accountId: string, orderId: string, request: OrderRequest, now: number): OrderRow;
  cancel(accountId: string, orderId: string, now: number): OrderRow;
  /**
   * Places a market order that reduces a position.
   *
   * @param amount undefined: all of it
   * @param idempotencyKey as of `place`
   */
  closePosition(
    accountId: string,
    positionId: string,
    amount: number | undefined,
    now: number,
    idempotencyKey?: string,
  ): OrderRow;
  /** Gives a position these brackets instead of those that it has. */
  editBrackets(accountId: string, positionId: string, request: BracketsRequest, now: number): void;
  /** Of all the account's positions. */
  setLeverage(accountId: string, leverage: number, now: number): AccountRow;

  /** What placing an order would mean; what cannot be placed is no refusal here, but told. */
  preview(accountId: string, request: OrderRequest, now: number): OrderPreview;
  /** What another leverage would mean. */
  previewLeverage(accountId: string, leverage: number, now: number): LeveragePreview;

  /**
   * Takes the last touch of a symbol, triggers and fills orders. It offers its quantities once. One of an unknown
   * symbol, or whose last price cannot be true, is passed over.
   */
  touch(touch: Touch, now: number): void;
  /** All that has changed since it was last taken, and what accounts are worth whose worth or row has. */
  takeChanges(): Changes;
}

/**
 * @param snapshot what it goes on from. @default nothing was kept yet
 * @throws {RangeError} for options and instruments that make no sense
 */
export function createEngine(
  instruments: Iterable<TradedInstrument>,
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
  readonly #desk: Desk;
  /** What accounts were last told to be worth. */
  readonly #told = new Map<string, Worth>();
  /** Whose worth may have changed since. */
  readonly #moved = new Set<string>();

  constructor(instruments: ReadonlyMap<string, Instrument>, given: EngineOptions, snapshot: Snapshot) {
    const options = checkedOptions(given);
    const ledger = new Ledger(snapshot, options.finishedForMs);
    const offers = new Offers();
    const margin = new Margin(ledger, offers);
    const matching = new Matching(ledger, offers, margin);
    this.#desk = { instruments, options, ledger, offers, margin, matching };
    for (const account of snapshot.accounts) this.#told.set(account.id, margin.worth(account));
  }

  account(accountId: string, now: number): AccountRow {
    const { ledger, options } = this.#desk;
    ledger.forget(now);
    const known = ledger.account(accountId);
    if (known) return known;
    checkLength("invalid_account", "An account's id", accountId, 64);
    const { currency, leverage } = options;
    const deposits = nearestAmount(options.deposit) ?? 0n;
    const account = { id: accountId, name: accountId, currency, leverage, deposits, realized: 0n, openedAt: now };
    ledger.putAccount(account);
    return account;
  }

  worth(accountId: string, now: number): Worth {
    return this.#desk.margin.worth(this.account(accountId, now));
  }

  orders(accountId: string, now: number): readonly OrderRow[] {
    const { id } = this.account(accountId, now);
    return this.#desk.ledger.ordersOf(id).sort((one, other) => numberOf(one) - numberOf(other));
  }

  positions(accountId: string, now: number): readonly PositionRow[] {
    return this.#desk.ledger.positionsOf(this.account(accountId, now).id);
  }

  place(accountId: string, request: OrderRequest, now: number, idempotencyKey?: string): OrderRow {
    return this.#once(accountId, idempotencyKey, now, (account, key) =>
      placeOrder(this.#desk, account, request, key, now),
    );
  }

  modify(accountId: string, orderId: string, request: OrderRequest, now: number): OrderRow {
    return modifyOrder(this.#desk, this.account(accountId, now), orderId, request, now);
  }

  cancel(accountId: string, orderId: string, now: number): OrderRow {
    return cancelOrder(this.#desk, this.account(accountId, now), orderId, now);
  }

  closePosition(
    accountId: string,
    positionId: string,
    amount: number | undefined,
    now: number,
    idempotencyKey?: string,
  ) {
    return this.#once(accountId, idempotencyKey, now, (account, key) =>
      closePosition(this.#desk, account, positionId, amount, key, now),
    );
  }

  editBrackets(accountId: string, positionId: string, request: BracketsRequest, now: number): void {
    editBrackets(this.#desk, this.account(accountId, now), positionId, request, now);
  }

  setLeverage(accountId: string, leverage: number, now: number): AccountRow {
    return setLeverage(this.#desk, this.account(accountId, now), leverage);
  }

  preview(accountId: string, request: OrderRequest, now: number): OrderPreview {
    return previewOrder(this.#desk, this.account(accountId, now), request);
  }

  previewLeverage(accountId: string, leverage: number, now: number): LeveragePreview {
    return previewLeverage(this.#desk, this.account(accountId, now), leverage);
  }

  touch(touch: Touch, now: number): void {
    const { instruments, ledger, offers, matching } = this.#desk;
    ledger.forget(now);
    const instrument = instruments.get(touch.symbol);
    if (!instrument || !offers.replace(instrument, touch)) return;
    for (const { accountId } of ledger.holders(touch.symbol)) this.#moved.add(accountId);
    matching.run(touch.symbol, now);
  }

  takeChanges(): Changes {
    const { ledger, margin } = this.#desk;
    const changes = ledger.takeChanges();
    const touched = new Set(changes.accounts.map(({ id }) => id));
    const ids = new Set([...touched, ...changes.positions.map(({ accountId }) => accountId), ...this.#moved]);
    this.#moved.clear();
    const worths: Worth[] = [];
    for (const id of ids) {
      const account = ledger.account(id);
      if (!account) continue;
      const worth = margin.worth(account);
      if (!touched.has(id) && isSame(worth, this.#told.get(id))) continue;
      this.#told.set(id, worth);
      worths.push(worth);
    }
    return { ...changes, worths };
  }

  /** Does what has not been done under this key. */
  #once(
    accountId: string,
    idempotencyKey: string | undefined,
    now: number,
    place: (account: AccountRow, idempotencyKey: string | null) => OrderRow,
  ): OrderRow {
    const account = this.account(accountId, now);
    if (idempotencyKey === undefined) return place(account, null);
    checkLength("invalid_key", "An idempotency key", idempotencyKey, 128);
    return this.#desk.ledger.orderByKey(account.id, idempotencyKey) ?? place(account, idempotencyKey);
  }
}

function checkLength(code: "invalid_account" | "invalid_key", what: string, text: string, most: number): void {
  if (text.length > 0 && text.length <= most) return;
  throw new Refusal(code, `${what} has 1 to ${most} characters, not ${text.length}`);
}

function isSame(worth: Worth, told: Worth | undefined): boolean {
  return (
    worth.balance === told?.balance &&
    worth.equity === told.equity &&
    worth.realized === told.realized &&
    worth.marginUsed === told.marginUsed
  );
}

/** Ids are numbered as orders are placed. */
function numberOf(order: OrderRow): number {
  return Number(order.id.slice(1));
}
