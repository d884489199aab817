import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import type { BrokerStore } from "../../../src/modules/broker/store/store.js";
import { acquired } from "./acquired.js";
import { loadAll } from "./load-all.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";
import { account, changes, execution, notification, order, position } from "./rows.js";
import { storeChecks } from "./store.checks.js";

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "data", "broker.db");
}

describe("the libSQL store", () => {
  test.each(storeChecks)("$name", async ({ run }) => {
    const file = newFile();
    await run(() => openLibsqlStore(file));
  });

  test("a commit does not wait for the reads before it", async () => {
    const store = openLibsqlStore(newFile());
    const lease = await acquired(store);
    await lease.load(0);
    const rows = Array.from({ length: 1_000 }, (_, index) => execution(index + 1));
    await lease.commit(changes({ executions: rows }), { id: "1", after: "" });
    let read = 0;
    const reads = Array.from({ length: 200 }, () =>
      store.executions("A-1", undefined, 1_000).then(() => {
        read++;
      }),
    );
    await lease.commit(changes({ accounts: [account()] }), { id: "2", after: "1" });
    const before = read;
    await Promise.all(reads);
    await lease.release();
    await store.close();
    expect(before).toBeLessThan(100);
  });

  test("a commit is one call off the event loop, however many tables it writes", async () => {
    const store = openLibsqlStore(newFile());
    const lease = await acquired(store);
    await lease.load(0);
    const calls = [vi.spyOn(Libsql.prototype, "exec"), vi.spyOn(Libsql.prototype, "prepare")];
    onTestFinished(() => void vi.restoreAllMocks());
    await lease.commit(rowOfEachTable(), { id: "1", after: "" });
    await lease.commit(changes({ accounts: [account({ name: "again" })] }), { id: "2", after: "1" });
    expect(calls.map(({ mock }) => mock.calls.length)).toEqual([2, 0]);
    await lease.release();
    await store.close();
  });

  test("a failed commit is reported as a conflict only if the last commit is another one", async () => {
    const store = openLibsqlStore(newFile());
    const lease = await acquired(store);
    await lease.load(0);
    await lease.commit(changes({ accounts: [account()] }), { id: "it's 1", after: "" });
    const missing = { ...account(), leverage: null } as unknown as ReturnType<typeof account>;
    const incomplete = lease.commit(changes({ accounts: [missing] }), { id: "2", after: "it's 1" });
    await expect(incomplete).rejects.not.toMatchObject({ code: "store_conflict" });
    await expect(lease.commit(changes({}), { id: "2", after: "1" })).rejects.toMatchObject({ code: "store_conflict" });
    await lease.commit(changes({}), { id: "2", after: "it's 1" });
    await lease.release();
    await store.close();
  });

  test("rejects the store of a newer server, and leaves it unchanged", async () => {
    const file = newFile();
    await openAndClose(openLibsqlStore(file));
    const database = new Libsql(file, {});
    await database.exec("pragma user_version = 99");
    const newer = openLibsqlStore(file);
    await expect(acquired(newer)).rejects.toMatchObject({ code: "store_newer" });
    await newer.close();
    expect(await (await database.prepare("pragma user_version")).get()).toMatchObject({ user_version: 99 });
    database.close();
  });
});

describe.skipIf(!hasPostgres)("the PostgreSQL store", () => {
  let server: PostgresServer;
  let databases = 0;
  const newDatabase = () => server.create(`test_${++databases}`);
  const open = (url: string) =>
    openPostgresStore(url, (error) => {
      throw error;
    });
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test.each(storeChecks)("$name", async ({ run }) => {
    const url = await newDatabase();
    await run(() => open(url));
  });

  test("rejects the store of a newer server", async () => {
    const url = await newDatabase();
    await openAndClose(open(url));
    await administrate(url, "update broker.version set version = 99");
    const newer = open(url);
    await expect(acquired(newer)).rejects.toMatchObject({ code: "store_newer" });
    await newer.close();
  });

  test("the lease ends with its connection, and commits under it are rejected", async () => {
    const url = await newDatabase();
    const store = open(url);
    const lease = await acquired(store);
    await lease.load(0);
    await lease.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    await administrate(url, TERMINATE_OTHERS);
    await lease.lost;
    const late = lease.commit(changes({ accounts: [account({ name: "late" })] }), { id: "2", after: "1" });
    await expect(late).rejects.toThrow();
    const again = await acquired(store);
    expect(await loadAll(store, again)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    again.abandon();
    await store.close();
  });

  test("a commit takes one round trip, however many tables it writes", async () => {
    const url = await newDatabase();
    const proxy = await proxyTo(server.socket);
    const store = openPostgresStore(proxy.url(url), () => {});
    const lease = await acquired(store);
    await lease.load(0);
    const before = proxy.roundTrips();
    await lease.commit(rowOfEachTable(), { id: "1", after: "" });
    expect(proxy.roundTrips() - before).toBe(1);
    lease.abandon();
    await store.close();
  });

  test("a connection lost during a commit affects only that commit", async () => {
    const url = await newDatabase();
    const proxy = await proxyTo(server.socket);
    const store = openPostgresStore(proxy.url(url), () => {});
    const lease = await acquired(store);
    await lease.load(0);
    await lease.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    const blocker = new pg.Client(url);
    await blocker.connect();
    await blocker.query("begin");
    await blocker.query("update broker.state set next_sequence = 7");
    const commit = lease.commit(changes({ accounts: [account({ name: "late" })] }), { id: "2", after: "1" });
    const rejected = expect(commit).rejects.toThrow();
    await lockIsAwaited(blocker);
    proxy.cut();
    await rejected;
    await lease.lost;
    // Until the database has ended the session, no other server can overtake its commit.
    const again = await acquired(store);
    await blocker.query("rollback");
    await blocker.end();
    expect(await loadAll(store, again)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    again.abandon();
    await store.close();
  });
});

const TERMINATE_OTHERS =
  "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";

/** Creates the store's tables. */
async function openAndClose(store: BrokerStore): Promise<void> {
  await (await acquired(store)).release();
  await store.close();
}

/** The beginning of PostgreSQL's message ReadyForQuery. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/** Starts a proxy to a server, whose connections a test can cut. */
async function proxyTo(server: string) {
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const proxy = createServer((socket) => {
    const upstream = connect(server);
    // Each request ends with the message ReadyForQuery: its type, its length of 5, and the transaction's status.
    upstream.on("data", (data) => {
      for (let at = data.indexOf(READY); at >= 0; at = data.indexOf(READY, at + 1)) roundTrips++;
    });
    for (const end of [socket, upstream]) sockets.add(end.on("error", () => {}));
    socket.pipe(upstream).pipe(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void proxy.close());
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return {
    url: (url: string) => url.replace(/@.*[/]([^/?]+)[?].*/, `@127.0.0.1:${port}/$1`),
    roundTrips: () => roundTrips,
    cut() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
}

/** Waits until another connection waits for a lock of this client. */
async function lockIsAwaited(client: pg.Client): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await client.query(waiting)).rowCount === 0);
}

/** Runs SQL in a database on a separate connection. */
async function administrate(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Returns changes that write to every table. */
function rowOfEachTable() {
  return changes({
    accounts: [account()],
    orders: [order()],
    positions: [position()],
    executions: [execution(1)],
    notifications: [notification(2)],
  });
}
