import type { AccountRows, Changes, ExecutionRow, NotificationRow, OrderRow, Snapshot } from "../engine/rows.js";

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
 * Persists the engine's state, so that it continues after a crash or on another server.
 *
 * An implementation guarantees: strings and amounts are returned exactly as stored, whatever their content. Reads only
 * see complete commits, and all commits that were confirmed before the read. They use a separate connection, so
 * that commits never wait for them. The event loop is not blocked. Nothing is opened before the first call.
 */
export interface BrokerStore {
  /**
   * Tries once to become the only server that writes, and migrates the store if it does. Never waits for the present
   * holder.
   *
   * @param name identifies this server to operators and to other servers; unique for each process
   * @param signal when aborted, the call ends with an error and releases what it has acquired
   * @returns the lease, or the name of the server that holds it
   * @throws the database's error, or a StoreError
   */
  acquire(name: string, signal: AbortSignal): Promise<Acquired | Held>;
  /**
   * Loads the rows of accounts that `load` has left out. Precedes waiting reads.
   *
   * @param ids at most 100
   * @param finishedSince as in `load`
   */
  accounts(ids: readonly string[], finishedSince: number): Promise<AccountRows>;
  /** Returns the newest executions, oldest first. @param symbol undefined: all symbols */
  executions(accountId: string, symbol: string | undefined, limit: number): Promise<ExecutionRow[]>;
  /** Returns the newest notifications, oldest first. */
  notifications(accountId: string, limit: number): Promise<NotificationRow[]>;
  /** Returns the orders that finished last, in the order in which they finished. */
  finishedOrders(accountId: string, limit: number): Promise<OrderRow[]>;
  /** Releases the lease and closes all connections. */
  close(): Promise<void>;
}

export interface Acquired {
  readonly lease: StoreLease;
}

export interface Held {
  /** The name of the server that holds the lease. */
  readonly holder: string;
}

/**
 * The exclusive right to write to a store, bound to the connection that writes: when the connection or its process
 * ends, even by `kill -9`, the lease is free, and nothing can be committed under it. Its calls run in order.
 */
export interface StoreLease {
  /** Resolves with the reason when the lease is lost: its connection has ended. */
  readonly lost: Promise<Error>;
  /**
   * Loads the accounts that have working orders or open positions; the snapshot is partial.
   *
   * @param finishedSince orders that finished before this time are left out, Unix milliseconds
   */
  load(finishedSince: number): Promise<StoredState>;
  /**
   * Stores all changes or none. When the promise resolves, the changes survive a crash of the process and a power
   * failure.
   *
   * When it rejects, the changes may still have been stored, if the connection was lost just after the commit:
   * `lastCommit` of the next `load` shows it.
   *
   * @throws StoreError `store_conflict` if the last commit is not `order.after`, because the store was changed otherwise
   */
  commit(changes: Changes, order: CommitOrder): Promise<void>;
  /**
   * Checks that commits are possible, without writing.
   *
   * @throws StoreError `store_conflict` if the last commit is not that of the last `load` or `commit`
   */
  probe(): Promise<void>;
  /**
   * Deletes the oldest executions, notifications and finished orders, in one short transaction.
   *
   * @param before Unix milliseconds; later rows stay
   * @param limit maximum number of rows
   * @returns the number of deleted rows
   */
  deleteEvents(before: number, limit: number): Promise<number>;
  /** Finishes pending calls and releases the lease. */
  release(): Promise<void>;
  /** Releases the lease immediately: closes its connection, pending calls are rejected. */
  abandon(): void;
}

/** The codes of a {@link StoreError}. */
export type StoreErrorCode =
  | "store_unreachable"
  | "store_refused"
  | "too_many_reads"
  | "store_conflict"
  | "store_newer"
  | "store_forbidden"
  | "store_pooled"
  | "store_held"
  | "store_missing"
  | "store_not_empty"
  | "backup_exists"
  | "backup_invalid";

/** An error of a store, or of its backup. The message states the remedy. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
