import { migrationsSince } from "./migrations.js";
import { type BrokerStore, StoreError } from "./store.js";
import {
  accounts,
  type Columns,
  columnText,
  executions,
  notifications,
  orders,
  positions,
  type Table,
} from "./tables.js";

/** Runs one statement with the parameters `$1`, `$2` and so on. @returns its rows, or the number of changed rows */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<{ rows: unknown[]; changed: number }>;

/** The differences between the databases. */
export interface Database {
  /**
   * Runs a function in a transaction: its changes are durable when the promise resolves, and rolled back when it
   * rejects. Calls never overlap.
   */
  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /** Runs statements without parameters in the current transaction. */
  script(query: Query, sql: string): Promise<void>;
  /**
   * Returns the number of applied migrations. Called in a transaction, and locks the database against other migrations
   * until its end.
   */
  version(query: Query): Promise<number>;
  setVersion(query: Query, version: number): Promise<void>;
  /** Suffix of a select that locks its row against concurrent changes. */
  readonly locking: string;
  /** Returns a select of the rows that are in the JSON of `$1`. */
  select(table: Columns): string;
  close(): Promise<void>;
}

/** Creates a store in a database, after applying missing migrations. @throws StoreError `store_newer` */
export async function openSqlStore(database: Database): Promise<BrokerStore> {
  /** Settles when all previous calls have finished. */
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const done = before.then(run);
    before = done.catch(() => {});
    return done;
  };
  const transaction: Database["transaction"] = (run) => inTurn(() => database.transaction(run));
  try {
    await transaction((query) => migrate(database, query));
  } catch (error) {
    await database.close();
    throw error;
  }
  /** Reads the last rows in the order of a column. */
  const newest = async <Row>(table: Table<Row>, where: string, order: string, parameters: readonly unknown[]) => {
    const sql = `select * from ${table.name} where ${where} order by ${order} desc limit $${parameters.length}`;
    const { rows } = await transaction((query) => query(sql, parameters));
    return rows.map(table.decode).reverse();
  };
  return {
    load: (finishedSince) =>
      transaction(async (query) => {
        const all = async <Row>(table: Table<Row>, where: string, parameters: readonly unknown[] = []) =>
          (await query(`select * from ${table.name} where ${where}`, parameters)).rows.map(table.decode);
        // A commit whose connection was lost may still be in progress: the row lock waits for its outcome.
        const [state] = (await query(`select last_commit, next_sequence from state${database.locking}`)).rows;
        const { last_commit, next_sequence } = state as { last_commit: string; next_sequence: unknown };
        const snapshot = {
          accounts: await all(accounts, "true"),
          orders: await all(orders, "finished_at is null or finished_at >= $1 order by priority", [finishedSince]),
          positions: await all(positions, "qty <> '0'"),
          nextSequence: Number(next_sequence),
        };
        return { snapshot, lastCommit: last_commit };
      }),
    commit: (changes, { id, after }) =>
      transaction(async (query) => {
        const state = "update state set last_commit = $1, next_sequence = $2 where last_commit = $3";
        const { changed } = await query(state, [id, changes.nextSequence, after]);
        if (changed !== 1) {
          throw new StoreError(
            "store_conflict",
            `The broker's store is no longer at commit ${JSON.stringify(after)}, because another server has written to it. Only one server can use a store: stop one of them.`,
          );
        }
        const write = async <Row>(table: Table<Row>, rows: readonly Row[]) => {
          if (rows.length > 0) await query(insert(database, table), [table.encode(rows)]);
        };
        await write(accounts, changes.accounts);
        await write(orders, changes.orders);
        await write(positions, changes.positions);
        await write(executions, changes.executions);
        await write(notifications, changes.notifications);
      }),
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
    close: () => inTurn(() => database.close()),
  };
}

function insert(database: Database, table: Columns): string {
  const { name, columns, isReplaced } = table;
  const key = columns.includes("account_id") ? "account_id, id" : "id";
  const replace = columns.map((column) => `${column} = excluded.${column}`).join(", ");
  const otherwise = isReplaced ? ` on conflict (${key}) do update set ${replace}` : "";
  return `insert into ${name} (${columns.join(", ")}) ${database.select(table)}${otherwise}`;
}

async function migrate(database: Database, query: Query): Promise<void> {
  const version = await database.version(query);
  const missing = migrationsSince(version);
  if (missing.length === 0) return;
  for (const sql of missing) await database.script(query, sql);
  await database.setVersion(query, version + missing.length);
}
