import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";
import { account, changes } from "./rows.js";
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

  test("rejects the store of a newer server, and leaves it unchanged", async () => {
    const file = newFile();
    await (await openLibsqlStore(file)).close();
    const database = new Libsql(file, {});
    await database.exec("pragma user_version = 99");
    await expect(openLibsqlStore(file)).rejects.toMatchObject({ code: "store_newer" });
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
    await (await open(url)).close();
    await administrate(url, "update broker.version set version = 99");
    await expect(open(url)).rejects.toMatchObject({ code: "store_newer" });
  });

  test("reconnects after a lost connection, and rejects commits that were not stored", async () => {
    const url = await newDatabase();
    const errors: Error[] = [];
    const store = await openPostgresStore(url, (error) => errors.push(error));
    const terminate =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    await administrate(url, terminate);
    // The first query can fail, if the client has not noticed the lost connection yet.
    await store.load(0).catch(() => {});
    expect(await store.load(0)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    await store.close();
  });

  test("a connection lost during a commit affects only that commit", async () => {
    const url = await newDatabase();
    const proxy = await proxyTo(server.socket);
    const store = await openPostgresStore(proxy.url(url), () => {});
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query("begin");
    await holder.query("update broker.state set next_sequence = 7");
    const commit = store.commit(changes({ accounts: [account({ name: "late" })] }), { id: "2", after: "1" });
    const rejected = expect(commit).rejects.toThrow();
    await lockIsAwaited(holder);
    proxy.cut();
    await rejected;
    await holder.query("rollback");
    await holder.end();
    expect(await store.load(0)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    await store.close();
  });

  test("loading waits for a pending commit of a lost connection", async () => {
    const url = await newDatabase();
    const store = await open(url);
    const lost = new pg.Client(url);
    await lost.connect();
    await lost.query("begin");
    await lost.query("update broker.state set last_commit = 'late'");
    const loaded = store.load(0);
    await lockIsAwaited(lost);
    await lost.query("commit");
    expect((await loaded).lastCommit).toBe("late");
    await lost.end();
    await store.close();
  });
});

/** Starts a proxy to a server, whose connections a test can cut. */
async function proxyTo(server: string) {
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const upstream = connect(server);
    for (const end of [socket, upstream]) sockets.add(end.on("error", () => {}));
    socket.pipe(upstream).pipe(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void proxy.close());
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return {
    url: (url: string) => url.replace(/@.*[/]([^/?]+)[?].*/, `@127.0.0.1:${port}/$1`),
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
