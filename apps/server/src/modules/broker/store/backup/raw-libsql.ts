import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import Libsql from "libsql/promise";
import { FileLock } from "../file-lock.js";
import type { Query, RawDatabase } from "./raw-database.js";

/** Time to wait for a lock that another process holds on the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** Shown to a server that starts in the meantime. */
const LOCK_NAME = "the command restore";

/** The part of libsql that is used, with precise types. */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Promise<{
    readonly reader: boolean;
    all(parameters: readonly unknown[]): Promise<unknown[]>;
    run(parameters: readonly unknown[]): Promise<unknown>;
  }>;
  exec(sql: string): Promise<void>;
  close(): void;
}

/** Opens the tables of an SQLite file. @param file created if missing, with its directory */
export async function openRawLibsql(file: string): Promise<RawDatabase> {
  await mkdir(dirname(file), { recursive: true });
  const connection = new Libsql(file, { timeout: BUSY_TIMEOUT_MS }) as unknown as Connection;
  const query: Query = async (sql, parameters = []) => {
    const statement = await connection.prepare(sql.replaceAll("$", "?"));
    if (statement.reader) return statement.all(parameters);
    await statement.run(parameters);
    return [];
  };
  const transaction = async <Result>(begin: string, run: (query: Query) => Promise<Result>): Promise<Result> => {
    await connection.exec(begin);
    try {
      const result = await run(query);
      await connection.exec("commit");
      return result;
    } finally {
      if (connection.inTransaction) await connection.exec("rollback");
    }
  };
  const lock = new FileLock(file);
  return {
    lock: () => lock.acquire(LOCK_NAME),
    transaction: (run) => transaction("begin immediate", run),
    snapshot: (run) => transaction("begin", run),
    script: (_query, sql) => connection.exec(sql),
    appliedVersion: async (run) => ((await run("pragma user_version"))[0] as { user_version: number }).user_version,
    // Not needed: `begin immediate` locks the database.
    prepare: async () => {},
    setVersion: (_query, version) => connection.exec(`pragma user_version = ${version}`),
    select({ columns }) {
      const values = columns.map((column) => `value ->> '${column}'`).join(", ");
      return `select ${values} from json_each($1) where true`;
    },
    async close() {
      connection.close();
      lock.release();
    },
  };
}
