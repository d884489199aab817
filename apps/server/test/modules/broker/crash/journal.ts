import type { PlacedOrder } from "@trading/topic";
import { expect } from "vitest";
import { toNumber } from "../../../../src/modules/broker/engine/amount.js";
import type { ExecutionRow, OrderRow, PositionRow } from "../../../../src/modules/broker/engine/rows.js";
import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";

/** An order as it was sent. */
export interface Sent {
  readonly symbol: string;
  readonly type: 1 | 2;
  readonly side: 1 | -1;
  readonly qty: number;
  readonly limitPrice?: number;
}

const UNIT = 100_000_000n;

/** What one account's clients have sent and been told, and whether the store agrees. */
export class Journal {
  readonly accountId: string;
  /** By idempotency key: whatever was sent. */
  readonly sent = new Map<string, Sent>();
  /** By idempotency key: the ids of what was acknowledged. */
  readonly acknowledged = new Map<string, string>();
  readonly refused = new Set<string>();
  /** By id: what was to be cancelled. */
  readonly cancelling = new Set<string>();
  /** By id: what has to be cancelled. */
  readonly cancelled = new Set<string>();
  /** By id: the last that the socket told of an order. */
  readonly told = new Map<string, PlacedOrder>();
  /** What the socket told, each as JSON. */
  readonly executions: string[] = [];

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  /** Keys of which nobody knows whether their orders were placed. */
  get doubtful(): string[] {
    return [...this.sent.keys()].filter((key) => !this.acknowledged.has(key) && !this.refused.has(key));
  }

  /** Holds what was kept to what was told, and to itself. @returns how much was compared */
  async compare(store: BrokerStore) {
    const { snapshot } = await store.load(0);
    const isOurs = ({ accountId }: { readonly accountId: string }) => accountId === this.accountId;
    const orders = snapshot.orders.filter(isOurs);
    const executions = await store.executions(this.accountId, undefined, 1_000_000);
    this.#compareOrders(orders);
    this.#compareExecutions(executions);
    checkFills(orders, executions);
    const account = snapshot.accounts.find(({ id }) => id === this.accountId);
    checkAccounting(account?.realized ?? 0n, snapshot.positions.filter(isOurs), executions);
    const last = Math.max(0, ...executions.map(({ sequence }) => sequence), ...orders.map(({ priority }) => priority));
    expect(snapshot.nextSequence).toBeGreaterThan(last);
    return { orders: orders.length, executions: executions.length };
  }

  #compareOrders(orders: readonly OrderRow[]): void {
    const byId = new Map(orders.map((order) => [order.id, order]));
    expect(byId.size).toBe(orders.length);
    const byKey = groupedBy(orders, ({ idempotencyKey }) => idempotencyKey);
    for (const [key, sent] of this.sent) {
      const kept = byKey.get(key) ?? [];
      const id = this.acknowledged.get(key);
      if (id !== undefined)
        expect(
          kept.map((order) => order.id),
          `acknowledged ${key}`,
        ).toEqual([id]);
      else expect(kept.length, `sent ${key}`).toBeLessThanOrEqual(this.refused.has(key) ? 0 : 1);
      for (const { symbol, type, side, qty } of kept) {
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
    for (const [id, told] of this.told) {
      const kept = byId.get(id);
      expect(toNumber(kept?.filledQty ?? -1n), `told ${id}`).toBeGreaterThanOrEqual(told.filledQty ?? 0);
      if (told.status !== 6) expect(kept?.status, `told ${id}`).toBe(told.status);
    }
  }

  #compareExecutions(executions: readonly ExecutionRow[]): void {
    const kept = counted(
      executions.map(({ symbol, price, qty, side, time }) =>
        JSON.stringify([symbol, toNumber(price), toNumber(qty), side, time]),
      ),
    );
    for (const [execution, count] of counted(this.executions)) {
      expect(kept.get(execution) ?? 0, `told ${execution}`).toBeGreaterThanOrEqual(count);
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

/** An order is filled by its executions, to the last digit. */
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

/** Positions and profit are what the executions add up to, to the last digit. */
function checkAccounting(
  realized: bigint,
  positions: readonly PositionRow[],
  executions: readonly ExecutionRow[],
): void {
  const held = new Map<string, { qty: bigint; cost: bigint }>();
  let profit = 0n;
  for (const { symbol, side, price, qty, realized: told } of executions) {
    const value = (price * qty) / UNIT;
    const signed = BigInt(side) * qty;
    const { qty: before, cost } = held.get(symbol) ?? { qty: 0n, cost: 0n };
    let made = 0n;
    if (before !== 0n && before > 0n !== signed > 0n) {
      // One that turns a position around comes as two.
      const whole = before > 0n ? before : -before;
      const part = (cost * qty) / whole;
      made = before > 0n ? value - part : part - value;
      held.set(symbol, { qty: before + signed, cost: cost - part });
    } else {
      held.set(symbol, { qty: before + signed, cost: cost + value });
    }
    expect(told).toBe(made);
    profit += made;
  }
  expect(realized).toBe(profit);
  const open = [...held].filter(([, { qty }]) => qty !== 0n);
  const kept = positions.map(({ symbol, side, qty, cost }) => [symbol, { qty: BigInt(side) * qty, cost }] as const);
  expect(new Map(kept)).toEqual(new Map(open));
}
