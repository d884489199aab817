import pg from "pg";
import { StoreError } from "./store.js";

/** Number of connections that try to get the session of another one. */
const PROBES = 3;

/** Time that a probe waits for a separate session. A pool without a free one has not taken that of the client. */
const PROBE_TIMEOUT_MS = 2_000;

/** Settings of a session, by PostgreSQL's names. */
export type SessionSettings = Readonly<Record<string, string | number>>;

/**
 * Prepares a new connection: makes sure that it keeps its session, and applies the settings to it.
 *
 * The settings are not part of the connection's startup packet, because PgBouncer rejects or, if so configured, ignores
 * them there: tables would then be created in the schema `public`.
 *
 * @param config how to open further connections to the same database
 * @throws StoreError `store_pooled`; errors of the database
 */
export async function prepareSession(
  client: pg.ClientBase,
  config: pg.ClientConfig,
  settings: SessionSettings,
): Promise<void> {
  const pid = await backendPid(client);
  // A pooler reports an invented process id, because the connection's process may change.
  if (pid !== (client as unknown as { processID: number }).processID) await assertOwnSession(client, pid, config);
  const names = Object.keys(settings);
  const applied = names.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  await client.query(
    `select ${applied.join(", ")}`,
    names.flatMap((name) => [name, `${settings[name]}`]),
  );
}

/**
 * Detects transaction pooling: between two transactions, another connection can get the first one's session. Settings and
 * locks of a session are lost then.
 *
 * @throws StoreError `store_pooled`
 */
async function assertOwnSession(client: pg.ClientBase, pid: number, config: pg.ClientConfig): Promise<void> {
  const probes: pg.Client[] = [];
  try {
    for (let count = 0; count < PROBES; count++) {
      const probe = new pg.Client({
        ...config,
        connectionTimeoutMillis: PROBE_TIMEOUT_MS,
        query_timeout: PROBE_TIMEOUT_MS,
      });
      probe.on("error", () => {});
      probes.push(probe);
      const taken = await openTransaction(probe);
      if (taken === undefined) return;
      // Each probe keeps its transaction open, and thereby the session.
      if (taken === pid || (await backendPid(client)) !== pid) throw transactionPooling();
    }
  } finally {
    await Promise.all(probes.map((probe) => probe.end().catch(() => {})));
  }
}

/** @returns the process id of the session, or undefined if there is none left */
async function openTransaction(probe: pg.Client): Promise<number | undefined> {
  try {
    await probe.connect();
    await probe.query("begin");
    return await backendPid(probe);
  } catch {
    return undefined;
  }
}

function transactionPooling(): StoreError {
  return new StoreError(
    "store_pooled",
    "DATABASE_URL leads to a pooler that gives each transaction another session, but the broker keeps a lock in its session: set pool_mode = session for this database, or connect to PostgreSQL directly.",
  );
}

async function backendPid(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return (rows[0] as { pid: number }).pid;
}
