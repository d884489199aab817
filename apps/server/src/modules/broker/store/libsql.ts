import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import Libsql from "libsql/promise";
import { type Database, openSqlStore, type Query } from "./sql-store.js";
import type { BrokerStore } from "./store.js";

/** Time to wait for a lock that another process holds on the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** The part of libsql that is used, with precise types. Its statements run on its own threads. */
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
 * Opens a store in an SQLite file, which needs no database server.
 *
 * Each commit is written through to the disk (`synchronous=FULL`). No worker thread is needed, because libsql runs
 * statements off the event loop.
 *
 * @param file created if missing, with its directory
 * @throws StoreError `store_newer`; libsql's error if the file cannot be opened
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
        // A failed transaction is rolled back. Some errors, such as a full disk, have already done so.
        if (connection.inTransaction) await connection.exec("rollback");
      }
    },
    script: (_query, sql) => connection.exec(sql),
    version: async (query) => ((await query("pragma user_version")).rows[0] as { user_version: number }).user_version,
    setVersion: (_query, version) => connection.exec(`pragma user_version = ${version}`),
    // Not needed: `begin immediate` locks the database.
    locking: "",
    select({ columns }) {
      const values = columns.map((column) => `value ->> '${column}'`).join(", ");
      return `select ${values} from json_each($1) where true`;
    },
    close: async () => connection.close(),
  };
}
