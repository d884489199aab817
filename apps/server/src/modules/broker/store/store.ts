import type { Changes, ExecutionRow, NotificationRow, OrderRow, Snapshot } from "../engine/rows.js";

/** What a store has kept. */
export interface StoredState {
  readonly snapshot: Snapshot;
  /** The id of the last commit that was kept; "" before the first. */
  readonly lastCommit: string;
}

/** Which commit it is, and which it follows. */
export interface CommitOrder {
  /** Never used before. */
  readonly id: string;
  /** The last commit the changes were made on. */
  readonly after: string;
}

/**
 * Keeps what the engine needs to go on after its process died.
 *
 * Guarantees asked of an implementation: texts come back as they were, whatever is in them, and amounts to their last
 * digit. Commits are done in the order they were called in, and what a read tells was kept as a whole. The process is
 * not blocked while it works.
 */
export interface BrokerStore {
  /** @param finishedSince orders that ended before it are left out, Unix milliseconds */
  load(finishedSince: number): Promise<StoredState>;
  /**
   * Keeps all of it, or nothing. When it resolves, neither the end of the process nor a power failure undoes it.
   *
   * When it rejects, a connection may have been lost just as it was kept: `lastCommit` of the next `load` tells.
   *
   * @throws StoreError `store_conflict` where the last commit is not `order.after`: somebody else has written
   */
  commit(changes: Changes, order: CommitOrder): Promise<void>;
  /** The newest ones, oldest first. @param symbol undefined: of all */
  executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]>;
  /** The newest ones, oldest first. */
  notifications(accountId: string, limit: number): Promise<NotificationRow[]>;
  /** The last that ended, in the order they ended in. */
  finishedOrders(accountId: string, limit: number): Promise<OrderRow[]>;
  /** Waits for what was called before. */
  close(): Promise<void>;
}

/** Why a store cannot do it. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: "store_unreachable" | "store_conflict" | "store_newer";

  constructor(code: StoreError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
