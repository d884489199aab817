import pg from "pg";
import { LEASE_LOCK, MIGRATION_LOCK, withStrictTls } from "../postgres.js";
import { ensureSchema } from "../postgres-schema.js";
import { prepareSession } from "../postgres-session.js";
import type { Query, RawDatabase } from "./raw-database.js";

const CONNECT_TIMEOUT_MS = 5_000;

/** Time limit of one statement: counting the rows of a large table takes long. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** The name of the server that has the lock `$1`. */
const HOLDER = `
  select application_name as holder from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32) + objid::bigint = $1
    and database = (select oid from pg_database where datname = current_database())`;

const SETTINGS = {
  // Shown to a server that starts in the meantime.
  application_name: "the command restore",
  search_path: "broker",
  synchronous_commit: "on",
  statement_timeout: STATEMENT_TIMEOUT_MS,
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
};

/** Opens the tables in the schema `broker` of a PostgreSQL database. */
export async function openRawPostgres(url: string): Promise<RawDatabase> {
  const config = { connectionString: withStrictTls(url), connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
  const client = new pg.Client(config);
  // The statement that is running reports a lost connection.
  client.on("error", () => {});
  await client.connect();
  await prepareSession(client, config, SETTINGS);
  const query: Query = async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows;
  const transaction = async <Result>(begin: string, run: (query: Query) => Promise<Result>): Promise<Result> => {
    await client.query(begin);
    try {
      const result = await run(query);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => {});
      throw error;
    }
  };
  return {
    async lock() {
      const [row] = await query("select pg_try_advisory_lock($1) as acquired", [LEASE_LOCK]);
      if ((row as { acquired: boolean }).acquired) return undefined;
      const [found] = await query(HOLDER, [LEASE_LOCK]);
      return (found as { holder: string } | undefined)?.holder || "another server";
    },
    transaction: (run) => transaction("begin", run),
    snapshot: (run) => transaction("begin isolation level repeatable read read only", run),
    async script(run, sql) {
      for (const statement of sql.split(";")) if (statement.trim() !== "") await run(statement);
    },
    async appliedVersion(run) {
      const [found] = await run("select to_regclass('broker.version') is not null as exists");
      if (!(found as { exists: boolean }).exists) return 0;
      const [row] = await run("select version from broker.version");
      return row === undefined ? 0 : Number((row as { version: string }).version);
    },
    async prepare(run) {
      await run("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await ensureSchema(async (sql) => ({ rows: await run(sql), changed: 0 }));
    },
    async setVersion(run, version) {
      await run("delete from version");
      await run("insert into version values ($1)", [version]);
    },
    select: ({ name, columns }) => `select ${columns.join(", ")} from json_populate_recordset(null::${name}, $1)`,
    close: () => client.end(),
  };
}
