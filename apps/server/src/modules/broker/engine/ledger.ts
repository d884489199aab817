import { ORDER_STATUS } from "@trading/topic";
import { Grouped } from "./grouped.js";
import { LoadedAccounts } from "./loaded-accounts.js";
import { PriceLevels } from "./price-levels.js";
import type {
  AccountRow,
  AccountRows,
  Changes,
  ExecutionRow,
  NotificationRow,
  OrderRow,
  OrderStatus,
  PositionRow,
  Snapshot,
} from "./rows.js";
import { WorkingOrders } from "./working-orders.js";

/** Maximum number of finished orders that are listed per account: the last ones. */
export const MAX_FINISHED = 1_000;

/** All rows in memory with their indexes, and the record of which have changed. */
export class Ledger {
  readonly #finishedForMs: number;
  readonly #accounts = new Map<string, AccountRow>();
  readonly #loaded: LoadedAccounts;
  /** Working and recently finished orders, by account and id. */
  readonly #orders = new Grouped<OrderRow>();
  /** Order ids by account and idempotency key. */
  readonly #keys = new Grouped<string>();
  /** Working orders by symbol. */
  readonly #working = new Map<string, WorkingOrders>();
  /** Working orders that are not brackets, by account and id. */
  readonly #entered = new Grouped<OrderRow>();
  /** Working orders that can only reduce a position, by account and symbol together, and id. */
  readonly #reducing = new Grouped<OrderRow>();
  /** Open positions by account and symbol. */
  readonly #positions = new Grouped<PositionRow>();
  /** Open positions by symbol and account. */
  readonly #positionsIn = new Grouped<PositionRow>();
  /** Working orders by the time at which they expire. */
  readonly #expiring = new PriceLevels();
  readonly #expiresAt = new Map<string, number>();
  /** Finished orders, in the order in which they finished. */
  readonly #finished = new Map<string, OrderRow>();
  /** The same by account and id. */
  readonly #finishedOf = new Grouped<OrderRow>();
  #nextSequence: number;

  readonly #changed = {
    accounts: new Map<string, AccountRow>(),
    orders: new Map<string, OrderRow>(),
    positions: new Map<string, PositionRow>(),
    executions: [] as ExecutionRow[],
    notifications: [] as NotificationRow[],
  };

  constructor(snapshot: Snapshot, finishedForMs: number) {
    this.#finishedForMs = finishedForMs;
    this.#nextSequence = snapshot.nextSequence;
    this.#loaded = new LoadedAccounts(snapshot.isPartial ?? false);
    const ids = snapshot.accounts.map(({ id }) => id);
    this.add(ids, snapshot, Number.NEGATIVE_INFINITY);
  }

  /** Adds the stored rows of accounts. Accounts without a row do not exist yet. */
  add(ids: readonly string[], { accounts, orders, positions }: AccountRows, now: number): void {
    for (const id of ids) this.#loaded.add(id, now);
    for (const account of accounts) this.#accounts.set(account.id, account);
    // Working orders come last: if an older order had the same key, the key belongs to the working one.
    const end = ({ finishedAt }: OrderRow) => finishedAt ?? Number.MAX_SAFE_INTEGER;
    for (const order of [...orders].sort((one, other) => end(one) - end(other))) this.#index(order);
    for (const position of positions) this.#indexPosition(position);
  }

  /** Returns whether the rows of an account are in memory, or it is known not to exist. */
  isLoaded(id: string): boolean {
    return this.#loaded.has(id);
  }

  /** Notes that an account is used. @throws {Error} if it is not loaded */
  use(id: string, now: number): void {
    this.#loaded.use(id, now);
  }

  /** Removes accounts that have no orders and positions here and have not been used for long. @returns their ids */
  evictIdle(now: number): string[] {
    const idle = this.#loaded.takeIdle(now, (id) => this.#orders.size(id) > 0 || this.#positions.size(id) > 0);
    for (const id of idle) this.#accounts.delete(id);
    return idle;
  }

  /** Returns a new number, unique among ids, sequences and priorities. */
  next(): number {
    return this.#nextSequence++;
  }

  account(id: string): AccountRow | undefined {
    return this.#accounts.get(id);
  }

  order(accountId: string, id: string): OrderRow | undefined {
    // mutant: find-own-order
    return this.#orders.get(accountId, id);
  }

  orderByKey(accountId: string, idempotencyKey: string): OrderRow | undefined {
    const id = this.#keys.get(accountId, idempotencyKey);
    return id === undefined ? undefined : this.#orders.get(accountId, id);
  }

  ordersOf(accountId: string): OrderRow[] {
    return [...this.#orders.of(accountId)];
  }

  /** Returns the working orders of a symbol, of all accounts; undefined if there are none. */
  working(symbol: string): WorkingOrders | undefined {
    return this.#working.get(symbol);
  }

  /** Returns the number of an account's working orders, without brackets. */
  enteredCount(accountId: string): number {
    return this.#entered.size(accountId);
  }

  /** Returns the working orders that can only reduce an account's position. */
  reducing(accountId: string, symbol: string): OrderRow[] {
    return [...this.#reducing.of(JSON.stringify([accountId, symbol]))];
  }

  /** The working order that expires first; undefined if none does. */
  get nextToExpire(): OrderRow | undefined {
    return this.#expiring.lowest;
  }

  /** Returns an open position; undefined if there is none. */
  position(accountId: string, symbol: string): PositionRow | undefined {
    return this.#positions.get(accountId, symbol);
  }

  /** Returns the open positions of an account. */
  positionsOf(accountId: string): PositionRow[] {
    return [...this.#positions.of(accountId)];
  }

  /** Returns the open positions in a symbol, of all accounts. */
  positionsIn(symbol: string): Iterable<PositionRow> {
    return this.#positionsIn.of(symbol);
  }

  putAccount(account: AccountRow): void {
    this.#accounts.set(account.id, account);
    this.#changed.accounts.set(account.id, account);
  }

  putOrder(order: OrderRow): OrderRow {
    this.use(order.accountId, order.updatedAt);
    this.#index(order);
    this.#changed.orders.set(order.id, order);
    return order;
  }

  finishOrder(order: OrderRow, status: Exclude<OrderStatus, 6>, now: number): OrderRow {
    return this.putOrder({ ...order, status, updatedAt: now, finishedAt: now });
  }

  putPosition(position: PositionRow): void {
    this.use(position.accountId, position.updatedAt);
    this.#indexPosition(position);
    this.#changed.positions.set(JSON.stringify([position.accountId, position.id]), position);
  }

  addExecution(execution: Omit<ExecutionRow, "id" | "sequence">): void {
    const sequence = this.next();
    this.#changed.executions.push({ ...execution, id: `e${sequence}`, sequence });
  }

  addNotification(notification: Omit<NotificationRow, "id" | "sequence">): void {
    const sequence = this.next();
    this.#changed.notifications.push({ ...notification, id: `n${sequence}`, sequence });
  }

  /** Removes orders that finished more than `finishedForMs` ago. */
  evictFinished(now: number): void {
    for (const order of this.#finished.values()) {
      if (now - (order.finishedAt ?? 0) < this.#finishedForMs) return;
      this.#forget(order);
    }
  }

  /** Returns the changes since the last call. */
  takeChanges(): Omit<Changes, "prices" | "valuations"> {
    const { accounts, orders, positions, executions, notifications } = this.#changed;
    const changes = {
      accounts: [...accounts.values()],
      orders: [...orders.values()],
      positions: [...positions.values()],
      executions: executions.splice(0),
      notifications: notifications.splice(0),
      nextSequence: this.#nextSequence,
    };
    for (const rows of [accounts, orders, positions]) rows.clear();
    return changes;
  }

  #index(order: OrderRow): void {
    this.#orders.set(order.accountId, order.id, order);
    // mutant: index-key
    if (order.idempotencyKey !== null) this.#keys.set(order.accountId, order.idempotencyKey, order.id);
    this.#indexWorking(order);
    if (!isWorking(order)) this.#addFinished(order);
  }

  /** Adds a finished order; an account's oldest one is no longer listed if there are too many. */
  #addFinished(order: OrderRow): void {
    const { accountId, id } = order;
    this.#finished.set(id, order);
    this.#finishedOf.set(accountId, id, order);
    // mutant: bound-finished
    if (this.#finishedOf.size(accountId) <= MAX_FINISHED) return;
    for (const oldest of this.#finishedOf.of(accountId)) {
      this.#forget(oldest);
      return;
    }
  }

  /** Removes a finished order and its key. */
  #forget({ id, accountId, idempotencyKey }: OrderRow): void {
    this.#finished.delete(id);
    this.#finishedOf.delete(accountId, id);
    this.#orders.delete(accountId, id);
    const ownsKey = idempotencyKey !== null && this.#keys.get(accountId, idempotencyKey) === id;
    if (ownsKey) this.#keys.delete(accountId, idempotencyKey);
  }

  #indexWorking(order: OrderRow): void {
    const { accountId, symbol, id, role } = order;
    const indexes: [Grouped<OrderRow>, string][] = [];
    if (role === "entry" || role === "close") indexes.push([this.#entered, accountId]);
    if (role !== "entry") indexes.push([this.#reducing, JSON.stringify([accountId, symbol])]);
    const before = this.#expiresAt.get(id);
    if (before !== undefined) this.#expiring.delete(BigInt(before), id);
    if (isWorking(order) && order.expiresAt !== null) {
      this.#expiring.put(BigInt(order.expiresAt), order);
      this.#expiresAt.set(id, order.expiresAt);
    } else this.#expiresAt.delete(id);
    const working = this.#working.get(symbol) ?? new WorkingOrders();
    if (isWorking(order)) {
      for (const [index, group] of indexes) index.set(group, id, order);
      working.put(order);
      this.#working.set(symbol, working);
    } else {
      for (const [index, group] of indexes) index.delete(group, id);
      working.delete(id);
      if (working.size === 0) this.#working.delete(symbol);
    }
  }

  #indexPosition(position: PositionRow): void {
    const { accountId, symbol } = position;
    if (position.qty > 0n) {
      this.#positions.set(accountId, symbol, position);
      this.#positionsIn.set(symbol, accountId, position);
    } else {
      this.#positions.delete(accountId, symbol);
      this.#positionsIn.delete(symbol, accountId);
    }
  }
}

export function isWorking(order: OrderRow): boolean {
  return order.status === ORDER_STATUS.working;
}
