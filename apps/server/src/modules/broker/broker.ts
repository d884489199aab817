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
  /** Closed with the broker. */
  readonly store: BrokerStore;
  readonly market: Market;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** How accounts are run. @default the engine's own */
  readonly accounts?: EngineOptions;
}

/** An account as it stands. */
export interface AccountSnapshot {
  readonly account: AccountRow;
  readonly valuation: Valuation;
  /** Those that work, and those that have finished of late. */
  readonly orders: readonly OrderRow[];
  /** Those that are not flat. */
  readonly positions: readonly PositionRow[];
}

/** What has changed of one account. */
export interface AccountChanges {
  account: AccountRow | undefined;
  valuation: Valuation | undefined;
  readonly orders: OrderRow[];
  readonly positions: PositionRow[];
  readonly executions: ExecutionRow[];
  readonly notifications: NotificationRow[];
}

/** Who is told of an account. */
export interface AccountListener {
  /** Called first, and again where changes may have been missed. */
  onState(state: AccountSnapshot): void;
  onChanges(changes: AccountChanges): void;
}

/**
 * What routes and endpoints ask of a broker. Implement it to serve another one than {@link Broker} at the same addresses:
 * amounts in its rows are integers of 1e-8, what `watch` tells has no gap, and what is promised outlives the process.
 */
export type BrokerService = Pick<Broker, keyof Broker>;

/**
 * A broker for paper trading: accounts, their orders and positions, driven by a market and kept in a store.
 *
 * An account is opened when it is first asked for. Every method that promises does so for what is kept: what it has told
 * outlives the process. It rejects with a `Refusal` where the engine refuses, and with a retryable `SourceError` where the
 * store fails.
 */
export class Broker {
  readonly #clock: Clock;
  readonly #store: BrokerStore;
  readonly #accounts: Required<EngineOptions>;
  readonly #watches: MarketWatches;
  readonly #commits: GroupCommit;
  /** By account. */
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
   * Goes on from what the store has.
   *
   * @throws {RangeError} for options that make no sense; what the store throws where it cannot be loaded
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.#commits.start();
    return broker;
  }

  get isReady(): boolean {
    return this.#commits.isReady;
  }

  /** Whether it has its store and the prices it needs. */
  get connection(): BrokerConnectionStatus {
    return this.#connection;
  }

  /** @returns stops it */
  onConnection(listener: (status: BrokerConnectionStatus) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => void this.#connectionListeners.delete(listener);
  }

  snapshot(accountId: string): Promise<AccountSnapshot> {
    return this.#commits.runAndRead(openAccount(accountId), (engine, now) => snapshotOf(engine, accountId, now));
  }

  /** Tells of an account from its present state on, without a gap. @returns stops it */
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

  /** The newest, oldest first. @param symbol undefined: of all */
  executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]> {
    return this.#store.executions(accountId, symbol, limit);
  }

  /** @param idempotencyKey with the same one it is placed once */
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

  /** @param amount undefined: all of it @param idempotencyKey with the same one it is closed once */
  closePosition(accountId: string, positionId: string, amount?: number, idempotencyKey?: string): Promise<OrderRow> {
    return this.#commits.run((engine, now) => engine.closePosition(accountId, positionId, amount, now, idempotencyKey));
  }

  editBrackets(accountId: string, positionId: string, request: BracketsRequest): Promise<void> {
    return this.#commits.run((engine, now) => engine.editBrackets(accountId, positionId, request, now));
  }

  /** What an account's leverage is, and the most it may be set to. */
  async leverage(accountId: string): Promise<{ leverage: number; max: number }> {
    const { leverage } = await this.#commits.run(openAccount(accountId));
    return { leverage, max: this.#accounts.maxLeverage };
  }

  /** @returns what it is now */
  async setLeverage(accountId: string, leverage: number): Promise<number> {
    return (await this.#commits.run((engine, now) => engine.setLeverage(accountId, leverage, now))).leverage;
  }

  previewLeverage(accountId: string, leverage: number): Promise<LeveragePreview> {
    return this.#commits.run((engine, now) => engine.previewLeverage(accountId, leverage, now));
  }

  /** Keeps what it has taken, and takes no more. */
  async close(): Promise<void> {
    this.#watches.close();
    await this.#commits.close();
    await this.#store.close();
  }

  #priced<Result>(symbol: string, command: Command<Result>): Promise<Result> {
    return this.#watches.withPrice(symbol, () => this.#commits.run(command));
  }

  #applyTopOfBook(top: TopOfBook): void {
    // Where the store fails, the last topsOfBook are told again after it.
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
    for (const [accountId, of] of this.#byAccount(changes)) {
      for (const listener of /* mutant: listeners-of-account */ this.#listeners.get(accountId) ?? [])
        listener.onChanges(of);
    }
  }

  /** Of the accounts that somebody listens to. */
  #byAccount(changes: Changes): ReadonlyMap<string, AccountChanges> {
    const changed = new Map<string, AccountChanges>();
    const of = (accountId: string): AccountChanges | undefined => {
      if (!this.#listeners.has(accountId)) return undefined;
      const known = changed.get(accountId) ?? noChanges();
      changed.set(accountId, known);
      return known;
    };
    for (const row of changes.orders) of(row.accountId)?.orders.push(row);
    for (const row of changes.positions) of(row.accountId)?.positions.push(row);
    for (const row of changes.executions) of(row.accountId)?.executions.push(row);
    for (const row of changes.notifications) of(row.accountId)?.notifications.push(row);
    for (const account of changes.accounts) {
      const known = of(account.id);
      if (known) known.account = account;
    }
    for (const valuation of changes.valuations) {
      const known = of(valuation.accountId);
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
      return { status: CONNECTION_STATUS.error, message: "The broker cannot keep orders for the moment." };
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

/** Whether a row needs prices. */
function needsPrices(row: OrderRow | PositionRow): boolean {
  return "status" in row ? row.status === ORDER_STATUS.working : row.qty !== 0n;
}

function userKey(row: OrderRow | PositionRow): string {
  return JSON.stringify(["status" in row, row.accountId, row.id]);
}

function noChanges(): AccountChanges {
  return { account: undefined, valuation: undefined, orders: [], positions: [], executions: [], notifications: [] };
}
