import { type BrokerConnectionStatus, CONNECTION_STATUS, ORDER_STATUS } from "@trading/topic";
import type { Clock, Logger, Random } from "@trading/ws-server";
import type { Market, TopOfBook } from "../../market/market.js";
import { createEngine, type Engine } from "./engine/engine.js";
import type { LeveragePreview } from "./engine/leverage.js";
import { checkedOptions, type EngineOptions } from "./engine/options.js";
import type { OrderPreview } from "./engine/preview.js";
import type {
  AccountRow,
  Changes,
  ExecutionRow,
  NotificationRow,
  OrderRow,
  PositionRow,
  Snapshot,
  Valuation,
} from "./engine/rows.js";
import type { BracketsRequest, OrderRequest } from "./engine/terms.js";
import { type Command, GroupCommit } from "./group-commit.js";
import { MarketWatches } from "./market-watches.js";
import type { BrokerStore } from "./store/store.js";

export interface BrokerOptions {
  /** Storage of the broker's data; closed with the broker. */
  readonly store: BrokerStore;
  readonly market: Market;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Rules for accounts. @default those of the engine */
  readonly accounts?: EngineOptions;
}

/** The current state of an account. */
export interface AccountSnapshot {
  readonly account: AccountRow;
  readonly valuation: Valuation;
  /** Working orders, and orders that finished recently. */
  readonly orders: readonly OrderRow[];
  /** Open positions. */
  readonly positions: readonly PositionRow[];
}

/** Changes of one account. */
export interface AccountChanges {
  account: AccountRow | undefined;
  valuation: Valuation | undefined;
  readonly orders: OrderRow[];
  readonly positions: PositionRow[];
  readonly executions: ExecutionRow[];
  readonly notifications: NotificationRow[];
}

/** Listener of an account's state and changes. */
export interface AccountListener {
  /** Called first, and again after changes may have been missed. */
  onState(state: AccountSnapshot): void;
  onChanges(changes: AccountChanges): void;
}

/**
 * The interface that routes and endpoints use. Implement it to serve another broker than {@link Broker} at the same
 * paths. Amounts in its rows are integers in units of 1e-8, `watch` reports changes without a gap, and a promise
 * resolves only after the change is durable.
 */
export type BrokerService = Pick<Broker, keyof Broker>;

/**
 * A paper-trading broker: accounts with orders and positions, driven by a market and persisted in a store.
 *
 * An account is opened when it is first used. Promises resolve only after the result is committed, so everything that
 * was reported survives a crash. They reject with a `Refusal` if the engine rejects the command, and with a retryable
 * `SourceError` if the store fails.
 */
export class Broker {
  readonly #clock: Clock;
  readonly #store: BrokerStore;
  readonly #accounts: Required<EngineOptions>;
  readonly #watches: MarketWatches;
  readonly #commits: GroupCommit;
  /** Listeners by account. */
  readonly #listeners = new Map<string, Set<AccountListener>>();
  readonly #connectionListeners = new Set<(status: BrokerConnectionStatus) => void>();
  #connection: BrokerConnectionStatus;

  private constructor({ store, market, clock, random, logger, accounts = {} }: BrokerOptions) {
    this.#clock = clock;
    this.#store = store;
    this.#accounts = checkedOptions(accounts);
    this.#connection = { status: CONNECTION_STATUS.connected, timestamp: clock.now() };
    this.#watches = new MarketWatches({
      market,
      clock,
      logger,
      onTopOfBook: (top) => this.#applyTopOfBook(top),
      onProblemChange: () => this.#updateConnection(),
    });
    this.#commits = new GroupCommit({
      store,
      clock,
      random,
      logger,
      finishedForMs: this.#accounts.finishedForMs,
      createEngine: (snapshot) => createEngine(market.instruments.values(), this.#accounts, snapshot),
      onLoaded: (snapshot) => this.#loaded(snapshot),
      onCommitted: (changes) => this.#committed(changes),
      onReady: () => this.#updateConnection(),
    });
  }

  /**
   * Loads the stored state and starts the broker.
   *
   * @throws {RangeError} for invalid options; the store's error if it cannot be loaded
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.#commits.start();
    return broker;
  }

  get isReady(): boolean {
    return this.#commits.isReady;
  }

  /** Whether the broker has its store and the prices it needs. */
  get connection(): BrokerConnectionStatus {
    return this.#connection;
  }

  /** Calls back when `connection` changes. @returns removes the listener */
  onConnection(listener: (status: BrokerConnectionStatus) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => void this.#connectionListeners.delete(listener);
  }

  /** Returns the current state of an account. */
  snapshot(accountId: string): Promise<AccountSnapshot> {
    return this.#commits.runAndRead(openAccount(accountId), (engine, now) => snapshotOf(engine, accountId, now));
  }

  /** Reports an account's current state and then every change, without a gap. @returns removes the listener */
  async watch(accountId: string, listener: AccountListener): Promise<() => void> {
    const listeners = await this.#commits.runAndRead(openAccount(accountId), (engine, now) => {
      // mutant: send-initial-state
      listener.onState(snapshotOf(engine, accountId, now));
      const present = this.#listeners.get(accountId) ?? new Set();
      this.#listeners.set(accountId, present.add(listener));
      return present;
    });
    return () => {
      // mutant: remove-listener
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(accountId) === listeners) this.#listeners.delete(accountId);
    };
  }

  /** Returns the newest executions, oldest first. @param symbol undefined: all symbols */
  executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]> {
    return this.#store.executions(accountId, symbol, limit);
  }

  /** Places an order. @param idempotencyKey repeated requests with the same key place one order */
  place(accountId: string, request: OrderRequest, idempotencyKey?: string): Promise<OrderRow> {
    return this.#priced(request.symbol, (engine, now) => engine.place(accountId, request, now, idempotencyKey));
  }

  preview(accountId: string, request: OrderRequest): Promise<OrderPreview> {
    return this.#priced(request.symbol, (engine, now) => engine.preview(accountId, request, now));
  }

  modify(accountId: string, orderId: string, request: OrderRequest): Promise<OrderRow> {
    return this.#commits.run((engine, now) => engine.modify(accountId, orderId, request, now));
  }

  cancel(accountId: string, orderId: string): Promise<OrderRow> {
    return this.#commits.run((engine, now) => engine.cancel(accountId, orderId, now));
  }

  /**
   * Closes a position. @param amount undefined: all of it @param idempotencyKey repeated requests with the same key
   * close it once
   */
  closePosition(accountId: string, positionId: string, amount?: number, idempotencyKey?: string): Promise<OrderRow> {
    return this.#commits.run((engine, now) => engine.closePosition(accountId, positionId, amount, now, idempotencyKey));
  }

  editBrackets(accountId: string, positionId: string, request: BracketsRequest): Promise<void> {
    return this.#commits.run((engine, now) => engine.editBrackets(accountId, positionId, request, now));
  }

  /** Returns an account's leverage and its maximum. */
  async leverage(accountId: string): Promise<{ leverage: number; max: number }> {
    const { leverage } = await this.#commits.run(openAccount(accountId));
    return { leverage, max: this.#accounts.maxLeverage };
  }

  /** Sets an account's leverage. @returns the new leverage */
  async setLeverage(accountId: string, leverage: number): Promise<number> {
    return (await this.#commits.run((engine, now) => engine.setLeverage(accountId, leverage, now))).leverage;
  }

  previewLeverage(accountId: string, leverage: number): Promise<LeveragePreview> {
    return this.#commits.run((engine, now) => engine.previewLeverage(accountId, leverage, now));
  }

  /** Commits pending commands, rejects new ones, and closes the store. */
  async close(): Promise<void> {
    this.#watches.close();
    await this.#commits.close();
    await this.#store.close();
  }

  #priced<Result>(symbol: string, command: Command<Result>): Promise<Result> {
    return this.#watches.withPrice(symbol, () => this.#commits.run(command));
  }

  #applyTopOfBook(top: TopOfBook): void {
    // If the store fails, the current prices are applied again after it is reloaded.
    this.#commits.run((engine, now) => engine.applyTopOfBook(top, now)).catch(() => {});
  }

  #loaded({ orders, positions }: Snapshot): void {
    this.#watches.replace(
      [...orders.filter(needsPrices), ...positions.filter(needsPrices)].map((row) => [row.symbol, userKey(row)]),
    );
    // mutant: restore-prices
    for (const top of this.#watches.topsOfBook) this.#applyTopOfBook(top);
    for (const [accountId, listeners] of this.#listeners) {
      this.snapshot(accountId).then(
        (state) => {
          // mutant: send-state-after-reload
          for (const listener of listeners) listener.onState(state);
        },
        () => {},
      );
    }
  }

  #committed(changes: Changes): void {
    for (const row of [...changes.orders, ...changes.positions])
      this.#watches.use(row.symbol, userKey(row), needsPrices(row));
    for (const [accountId, accountChanges] of this.#byAccount(changes)) {
      for (const listener of /* mutant: listeners-of-account */ this.#listeners.get(accountId) ?? [])
        listener.onChanges(accountChanges);
    }
  }

  /** Groups changes by account, for accounts with listeners. */
  #byAccount(changes: Changes): ReadonlyMap<string, AccountChanges> {
    const changed = new Map<string, AccountChanges>();
    const changesOf = (accountId: string): AccountChanges | undefined => {
      if (!this.#listeners.has(accountId)) return undefined;
      const known = changed.get(accountId) ?? noChanges();
      changed.set(accountId, known);
      return known;
    };
    for (const row of changes.orders) changesOf(row.accountId)?.orders.push(row);
    for (const row of changes.positions) changesOf(row.accountId)?.positions.push(row);
    for (const row of changes.executions) changesOf(row.accountId)?.executions.push(row);
    for (const row of changes.notifications) changesOf(row.accountId)?.notifications.push(row);
    for (const account of changes.accounts) {
      const known = changesOf(account.id);
      if (known) known.account = account;
    }
    for (const valuation of changes.valuations) {
      const known = changesOf(valuation.accountId);
      if (known) known.valuation = valuation;
    }
    return changed;
  }

  #updateConnection(): void {
    const { status, message } = this.#connectionNow();
    if (status === this.#connection.status && message === this.#connection.message) return;
    this.#connection = { status, ...(message !== undefined && { message }), timestamp: this.#clock.now() };
    for (const listener of this.#connectionListeners) listener(this.#connection);
  }

  #connectionNow(): { readonly status: BrokerConnectionStatus["status"]; readonly message?: string } {
    if (!this.#commits.isReady) {
      return { status: CONNECTION_STATUS.error, message: "The broker cannot store orders at the moment." };
    }
    const { problem } = this.#watches;
    if (problem !== undefined) return { status: CONNECTION_STATUS.disconnected, message: problem };
    return { status: CONNECTION_STATUS.connected };
  }
}

function openAccount(accountId: string): Command<AccountRow> {
  return (engine, now) => engine.account(accountId, now);
}

function snapshotOf(engine: Engine, accountId: string, now: number): AccountSnapshot {
  return {
    account: engine.account(accountId, now),
    valuation: engine.valuation(accountId, now),
    orders: engine.orders(accountId, now),
    positions: engine.positions(accountId, now),
  };
}

/** Returns whether an order or a position needs market prices. */
function needsPrices(row: OrderRow | PositionRow): boolean {
  return "status" in row ? row.status === ORDER_STATUS.working : row.qty !== 0n;
}

function userKey(row: OrderRow | PositionRow): string {
  return JSON.stringify(["status" in row, row.accountId, row.id]);
}

function noChanges(): AccountChanges {
  return { account: undefined, valuation: undefined, orders: [], positions: [], executions: [], notifications: [] };
}
