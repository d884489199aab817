import { Socket } from "node:net";
import pg from "pg";
import { ensureSchema } from "./postgres-schema.js";
import { prepareSession } from "./postgres-session.js";
import { type Database, insertSql, type Query, type Select, type Session, sqlStore } from "./sql-store.js";
import { type BrokerStore, StoreError } from "./store.js";

/** Timeouts for connecting, and for one statement. */
const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** Time after which a read is given up, with its connection. */
const READ_TIMEOUT_MS = 4_000;

/** Maximum number of connections for reading. */
const MAX_READS = 2;

const SETTINGS = {
  search_path: "broker",
  synchronous_commit: "on",
  statement_timeout: STATEMENT_TIMEOUT_MS,
  // Releases the locks of a transaction whose client is lost.
  idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
};

/**
 * Settings of the connection that holds the lease. The database ends it when the holder has not been heard for 15
 * seconds, also if a machine or the network in between has disappeared without a word. The holder probes each second,
 * and stops answering far sooner.
 */
const LEASE_SETTINGS = {
  idle_session_timeout: "15000",
  tcp_keepalives_idle: "5",
  tcp_keepalives_interval: "2",
  tcp_keepalives_count: "3",
};

/** Advisory lock that serializes the migrations of servers that start at the same time. */
export const MIGRATION_LOCK = 7_203_518_844;

/** Advisory lock that the server which runs the broker holds. */
export const LEASE_LOCK = 7_203_518_845;

/**
 * Creates a store in the schema `broker` of a PostgreSQL database.
 *
 * The lease is a session-level advisory lock on the connection that commits: the database releases it when the
 * connection ends. Reads have separate connections.
 *
 * @param url `postgresql://user:password@host:5432/database`
 * @param onError called when an idle connection for reading breaks
 */
export function openPostgresStore(url: string, onError: (error: Error) => void): BrokerStore {
  return sqlStore(new PostgresDatabase(url, onError));
}

/**
 * Makes TLS verify the server's certificate and name whenever `sslmode` asks for TLS, except for `no-verify`. libpq does
 * not verify them with `require`, which does not detect an attacker who intercepts the connection.
 */
export function withStrictTls(url: string): string {
  return url.replace(/([?&]sslmode=)(allow|prefer|require|verify-ca)(?=&|$)/, "$1verify-full");
}

class PostgresDatabase implements Database {
  readonly maxReads = MAX_READS;
  readonly #config: pg.ClientConfig;
  readonly #readers: pg.Pool;
  /** The connection that waits for the lease. */
  #waiting: Connection | undefined;

  constructor(url: string, onError: (error: Error) => void) {
    this.#config = { connectionString: withStrictTls(url), connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
    const config = { ...this.#config, query_timeout: READ_TIMEOUT_MS };
    const onConnect = (client: pg.ClientBase) => prepareSession(client, config, SETTINGS);
    this.#readers = new pg.Pool({ ...config, max: MAX_READS, onConnect });
    // If a connection in use breaks, the failing statement reports it; an `error` event without a listener would end
    // the process.
    this.#readers.on("connect", (client) => void client.on("error", () => {}));
    this.#readers.on("error", (error) => {
      if (!this.#readers.ending) onError(error);
    });
  }

  async acquire(name: string, signal: AbortSignal) {
    const connection = this.#waiting ?? new Connection(this.#config);
    this.#waiting = undefined;
    const abort = () => connection.destroy();
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      await connection.open(name);
      if (await connection.tryLock()) return { session: new PostgresSession(connection) };
      const holder = await connection.holder(name);
      signal.throwIfAborted();
      this.#waiting = connection;
      return { holder };
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async read(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return (await this.#readers.query(sql, [...parameters])).rows;
  }

  /** One statement, which returns the rows as JSON, because the tables have different columns. */
  async readAll(selects: readonly Select[]): Promise<readonly unknown[][]> {
    const parameters: unknown[] = [];
    const parts = selects.map(({ sql, parameters: own }, index) => {
      const before = parameters.length;
      parameters.push(...own);
      const numbered = sql.replace(/\$(\d+)/g, (_, number) => `$${Number(number) + before}`);
      return `select ${index} as index, row_to_json(found)::text as columns from (${numbered}) as found`;
    });
    const rows = (await this.read(parts.join(" union all "), parameters)) as { index: number; columns: string }[];
    return selects.map((_, at) => rows.filter(({ index }) => index === at).map(({ columns }) => JSON.parse(columns)));
  }

  async close(): Promise<void> {
    this.#waiting?.destroy();
    await this.#readers.end();
  }
}

/** A connection whose end is noticed, and which can be cut at any time. */
class Connection {
  readonly client: pg.Client;
  readonly ended: Promise<Error>;
  readonly #config: pg.ClientConfig;
  readonly #socket = new Socket();
  #isOpen = false;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
    this.client = new pg.Client({ ...config, keepAlive: true, stream: () => this.#socket });
    this.ended = new Promise((resolve) => {
      this.client.on("error", resolve);
      this.client.on("end", () => resolve(new Error("The connection to the database has ended")));
    });
  }

  /** @param name shown by the database */
  async open(name: string): Promise<void> {
    if (this.#isOpen) return;
    await this.client.connect();
    await prepareSession(this.client, { ...this.#config, query_timeout: CONNECT_TIMEOUT_MS }, SETTINGS);
    this.#isOpen = true;
    // Only the settings that this version of the database has.
    const settings = { ...LEASE_SETTINGS, application_name: name };
    await this.client.query(
      "select set_config(name, value, false) from json_each_text($1) as given(name, value) where current_setting(name, true) is not null",
      [JSON.stringify(settings)],
    );
  }

  async tryLock(): Promise<boolean> {
    const { rows } = await this.client.query("select pg_try_advisory_lock($1) as acquired", [LEASE_LOCK]);
    return (rows[0] as { acquired: boolean }).acquired;
  }

  /** Returns the name of the server that holds the lock. Ends it if it is a lost connection of this server. */
  async holder(name: string): Promise<string> {
    const { rows } = await this.client.query(
      `select application_name as holder,
        case when application_name = $2 then pg_terminate_backend(pid) end as terminated
      from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32) + objid::bigint = $1
        and database = (select oid from pg_database where datname = current_database())`,
      [LEASE_LOCK, name],
    );
    return (rows[0] as { holder: string | null } | undefined)?.holder || "another server";
  }

  async end(): Promise<void> {
    await this.client.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

class PostgresSession implements Session {
  readonly lost: Promise<Error>;
  readonly #connection: Connection;
  readonly #query: Query;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.lost = connection.ended;
    this.#query = async (sql, parameters = []) => {
      const { rows, rowCount } = await connection.client.query(sql, [...parameters]);
      return { rows, changed: rowCount ?? 0 };
    };
  }

  async transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result> {
    await this.#query("begin");
    try {
      const result = await run(this.#query);
      await this.#query("commit");
      return result;
    } catch (error) {
      await this.#query("rollback").catch(() => {});
      throw error;
    }
  }

  /** One statement, so that a commit takes one round trip however many tables it writes. */
  async commit(
    { id, after }: Parameters<Session["commit"]>[0],
    nextSequence: number,
    inserts: Parameters<Session["commit"]>[2],
  ): Promise<boolean> {
    const parameters: unknown[] = [id, nextSequence, after];
    const writes = inserts.map(({ table, json }) => {
      const { name, columns } = table;
      const rows = `json_populate_recordset(null::${name}, $${parameters.push(json)})`;
      const select = `select ${columns.join(", ")} from ${rows} where exists (select from new_state)`;
      return `, new_${name} as (${insertSql(table, select)})`;
    });
    const state = "update state set last_commit = $1, next_sequence = $2 where last_commit = $3 returning last_commit";
    const sql = `with new_state as (${state})${writes.join("")} select last_commit from new_state`;
    return (await this.#query(sql, parameters)).rows.length === 1;
  }

  async lastCommit(): Promise<string> {
    const sql = "select last_commit, current_setting('transaction_read_only') as read_only from state";
    const [row] = (await this.#query(sql)).rows as { last_commit: string; read_only: string }[];
    if (row?.read_only !== "off") throw new Error("The database only accepts reads");
    return row.last_commit;
  }

  async script(query: Query, sql: string): Promise<void> {
    for (const statement of sql.split(";")) {
      if (statement.trim() !== "") await query(statement).catch(explainOwnership);
    }
  }

  async version(query: Query): Promise<number> {
    await query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await ensureSchema(query);
    const [row] = (await query("select version from version")).rows;
    return row === undefined ? 0 : Number((row as { version: string }).version);
  }

  async setVersion(query: Query, version: number): Promise<void> {
    await query("delete from version");
    await query("insert into version values ($1)", [version]);
  }

  release(): Promise<void> {
    return this.#connection.end();
  }

  abandon(): void {
    this.#connection.destroy();
  }
}

/** Rethrows an error of a migration; only the owner of a table can change it. */
function explainOwnership(error: unknown): never {
  const { code, message } = error as pg.DatabaseError;
  if (code !== "42501") throw error;
  throw new StoreError(
    "store_forbidden",
    `The broker's tables need changes for this server's version, which the database role may not make (${message}): start it once with the DATABASE_URL of their owner.`,
    { cause: error },
  );
}
