import type {
  AccountRow,
  Changes,
  ExecutionRow,
  OrderRow,
  PositionRow,
  Snapshot,
} from "../../../../../src/modules/broker/engine/rows.js";

export function print(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? `${member}n` : member));
}

/** A store in memory: the rows after all changes. */
export class StoredState {
  readonly accounts = new Map<string, AccountRow>();
  readonly orders = new Map<string, OrderRow>();
  readonly positions = new Map<string, PositionRow>();
  readonly executions: ExecutionRow[] = [];
  #nextSequence = 1;

  add(changes: Changes): void {
    for (const row of changes.accounts) this.accounts.set(row.id, row);
    for (const row of changes.orders) this.orders.set(row.id, row);
    for (const row of changes.positions) this.positions.set(`${row.accountId} ${row.id}`, row);
    this.executions.push(...changes.executions);
    this.#nextSequence = changes.nextSequence;
  }

  /** Returns the rows in reverse order, because their order must not matter. */
  snapshot(): Snapshot {
    return {
      accounts: [...this.accounts.values()].reverse(),
      orders: [...this.orders.values()].reverse(),
      positions: [...this.positions.values()].reverse(),
      nextSequence: this.#nextSequence,
    };
  }
}
