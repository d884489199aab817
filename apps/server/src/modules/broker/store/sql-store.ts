import type { Changes } from "../engine/rows.js";
import { migrationsSince } from "./migrations.js";
import { ReadQueue } from "./read-queue.js";
import { type BrokerStore, type CommitOrder, type Held, StoreError, type StoreLease } from "./store.js";
import {
  accounts,
  type Columns,
  columnText,
  executions,
  notifications,
  orders,
  positions,
  prices,
  type Table,
} from "./tables.js";
import { Turns } from "./turns.js";

/** Runs one statement with the parameters `$1`, `$2` and so on. @returns its rows, or the number of changed rows */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<{ rows: unknown[]; changed: number }>;

/** Rows to insert into a table, or to replace there. */
export interface Insert {
  readonly table: Columns;
  /** The rows as a JSON array of columns. */
  readonly json: string;
}

/** A select with its parameters. */
export interface Select {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** The differences between the databases. */
export interface Database {
  /** As `acquire` of `BrokerStore`, without migrations. */
  acquire(name: string, signal: AbortSignal): Promise<{ readonly session: Session } | Held>;
  /** Runs a select on a connection for reading. */
  read(sql: string, parameters: readonly unknown[]): Promise<unknown[]>;
  /** Runs several selects on a connection for reading, in one round trip if there is a network. @returns the rows of each */
  readAll(selects: readonly Select[]): Promise<readonly unknown[][]>;
  /** Maximum number of concurrent reads. */
  readonly maxReads: number;
  close(): Promise<void>;
}

/** The connection that writes, which holds the lease. Its calls never overlap. */
export interface Session {
  /** Resolves when the connection has ended. */
  readonly lost: Promise<Error>;
  /**
   * Runs a function in a transaction: its changes are durable when the promise resolves, and rolled back when it
   * rejects.
   */
  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /**
   * Stores rows, and the new last commit, in one transaction.
   *
   * @returns false if the last commit is not `order.after`; nothing is stored then
   */
  commit(order: CommitOrder, nextSequence: number, inserts: readonly Insert[]): Promise<boolean>;
  /** Returns the last commit, after checking that the database can be written. */
  lastCommit(): Promise<string>;
  /** Runs statements without parameters in the current transaction. */
  script(query: Query, sql: string): Promise<void>;
  /**
   * Returns the number of applied migrations. Called in a transaction, and locks the database against other migrations
   * until its end.
   */
  version(query: Query): Promise<number>;
  setVersion(query: Query, version: number): Promise<void>;
  release(): Promise<void>;
  abandon(): void;
}

/** Creates a store in a database. */
export function sqlStore(database: Database): BrokerStore {
  const reads = new ReadQueue(database.maxReads);
  /** Reads the last rows in the order of a column. */
  const newest = <Row>(table: Table<Row>, where: string, order: string, parameters: readonly unknown[]) =>
    reads.run(async () => {
      const sql = `select * from ${table.name} where ${where} order by ${order} desc limit $${parameters.length}`;
      return (await database.read(sql, parameters)).map(table.decode).reverse();
    });
  return {
    accounts: (ids, finishedSince) =>
      reads.run(async () => {
        const keys = ids.map(columnText);
        const select = ({ name }: Columns, column: string, where: string, parameters: readonly unknown[]): Select => {
          const list = keys.map((_, index) => `$${index + 1 + parameters.length}`).join(", ");
          const sql = `select * from ${name} where ${where} and ${column} in (${list})`;
          return { sql, parameters: [...parameters, ...keys] };
        };
        const [found = [], recent = [], open = []] = await database.readAll([
          select(accounts, "id", "true", []),
          select(orders, "account_id", RECENT, [finishedSince]),
          select(positions, "account_id", OPEN, []),
        ]);
        return {
          accounts: found.map(accounts.decode),
          orders: recent.map(orders.decode),
          positions: open.map(positions.decode),
        };
      }, true),
    async acquire(name, signal) {
      const result = await database.acquire(name, signal);
      if (!("session" in result)) return result;
      const { session } = result;
      try {
        await session.transaction((query) => migrate(session, query));
      } catch (error) {
        session.abandon();
        throw error;
      }
      return { lease: leaseOf(session) };
    },
    executions: (accountId, symbol, limit) =>
      symbol === undefined
        ? newest(executions, "account_id = $1", "sequence", [columnText(accountId), limit])
        : newest(executions, "account_id = $1 and symbol = $2", "sequence", [
            columnText(accountId),
            columnText(symbol),
            limit,
          ]),
    notifications: (accountId, limit) =>
      newest(notifications, "account_id = $1", "sequence", [columnText(accountId), limit]),
    finishedOrders: (accountId, limit) =>
      newest(orders, "account_id = $1 and finished_at is not null", "finished_at desc, priority", [
        columnText(accountId),
        limit,
      ]),
    close: () => database.close(),
  };
}

function leaseOf(session: Session): StoreLease {
  const turns = new Turns();
  /** The last commit that this server knows. */
  let known = "";
  return {
    lost: session.lost,
    load: (finishedSince) =>
      turns.run(() =>
        session.transaction(async (query) => {
          const all = async <Row>(table: Table<Row>, where: string, parameters: readonly unknown[] = []) =>
            (await query(`select * from ${table.name} where ${where}`, parameters)).rows.map(table.decode);
          const [state] = (await query("select last_commit, next_sequence from state")).rows;
          const { last_commit, next_sequence } = state as { last_commit: string; next_sequence: unknown };
          const snapshot = {
            accounts: await all(accounts, `id in (${ACTIVE})`),
            orders: await all(orders, `account_id in (${ACTIVE}) and ${RECENT}`, [finishedSince]),
            positions: await all(positions, OPEN),
            prices: await all(prices, "true"),
            nextSequence: Number(next_sequence),
            isPartial: true,
          };
          known = last_commit;
          return { snapshot, lastCommit: last_commit };
        }),
      ),
    commit: (changes, order) =>
      turns.run(async () => {
        if (!(await session.commit(order, changes.nextSequence, insertsOf(changes)))) throw conflict(order.after);
        known = order.id;
      }),
    probe: () =>
      turns.run(async () => {
        if ((await session.lastCommit()) !== known) throw conflict(known);
      }),
    deleteEvents: (before, limit) =>
      turns.run(() =>
        session.transaction(async (query) => {
          let deleted = 0;
          for (const sql of OLD_EVENTS) {
            if (deleted < limit) deleted += (await query(sql, [before, limit - deleted])).changed;
          }
          return deleted;
        }),
      ),
    release: () => turns.run(() => session.release()),
    abandon: () => session.abandon(),
  };
}

/** Orders that the engine needs: working ones, and those that finished since `$1`. */
const RECENT = "(finished_at is null or finished_at >= $1)";

const OPEN = "qty <> '0'";

/** The ids of accounts that the market can change: those with working orders or open positions. */
const ACTIVE = `select account_id from orders where finished_at is null union select account_id from positions where ${OPEN}`;

/**
 * Statements that delete the oldest rows from before `$1`, at most `$2`. They read no more rows than that, also if none is
 * old enough.
 */
const OLD_EVENTS = [
  ...["executions", "notifications"].map(
    (table) => `delete from ${table} where sequence in (
      select sequence from (select sequence, time from ${table} order by sequence limit $2) as oldest where time < $1)`,
  ),
  `delete from orders where (account_id, id) in (
    select account_id, id from orders where finished_at < $1 order by finished_at limit $2)`,
];

function conflict(expected: string): StoreError {
  return new StoreError(
    "store_conflict",
    `The broker's store is no longer at commit ${JSON.stringify(expected)}: it was restored from a backup, or another program has written to it. The state is loaded again.`,
  );
}

function insertsOf(changes: Changes): Insert[] {
  const insert = <Row>(table: Table<Row>, rows: readonly Row[]) =>
    rows.length === 0 ? [] : [{ table, json: table.encode(rows) }];
  return [
    ...insert(accounts, changes.accounts),
    ...insert(orders, changes.orders),
    ...insert(positions, changes.positions),
    ...insert(executions, changes.executions),
    ...insert(notifications, changes.notifications),
    ...insert(prices, changes.prices),
  ];
}

/** Returns the statement that inserts the rows of a select, or replaces them. */
export function insertSql({ name, columns, key, isReplaced }: Columns, select: string): string {
  const replace = columns.map((column) => `${column} = excluded.${column}`).join(", ");
  const otherwise = isReplaced ? ` on conflict (${key.join(", ")}) do update set ${replace}` : "";
  return `insert into ${name} (${columns.join(", ")}) ${select}${otherwise}`;
}

async function migrate(session: Session, query: Query): Promise<void> {
  const version = await session.version(query);
  const missing = migrationsSince(version);
  if (missing.length === 0) return;
  for (const sql of missing) await session.script(query, sql);
  await session.setVersion(query, version + missing.length);
}
