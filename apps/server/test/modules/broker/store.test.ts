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

describe("a store in a file", () => {
  test.each(storeChecks)("$name", async ({ run }) => {
    const file = newFile();
    await run(() => openLibsqlStore(file));
  });

  test("one of a newer server is refused, and left as it is", async () => {
    const file = newFile();
    await (await openLibsqlStore(file)).close();
    const beside = new Libsql(file, {});
    await beside.exec("pragma user_version = 99");
    await expect(openLibsqlStore(file)).rejects.toMatchObject({ code: "store_newer" });
    expect(await (await beside.prepare("pragma user_version")).get()).toMatchObject({ user_version: 99 });
    beside.close();
  });
});

describe.skipIf(!hasPostgres)("a store in PostgreSQL", () => {
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

  test("one of a newer server is refused", async () => {
    const url = await newDatabase();
    await (await open(url)).close();
    await administrate(url, "update broker.version set version = 99");
    await expect(open(url)).rejects.toMatchObject({ code: "store_newer" });
  });

  test("a connection that broke is made anew, and what was not kept is refused", async () => {
    const url = await newDatabase();
    const broken: Error[] = [];
    const store = await openPostgresStore(url, (error) => broken.push(error));
    const cut =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    await administrate(url, cut);
    // Told of the cut or not yet, it may fail once, and then has kept nothing.
    await store.load(0).catch(() => {});
    expect(await store.load(0)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    await store.close();
  });

  test("a connection that is cut in the middle of a commit harms nothing but the commit", async () => {
    const url = await newDatabase();
    const line = await lineTo(server.socket);
    const store = await openPostgresStore(line.url(url), () => {});
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    const holder = new pg.Client(url);
    await holder.connect();
    await holder.query("begin");
    await holder.query("update broker.state set next_sequence = 7");
    const commit = store.commit(changes({ accounts: [account({ name: "late" })] }), { id: "2", after: "1" });
    const refused = expect(commit).rejects.toThrow();
    await isWaiting(holder);
    line.cut();
    await refused;
    await holder.query("rollback");
    await holder.end();
    expect(await store.load(0)).toMatchObject({ snapshot: { accounts: [account()] }, lastCommit: "1" });
    await store.close();
  });

  test("a commit that is under way on a connection that was lost is waited for", async () => {
    const url = await newDatabase();
    const store = await open(url);
    const lost = new pg.Client(url);
    await lost.connect();
    await lost.query("begin");
    await lost.query("update broker.state set last_commit = 'late'");
    const loaded = store.load(0);
    await isWaiting(lost);
    await lost.query("commit");
    expect((await loaded).lastCommit).toBe("late");
    await lost.end();
    await store.close();
  });
});

/** A way to a server that can be cut. */
async function lineTo(server: string) {
  const sockets = new Set<Socket>();
  const line = createServer((socket) => {
    const upstream = connect(server);
    for (const end of [socket, upstream]) sockets.add(end.on("error", () => {}));
    socket.pipe(upstream).pipe(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void line.close());
  await once(line, "listening");
  const { port } = line.address() as AddressInfo;
  return {
    url: (url: string) => url.replace(/@.*[/]([^/?]+)[?].*/, `@127.0.0.1:${port}/$1`),
    cut() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
}

/** Waits until somebody waits for what a client has locked. */
async function isWaiting(client: pg.Client): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await client.query(waiting)).rowCount === 0);
}

/** Does something in a database, beside the server. */
async function administrate(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
