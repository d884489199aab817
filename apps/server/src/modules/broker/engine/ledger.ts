import { ORDER_STATUS } from "@trading/topic";
import { Grouped } from "./grouped.js";
import type {
  AccountRow,
  Changes,
  ExecutionRow,
  NotificationRow,
  OrderRow,
  OrderStatus,
  PositionRow,
  Snapshot,
} from "./rows.js";

/** All rows in memory with their indexes, and the record of which have changed. */
export class Ledger {
  readonly #finishedForMs: number;
  readonly #accounts = new Map<string, AccountRow>();
  /** Working and recently finished orders, by account and id. */
  readonly #orders = new Grouped<OrderRow>();
  /** Order ids by account and idempotency key. */
  readonly #keys = new Grouped<string>();
  /** Working orders by symbol and id. */
  readonly #working = new Grouped<OrderRow>();
  /** Working orders by account and id. */
  readonly #workingOf = new Grouped<OrderRow>();
  /** Open positions by account and symbol. */
  readonly #positions = new Grouped<PositionRow>();
  /** Open positions by symbol and account. */
  readonly #positionsIn = new Grouped<PositionRow>();
  /** Finished orders, in the order in which they finished. */
  readonly #finished = new Map<string, OrderRow>();
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
    for (const account of snapshot.accounts) this.#accounts.set(account.id, account);
    // Working orders come last: if an older order had the same key, the key belongs to the working one.
    const end = ({ finishedAt }: OrderRow) => finishedAt ?? Number.MAX_SAFE_INTEGER;
    for (const order of [...snapshot.orders].sort((one, other) => end(one) - end(other))) this.#index(order);
    for (const position of snapshot.positions) this.#indexPosition(position);
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

  /** Returns the working orders of a symbol, of all accounts. */
  working(symbol: string): Iterable<OrderRow> {
    return this.#working.of(symbol);
  }

  /** Returns the working orders of an account. */
  workingOf(accountId: string): OrderRow[] {
    return [...this.#workingOf.of(accountId)];
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
    this.#index(order);
    this.#changed.orders.set(order.id, order);
    return order;
  }

  finishOrder(order: OrderRow, status: Exclude<OrderStatus, 6>, now: number): OrderRow {
    return this.putOrder({ ...order, status, updatedAt: now, finishedAt: now });
  }

  putPosition(position: PositionRow): void {
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
      this.#finished.delete(order.id);
      this.#orders.delete(order.accountId, order.id);
      const { accountId, idempotencyKey } = order;
      const ownsKey = idempotencyKey !== null && this.#keys.get(accountId, idempotencyKey) === order.id;
      if (ownsKey) this.#keys.delete(accountId, idempotencyKey);
    }
  }

  /** Returns the changes since the last call. */
  takeChanges(): Omit<Changes, "valuations"> {
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
    if (isWorking(order)) {
      this.#working.set(order.symbol, order.id, order);
      this.#workingOf.set(order.accountId, order.id, order);
    } else {
      this.#working.delete(order.symbol, order.id);
      this.#workingOf.delete(order.accountId, order.id);
      this.#finished.set(order.id, order);
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
