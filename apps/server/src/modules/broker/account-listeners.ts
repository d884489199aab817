import type { SourceError } from "@trading/ws-server";
import type {
  AccountRow,
  Changes,
  ExecutionRow,
  NotificationRow,
  OrderRow,
  PositionRow,
  Valuation,
} from "./engine/rows.js";

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
  /** Called when another server has taken over, instead of further calls. */
  onEnd?(reason: SourceError): void;
}

/** The listeners of all accounts. */
export class AccountListeners {
  /** By account. */
  readonly #listeners = new Map<string, Set<AccountListener>>();

  /** The listeners of each account that has some. */
  get entries(): Iterable<readonly [accountId: string, listeners: Iterable<AccountListener>]> {
    return this.#listeners;
  }

  /** @returns removes the listener */
  add(accountId: string, listener: AccountListener): () => void {
    const present = this.#listeners.get(accountId) ?? new Set();
    this.#listeners.set(accountId, present.add(listener));
    return () => {
      // mutant: remove-listener
      present.delete(listener);
      if (present.size === 0 && this.#listeners.get(accountId) === present) this.#listeners.delete(accountId);
    };
  }

  /** Passes each account's changes to its listeners. */
  notify(changes: Changes): void {
    for (const [accountId, accountChanges] of this.#byAccount(changes)) {
      for (const listener of /* mutant: listeners-of-account */ this.#listeners.get(accountId) ?? [])
        listener.onChanges(accountChanges);
    }
  }

  /** Removes all listeners, and calls them for the last time. */
  end(reason: SourceError): void {
    const ended = [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
    this.#listeners.clear();
    for (const listener of ended) listener.onEnd?.(reason);
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
}

function noChanges(): AccountChanges {
  return { account: undefined, valuation: undefined, orders: [], positions: [], executions: [], notifications: [] };
}
