import type { PlacedOrder } from "@trading/topic";
import { expect } from "vitest";
import { toNumber } from "../../../../src/modules/broker/engine/amount.js";
import type { ExecutionRow, OrderRow, PositionRow } from "../../../../src/modules/broker/engine/rows.js";
import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";
import { acquired } from "../acquired.js";
import { loadAll } from "../load-all.js";

/** A sent order. */
export interface SentOrder {
  readonly symbol: string;
  readonly type: 1 | 2;
  readonly side: 1 | -1;
  readonly qty: number;
  readonly limitPrice?: number;
}

const UNIT = 100_000_000n;

/** The orders, replies and updates of one account's clients, to compare with the store. */
export class Journal {
  readonly accountId: string;
  /** All sent orders, by idempotency key. */
  readonly sent = new Map<string, SentOrder>();
  /** The ids of acknowledged orders, by idempotency key. */
  readonly acknowledged = new Map<string, string>();
  readonly rejected = new Set<string>();
  /** The ids of acknowledged limit orders whose cancellation is not acknowledged, and not being requested. */
  readonly working = new Set<string>();
  /** The ids of orders whose cancellation was requested. */
  readonly cancelling = new Set<string>();
  /** The ids of orders whose cancellation was acknowledged. */
  readonly cancelled = new Set<string>();
  /** The last update of each order on the socket, by id. */
  readonly orderUpdates = new Map<string, PlacedOrder>();
  /** The executions that the socket sent, each as JSON. */
  readonly executions: string[] = [];

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** The idempotency keys of orders without a reply: they may have been placed. */
  get unconfirmed(): string[] {
    return [...this.sent.keys()].filter((key) => !this.acknowledged.has(key) && !this.rejected.has(key));
  }

  /**
   * Compares the store with the replies and updates, and its rows with each other.
   *
   * @param others ids of the account's orders that are not in this journal
   * @returns the numbers of rows
   */
  async compare(store: BrokerStore, others: readonly string[] = []) {
    const lease = await acquired(store);
    const { snapshot } = await loadAll(store, lease, [this.accountId]);
    const isOfAccount = ({ accountId }: { readonly accountId: string }) => accountId === this.accountId;
    const orders = snapshot.orders.filter(isOfAccount);
    const executions = await store.executions(this.accountId, undefined, 1_000_000);
    await lease.release();
    this.#compareOrders(
      orders.filter(({ id }) => !others.includes(id)),
      others,
    );
    this.#compareExecutions(executions);
    checkFills(orders, executions);
    const account = snapshot.accounts.find(({ id }) => id === this.accountId);
    checkAccounting(account?.realized ?? 0n, snapshot.positions.filter(isOfAccount), executions);
    const last = Math.max(0, ...executions.map(({ sequence }) => sequence), ...orders.map(({ priority }) => priority));
    expect(snapshot.nextSequence).toBeGreaterThan(last);
    return { orders: orders.length, executions: executions.length };
  }

  #compareOrders(orders: readonly OrderRow[], others: readonly string[]): void {
    const byId = new Map(orders.map((order) => [order.id, order]));
    expect(byId.size).toBe(orders.length);
    const byKey = groupedBy(orders, ({ idempotencyKey }) => idempotencyKey);
    for (const [key, sent] of this.sent) {
      const stored = byKey.get(key) ?? [];
      const id = this.acknowledged.get(key);
      if (id !== undefined)
        expect(
          stored.map((order) => order.id),
          `acknowledged ${key}`,
        ).toEqual([id]);
      else expect(stored.length, `sent ${key}`).toBeLessThanOrEqual(this.rejected.has(key) ? 0 : 1);
      for (const { symbol, type, side, qty } of stored) {
        expect({ symbol, type, side, qty: toNumber(qty) }).toEqual({
          symbol: sent.symbol,
          type: sent.type,
          side: sent.side,
          qty: sent.qty,
        });
      }
    }
    expect([...byKey.keys()].filter((key) => key === null || !this.sent.has(key))).toEqual([]);
    for (const id of this.cancelled) expect(byId.get(id)?.status, `cancelled ${id}`).toBe(1);
    for (const [id, update] of this.orderUpdates) {
      const stored = byId.get(id);
      if (stored === undefined && others.includes(id)) continue;
      expect(toNumber(stored?.filledQty ?? -1n), `update of ${id}`).toBeGreaterThanOrEqual(update.filledQty ?? 0);
      if (update.status !== 6) expect(stored?.status, `update of ${id}`).toBe(update.status);
    }
  }

  #compareExecutions(executions: readonly ExecutionRow[]): void {
    const stored = counted(
      executions.map(({ symbol, price, qty, side, time }) =>
        JSON.stringify([symbol, toNumber(price), toNumber(qty), side, time]),
      ),
    );
    for (const [execution, count] of counted(this.executions)) {
      expect(stored.get(execution) ?? 0, `sent execution ${execution}`).toBeGreaterThanOrEqual(count);
    }
  }
}

function groupedBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Checks that orders are exactly the sums of their executions. */
function checkFills(orders: readonly OrderRow[], executions: readonly ExecutionRow[]): void {
  const fills = groupedBy(executions, ({ orderId }) => orderId);
  for (const { id, filledQty, filledValue } of orders) {
    let qty = 0n;
    let value = 0n;
    for (const fill of fills.get(id) ?? []) {
      qty += fill.qty;
      value += (fill.price * fill.qty) / UNIT;
    }
    expect([id, qty, value]).toEqual([id, filledQty, filledValue]);
    fills.delete(id);
  }
  expect([...fills.keys()]).toEqual([]);
}

/** Checks that positions and profit are exactly the sums of the executions. */
function checkAccounting(
  realized: bigint,
  positions: readonly PositionRow[],
  executions: readonly ExecutionRow[],
): void {
  const holdings = new Map<string, { qty: bigint; cost: bigint }>();
  let profit = 0n;
  for (const { symbol, side, price, qty, realized: reported } of executions) {
    const value = (price * qty) / UNIT;
    const signed = BigInt(side) * qty;
    const { qty: before, cost } = holdings.get(symbol) ?? { qty: 0n, cost: 0n };
    let gain = 0n;
    if (before !== 0n && before > 0n !== signed > 0n) {
      // An order that reverses a position has two executions.
      const whole = before > 0n ? before : -before;
      const part = (cost * qty) / whole;
      gain = before > 0n ? value - part : part - value;
      holdings.set(symbol, { qty: before + signed, cost: cost - part });
    } else {
      holdings.set(symbol, { qty: before + signed, cost: cost + value });
    }
    expect(reported).toBe(gain);
    profit += gain;
  }
  expect(realized).toBe(profit);
  const open = [...holdings].filter(([, { qty }]) => qty !== 0n);
  const stored = positions.map(({ symbol, side, qty, cost }) => [symbol, { qty: BigInt(side) * qty, cost }] as const);
  expect(new Map(stored)).toEqual(new Map(open));
}
