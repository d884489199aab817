import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import Libsql from "libsql/promise";
import { type Database, openSqlStore, type Query } from "./sql-store.js";
import type { BrokerStore } from "./store.js";

/** How long another process may hold the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** What is used of libsql, which types its promises loosely. Its statements run on threads of its own. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Promise<Statement>;
  exec(sql: string): Promise<void>;
  close(): void;
}

interface Statement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): Promise<{ readonly changes: number }>;
}

/**
 * The store in a file, by SQLite's engine in this process: what needs no other server.
 *
 * Its log is written through to the disk at each commit (`synchronous=FULL`). No worker thread is needed: libsql runs its
 * statements off the event loop.
 *
 * @param file is made, with its folder, where there is none
 * @throws StoreError `store_newer`; libsql's own where the file cannot be opened
 */
export async function openLibsqlStore(file: string): Promise<BrokerStore> {
  await mkdir(dirname(file), { recursive: true });
  const connection = new Libsql(file, { timeout: BUSY_TIMEOUT_MS }) as unknown as Connection;
  await connection.exec("pragma journal_mode = wal; pragma synchronous = full;");
  return openSqlStore(libsqlDatabase(connection));
}

function libsqlDatabase(connection: Connection): Database {
  const statements = new Map<string, Promise<Statement>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql) ?? connection.prepare(sql.replaceAll("$", "?"));
    statements.set(sql, known);
    return known;
  };
  const query: Query = async (sql, parameters = []) => {
    const statement = await prepared(sql);
    if (statement.reader) return { rows: await statement.all(parameters), changed: 0 };
    return { rows: [], changed: (await statement.run(parameters)).changes };
  };
  return {
    async transaction(run) {
      await connection.exec("begin immediate");
      try {
        const result = await run(query);
        await connection.exec("commit");
        return result;
      } finally {
        // What failed is undone; some failures, such as a full disk, have done that already.
        if (connection.inTransaction) await connection.exec("rollback");
      }
    },
    script: (_query, sql) => connection.exec(sql),
    version: async (ask) => ((await ask("pragma user_version")).rows[0] as { user_version: number }).user_version,
    setVersion: (_query, version) => connection.exec(`pragma user_version = ${version}`),
    // Its transactions begin with the lock.
    locking: "",
    select({ columns }) {
      const values = columns.map((column) => `value ->> '${column}'`).join(", ");
      return `select ${values} from json_each($1) where true`;
    },
    close: async () => connection.close(),
  };
}
