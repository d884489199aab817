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

/** The rows in memory, the ways to find them, and which have changed. */
export class Ledger {
  readonly #finishedForMs: number;
  readonly #accounts = new Map<string, AccountRow>();
  /** By account and id: those that work, and those that have finished of late. */
  readonly #orders = new Grouped<OrderRow>();
  /** By account and idempotency key. */
  readonly #keys = new Grouped<string>();
  /** By symbol and id. */
  readonly #working = new Grouped<OrderRow>();
  /** By account and id. */
  readonly #workingOf = new Grouped<OrderRow>();
  /** By account and symbol. */
  readonly #positions = new Grouped<PositionRow>();
  /** By symbol and account. */
  readonly #positionsIn = new Grouped<PositionRow>();
  /** In the order in which they have finished. */
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
    // Those that work come last: where an older order had the same key, it is theirs now.
    const end = ({ finishedAt }: OrderRow) => finishedAt ?? Number.MAX_SAFE_INTEGER;
    for (const order of [...snapshot.orders].sort((one, other) => end(one) - end(other))) this.#index(order);
    for (const position of snapshot.positions) this.#indexPosition(position);
  }

  /** A number that no id, sequence or priority has had. */
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

  /** Those of all accounts. */
  working(symbol: string): Iterable<OrderRow> {
    return this.#working.of(symbol);
  }

  /** Those of one account. */
  workingOf(accountId: string): OrderRow[] {
    return [...this.#workingOf.of(accountId)];
  }

  /** Undefined where it is flat. */
  position(accountId: string, symbol: string): PositionRow | undefined {
    return this.#positions.get(accountId, symbol);
  }

  /** Those that are not flat. */
  positionsOf(accountId: string): PositionRow[] {
    return [...this.#positions.of(accountId)];
  }

  /** The positions of all accounts in a symbol. */
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

  /** Forgets orders that have finished too long ago. */
  evictFinished(now: number): void {
    for (const order of this.#finished.values()) {
      if (now - (order.finishedAt ?? 0) < this.#finishedForMs) return;
      this.#finished.delete(order.id);
      this.#orders.delete(order.accountId, order.id);
      const { accountId, idempotencyKey } = order;
      const isItsKey = idempotencyKey !== null && this.#keys.get(accountId, idempotencyKey) === order.id;
      if (isItsKey) this.#keys.delete(accountId, idempotencyKey);
    }
  }

  /** What has changed since it was last taken. */
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
