import { type BrokerConnectionStatus, ORDER_STATUS } from "@trading/topic";
import { type Clock, type Logger, type Random, SourceError } from "@trading/ws-server";
import type { Market, TopOfBook } from "../../market/market.js";
import type { Readiness } from "../module.js";
import { type AccountListener, AccountListeners, type AccountSnapshot } from "./account-listeners.js";
import { type LeaseState, temporary, unavailable } from "./broker-lease.js";
import { ConnectionState } from "./connection-state.js";
import { createEngine, type Engine } from "./engine/engine.js";
import type { LeveragePreview } from "./engine/leverage.js";
import { checkedOptions, type EngineOptions } from "./engine/options.js";
import type { OrderPreview } from "./engine/preview.js";
import type { AccountRow, Changes, ExecutionRow, OrderRow, PositionRow, Snapshot } from "./engine/rows.js";
import type { BracketsRequest, OrderRequest } from "./engine/terms.js";
import { EventRetention } from "./event-retention.js";
import { ExpiryTimer } from "./expiry-timer.js";
import { type Command, GroupCommit } from "./group-commit.js";
import { MarketWatches } from "./market-watches.js";
import { PendingTops } from "./pending-tops.js";
import { type BrokerStore, StoreError } from "./store/store.js";
import { withDeadline } from "./with-deadline.js";

/** Deadline of a read of the store, including its time in the queue. */
const READ_MS = 5_000;

const DAY_MS = 86_400_000;

export interface BrokerOptions {
  /** Storage of the broker's data; closed with the broker. */
  readonly store: BrokerStore;
  /** Identifies this server to operators and to other servers of the store. @default a random id */
  readonly name?: string;
  readonly market: Market;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Rules for accounts. @default those of the engine */
  readonly accounts?: EngineOptions;
  /**
   * Days for which executions, notifications and finished orders are stored. 0 = without end.
   *
   * @default 0
   */
  readonly eventsKeepDays?: number;
  /** Called when this server has begun or ceased to run the broker of the store, after the change. Must not throw. */
  readonly onLease?: (state: LeaseState) => void;
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
 * `SourceError` if the store fails or if another server runs the broker. They settle within 10 seconds.
 */
export class Broker {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: BrokerStore;
  readonly #accounts: Required<EngineOptions>;
  readonly #watches: MarketWatches;
  readonly #commits: GroupCommit;
  readonly #expiry: ExpiryTimer;
  readonly #pending = new PendingTops();
  readonly #retention: EventRetention | undefined;
  readonly #listeners = new AccountListeners();
  readonly #commitListeners = new Set<(durationMs: number, isStored: boolean) => void>();
  readonly #connection: ConnectionState;

  private constructor({
    store,
    name,
    market,
    clock,
    random,
    logger,
    accounts = {},
    eventsKeepDays = 0,
    onLease = () => {},
  }: BrokerOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#store = store;
    this.#accounts = checkedOptions(accounts);
    this.#connection = new ConnectionState(clock);
    this.#watches = new MarketWatches({
      market,
      clock,
      logger,
      onTopOfBook: (top) => this.#applyTopOfBook(top),
      onProblemChange: () => this.#updateConnection(),
    });
    this.#expiry = new ExpiryTimer(clock, () =>
      this.#commits.run(undefined, (engine, now) => engine.expireOrders(now)),
    );
    this.#commits = new GroupCommit({
      store,
      name: name ?? random.id(),
      clock,
      random,
      logger,
      finishedForMs: this.#accounts.finishedForMs,
      createEngine: (snapshot) => createEngine(market.instruments.values(), this.#accounts, snapshot),
      onLoaded: (snapshot, isContinued) => this.#loaded(snapshot, isContinued),
      onCommitted: (changes) => this.#committed(changes),
      onState: (state) => {
        this.#stateChanged(state);
        onLease(state);
      },
      onCommit: (durationMs, isStored) => {
        for (const listener of this.#commitListeners) listener(durationMs, isStored);
      },
    });
    if (eventsKeepDays > 0) {
      this.#retention = new EventRetention({
        keepMs: eventsKeepDays * DAY_MS,
        clock,
        logger,
        deleteBefore: (time, limit) => this.#commits.deleteEvents(time, limit),
      });
    }
  }

  /**
   * Starts the broker. If another server runs the broker of this store, or the store cannot be reached, it starts
   * without a state and takes over as soon as it can.
   *
   * @throws {RangeError} for invalid options; StoreError if retrying is futile until somebody changes something
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options);
    await broker.#commits.start();
    return broker;
  }

  /** Whether commands are accepted. */
  get isReady(): boolean {
    return this.#commits.isReady;
  }

  /** Whether commands are accepted, and otherwise why not, for operators. */
  get readiness(): Readiness {
    if (this.isReady) return { status: "ready" };
    const { state } = this.#commits;
    if (state.status === "standby") return { status: "standby", reason: `standby: held by ${state.holder}` };
    return {
      status: "unavailable",
      reason: state.status === "unavailable" ? `store unavailable: ${state.reason}` : "starting",
    };
  }

  /** Whether the broker has its store and the prices it needs. */
  get connection(): BrokerConnectionStatus {
    return this.#connection.status;
  }

  /** Calls back when `connection` changes. @returns removes the listener */
  onConnection(listener: (status: BrokerConnectionStatus) => void): () => void {
    return this.#connection.listen(listener);
  }

  /** Number of commands that wait for a commit. */
  get queued(): number {
    return this.#commits.queued;
  }

  /** Calls back after each attempt to commit, with its duration in milliseconds. */
  onCommit(listener: (durationMs: number, isStored: boolean) => void): void {
    this.#commitListeners.add(listener);
  }

  /** Returns the current state of an account. */
  snapshot(accountId: string): Promise<AccountSnapshot> {
    return this.#commits.runAndRead(accountId, openAccount(accountId), (engine, now) =>
      snapshotOf(engine, accountId, now),
    );
  }

  /** Reports an account's current state and then every change, without a gap. @returns removes the listener */
  watch(accountId: string, listener: AccountListener): Promise<() => void> {
    return this.#commits.runAndRead(accountId, openAccount(accountId), (engine, now) => {
      // mutant: send-initial-state
      listener.onState(snapshotOf(engine, accountId, now));
      return this.#listeners.add(accountId, listener);
    });
  }

  /** Returns the newest executions, oldest first. @param symbol undefined: all symbols */
  async executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]> {
    this.#commits.assertReady();
    try {
      const read = this.#store.executions(accountId, symbol, limit);
      return await withDeadline(this.#clock, READ_MS, read, "The broker's store");
    } catch (error) {
      if (error instanceof StoreError && error.code === "too_many_reads")
        throw temporary("too_busy", "The broker is overloaded");
      this.#logger.warn("Reading from the broker's store failed", { error });
      throw unavailable({ status: "unavailable", reason: "" });
    }
  }

  /** Places an order. @param idempotencyKey repeated requests with the same key place one order */
  place(accountId: string, request: OrderRequest, idempotencyKey?: string): Promise<OrderRow> {
    return this.#priced(accountId, request.symbol, (engine, now) =>
      engine.place(accountId, request, now, idempotencyKey),
    );
  }

  preview(accountId: string, request: OrderRequest): Promise<OrderPreview> {
    return this.#priced(accountId, request.symbol, (engine, now) => engine.preview(accountId, request, now));
  }

  modify(accountId: string, orderId: string, request: OrderRequest, idempotencyKey?: string): Promise<OrderRow> {
    return this.#commits.run(accountId, (engine, now) =>
      engine.modify(accountId, orderId, request, now, idempotencyKey),
    );
  }

  cancel(accountId: string, orderId: string, idempotencyKey?: string): Promise<OrderRow> {
    return this.#commits.run(accountId, (engine, now) => engine.cancel(accountId, orderId, now, idempotencyKey));
  }

  /**
   * Closes a position. @param amount undefined: all of it @param idempotencyKey repeated requests with the same key
   * close it once
   */
  closePosition(accountId: string, positionId: string, amount?: number, idempotencyKey?: string): Promise<OrderRow> {
    return this.#commits.run(accountId, (engine, now) =>
      engine.closePosition(accountId, positionId, amount, now, idempotencyKey),
    );
  }

  editBrackets(
    accountId: string,
    positionId: string,
    request: BracketsRequest,
    idempotencyKey?: string,
  ): Promise<void> {
    return this.#commits.run(accountId, (engine, now) =>
      engine.editBrackets(accountId, positionId, request, now, idempotencyKey),
    );
  }

  /** Returns an account's leverage and its maximum. */
  async leverage(accountId: string): Promise<{ leverage: number; max: number }> {
    const { leverage } = await this.#commits.run(accountId, openAccount(accountId));
    return { leverage, max: this.#accounts.maxLeverage };
  }

  /** Sets an account's leverage. @returns the new leverage */
  async setLeverage(accountId: string, leverage: number, idempotencyKey?: string): Promise<number> {
    const set: Command<AccountRow> = (engine, now) => engine.setLeverage(accountId, leverage, now, idempotencyKey);
    return (await this.#commits.run(accountId, set)).leverage;
  }

  previewLeverage(accountId: string, leverage: number): Promise<LeveragePreview> {
    return this.#commits.run(accountId, (engine, now) => engine.previewLeverage(accountId, leverage, now));
  }

  /** Refuses orders of an account for a reason that its user sees; null accepts them again. */
  halt(accountId: string, reason: string | null): Promise<AccountRow> {
    return this.#commits.run(accountId, (engine, now) => engine.halt(accountId, reason, now));
  }

  /** Cancels all working orders of an account; the brackets of its positions stay. @returns the cancelled orders */
  cancelAll(accountId: string): Promise<readonly OrderRow[]> {
    return this.#commits.run(accountId, (engine, now) => engine.cancelAll(accountId, now));
  }

  /** Commits pending commands, rejects new ones, and closes the store. */
  async close(): Promise<void> {
    // mutant: close-commits
    await this.#commits.close();
    // Only now: the last orders have started timers and watches.
    this.#expiry.close();
    // mutant: close-watches
    this.#watches.close();
    this.#retention?.close();
    await this.#store.close();
  }

  #priced<Result>(accountId: string, symbol: string, command: Command<Result>): Promise<Result> {
    return this.#watches.withPrice(symbol, () => this.#commits.run(accountId, command));
  }

  #applyTopOfBook(top: TopOfBook): void {
    const { symbol } = top;
    if (!this.#pending.add(top)) return;
    const apply: Command<void> = (engine, now) => {
      for (const taken of this.#pending.take(symbol)) engine.applyTopOfBook(taken, now);
    };
    // If the store fails, the current prices are applied again after it is reloaded.
    this.#commits.run(undefined, apply).catch(() => this.#pending.reject(symbol));
  }

  #loaded({ orders, positions, prices = [] }: Snapshot, isContinued: boolean): void {
    // What another server has executed meanwhile was not reported here: a log that went on would have a silent gap.
    // mutant: end-missed
    if (!isContinued) this.#listeners.end(moved());
    this.#expiry.replace(orders);
    this.#pending.clear();
    this.#watches.replace(
      [...orders.filter(needsPrices), ...positions.filter(needsPrices)].map((row) => [row.symbol, userKey(row)]),
    );
    const storedAt = new Map(prices.map(({ symbol, time }) => [symbol, time]));
    // mutant: restore-prices
    // mutant: repeat-no-moves
    for (const top of this.#watches.topsOfBook)
      this.#applyTopOfBook(storedAt.get(top.symbol) === top.time ? withoutMoves(top) : top);
    for (const [accountId, listeners] of this.#listeners.entries) {
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
    this.#expiry.add(changes.orders);
    for (const row of [...changes.orders, ...changes.positions])
      this.#watches.use(row.symbol, userKey(row), needsPrices(row));
    this.#listeners.notify(changes);
  }

  #stateChanged(state: LeaseState): void {
    if (state.status === "standby") {
      // The holder watches the market and reports its accounts.
      this.#watches.replace([]);
      // mutant: end-listeners
      this.#listeners.end(unavailable(state));
    }
    this.#updateConnection();
  }

  #updateConnection(): void {
    this.#connection.update(this.#commits.state, this.#watches.problem);
  }
}

function moved(): SourceError {
  return new SourceError("moved", "Another server has run the broker meanwhile", { retryable: true });
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

/** Returns the present prices only: orders that were placed after the moves must not be filled by them. */
function withoutMoves({ moves, ...top }: TopOfBook): TopOfBook {
  return top;
}
