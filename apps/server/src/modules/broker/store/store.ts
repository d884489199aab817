import type { Changes, ExecutionRow, NotificationRow, OrderRow, Snapshot } from "../engine/rows.js";

/** The state loaded from a store. */
export interface StoredState {
  readonly snapshot: Snapshot;
  /** The id of the last commit; "" before the first. */
  readonly lastCommit: string;
}

/** The id of a commit and of its predecessor. */
export interface CommitOrder {
  /** Unique. */
  readonly id: string;
  /** The commit that the changes are based on. */
  readonly after: string;
}

/**
 * Persists the engine's state, so that it continues after a crash.
 *
 * An implementation guarantees: strings and amounts are returned exactly as stored, whatever their content. Commits are
 * applied in call order, and reads only see complete commits. The event loop is not blocked.
 */
export interface BrokerStore {
  /** Loads the state. @param finishedSince orders that finished before this time are left out, Unix milliseconds */
  load(finishedSince: number): Promise<StoredState>;
  /**
   * Stores all changes or none. When the promise resolves, the changes survive a crash of the process and a power
   * failure.
   *
   * When it rejects, the changes may still have been stored, if the connection was lost just after the commit:
   * `lastCommit` of the next `load` shows it.
   *
   * @throws StoreError `store_conflict` if the last commit is not `order.after`, because another server has written
   */
  commit(changes: Changes, order: CommitOrder): Promise<void>;
  /** Returns the newest executions, oldest first. @param symbol undefined: all symbols */
  executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]>;
  /** Returns the newest notifications, oldest first. */
  notifications(accountId: string, limit: number): Promise<NotificationRow[]>;
  /** Returns the orders that finished last, in the order in which they finished. */
  finishedOrders(accountId: string, limit: number): Promise<OrderRow[]>;
  /** Waits for pending calls, then closes the store. */
  close(): Promise<void>;
}

/** An error of a store. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: "store_unreachable" | "store_conflict" | "store_newer";

  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
