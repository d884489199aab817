import pg from "pg";
import { type Database, openSqlStore, type Query } from "./sql-store.js";
import type { BrokerStore } from "./store.js";

/** Timeouts for connecting, and for one statement. */
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;

const SETTINGS = {
  search_path: "broker",
  synchronous_commit: "on",
  statement_timeout: STATEMENT_TIMEOUT_MS,
  // Releases the locks of a transaction whose client is lost.
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
};

/** Advisory lock that serializes the migrations of servers that start at the same time. */
const MIGRATION_LOCK = 7_203_518_844;

/**
 * Opens a store in the schema `broker` of a PostgreSQL database. A lost connection is replaced at the next call.
 *
 * @param url `postgresql://user:password@host:5432/database`
 * @param onError called when an idle connection breaks
 * @throws StoreError `store_newer`; pg's error if the database cannot be reached
 */
export async function openPostgresStore(url: string, onError: (error: Error) => void): Promise<BrokerStore> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // In case the server does not respond at all.
    query_timeout: 2 * STATEMENT_TIMEOUT_MS,
    options: Object.entries(SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
  });
  // If a connection in use breaks, the failing statement reports it; an `error` event without a listener would end the
  // process.
  pool.on("connect", (client) => void client.on("error", () => {}));
  pool.on("error", (error) => {
    if (!pool.ending) onError(error);
  });
  return openSqlStore(postgresDatabase(pool));
}

function postgresDatabase(pool: pg.Pool): Database {
  return {
    async transaction(run) {
      const client = await pool.connect();
      const query: Query = async (sql, parameters = []) => {
        const { rows, rowCount } = await client.query(sql, [...parameters]);
        return { rows, changed: rowCount ?? 0 };
      };
      try {
        await client.query("begin");
        const result = await run(query);
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        // Destroys the connection, whatever its state; the database then rolls the transaction back.
        client.release(true);
        throw error;
      }
    },
    async script(query, sql) {
      for (const statement of sql.split(";")) if (statement.trim() !== "") await query(statement);
    },
    async version(query) {
      await query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await query("create schema if not exists broker");
      await query("create table if not exists version (version bigint not null)");
      const [row] = (await query("select version from version")).rows;
      return row === undefined ? 0 : Number((row as { version: string }).version);
    },
    async setVersion(query, version) {
      await query("delete from version");
      await query("insert into version values ($1)", [version]);
    },
    locking: " for update",
    select: ({ name, columns }) => `select ${columns.join(", ")} from json_populate_recordset(null::${name}, $1)`,
    close: () => pool.end(),
  };
}
