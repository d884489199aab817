import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { systemRandom } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { describeStartupError } from "../../../src/cli/startup-error.js";
import { parseEnv } from "../../../src/config/env.js";
import { createBrokerModule } from "../../../src/modules/broker/index.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import { silent } from "../../helpers.js";
import { FakeMarket } from "./fake-market.js";
import { loadAll } from "./load-all.js";
import { hasPgBouncer, type PoolMode, startPgBouncer } from "./pg-bouncer.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";
import { account, changes } from "./rows.js";
import { writable } from "./writable-store.js";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));

describe.skipIf(!hasPostgres)("a connection to PostgreSQL", () => {
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  const newDatabase = async () => {
    const name = `connection_${++databases}`;
    return { name, url: await server.create(name) };
  };

  /** Starts the broker as the server does. @returns undefined, or the message that the server would exit with */
  async function start(databaseUrl: string): Promise<string | undefined> {
    try {
      const context = { market: new FakeMarket(), clock: new ManualClock(0), random: systemRandom, logger: silent };
      const module = await createBrokerModule({ ...context, databaseUrl });
      await module.close();
      return undefined;
    } catch (error) {
      return describeStartupError(error, "127.0.0.1", 8000);
    }
  }

  /** Commits to a store, and reads the commit back after opening it again. */
  async function expectWorks(url: string): Promise<void> {
    expect(await start(url)).toBeUndefined();
    const store = await writable(openPostgresStore(url, () => {}));
    const { lastCommit } = await store.load(0);
    await store.commit(changes({ accounts: [account()] }), { id: `${lastCommit}+`, after: lastCommit });
    await store.close();
    const again = await writable(openPostgresStore(url, () => {}));
    expect((await loadAll(again, again)).snapshot.accounts).toEqual([account()]);
    await again.close();
  }

  async function sql<Row extends object>(url: string, ...statements: string[]): Promise<Row[]> {
    const client = new pg.Client(url);
    await client.connect();
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
    await client.end();
    return rows;
  }

  const tablesIn = async (url: string, schema: string) =>
    (await sql<{ name: string }>(url, `select tablename as name from pg_tables where schemaname = '${schema}'`)).map(
      ({ name }) => name,
    );

  describe.skipIf(!hasPgBouncer)("through PgBouncer", () => {
    async function through(mode: PoolMode, ...settings: string[]) {
      const { name, url } = await newDatabase();
      const bouncer = await startPgBouncer(dirname(server.socket), mode, settings);
      onTestFinished(() => bouncer.stop());
      return { direct: url, url: bouncer.url(name) };
    }

    test.each([
      ["without further settings", []],
      ["that ignores startup options", ["ignore_startup_parameters = options"]],
      ["with three sessions", ["default_pool_size = 3"]],
    ])("works with session pooling %s, in the schema broker", async (_name, settings) => {
      const { direct, url } = await through("session", ...settings);
      await expectWorks(url);
      expect(await tablesIn(direct, "broker")).toContain("orders");
      expect(await tablesIn(direct, "public")).toEqual([]);
    });

    test.each([
      ["that reuses the last session", []],
      ["that uses all sessions in turn", ["server_round_robin = 1", "min_pool_size = 3"]],
      ["with a single session", ["default_pool_size = 1"]],
    ])("refuses transaction pooling %s at start, and leaves the database unchanged", async (_name, settings) => {
      const { direct, url } = await through("transaction", ...settings);
      const message = await start(url);
      expect(message).toMatch(/^DATABASE_URL leads to a pooler that gives each transaction another session, /);
      expect(message).toContain("set pool_mode = session");
      expect(message?.split("\n")).toHaveLength(1);
      expect([await tablesIn(direct, "broker"), await tablesIn(direct, "public")]).toEqual([[], []]);
      // The sessions, which other programs use next, have kept their settings.
      expect(await sql(url, "show search_path")).toEqual([{ search_path: '"$user", public' }]);
    });

    test("refuses statement pooling at start", async () => {
      const { url } = await through("statement");
      const message = await start(url);
      expect(message).toContain("transaction");
      expect(message?.split("\n")).toHaveLength(1);
    });
  });

  describe("with least privilege", () => {
    /** Creates a database with a role that may only connect. */
    async function withRole() {
      const { name, url } = await newDatabase();
      const role = `app ${databases}`;
      await sql(url, `create role "${role}" login`, `revoke create, temporary on database ${name} from public`);
      return { role, admin: url, url: url.replace("test@", `${encodeURIComponent(role)}@`), database: name };
    }

    test("works in a schema that an administrator made, without the right to create one", async () => {
      const { role, admin, url } = await withRole();
      await sql(admin, `create schema broker authorization "${role}"`);
      await expectWorks(url);
      expect(await tablesIn(admin, "public")).toEqual([]);
    });

    test("works with tables that another role made, when it may read and write them", async () => {
      const { role, admin, url } = await withRole();
      expect(await start(admin)).toBeUndefined();
      await sql(
        admin,
        `grant usage on schema broker to "${role}"`,
        `grant select, insert, update, delete on all tables in schema broker to "${role}"`,
      );
      await expectWorks(url);
    });

    /** Each message is one sentence; its SQL, run by the administrator, is enough. */
    test.each<[string, string, (context: Awaited<ReturnType<typeof withRole>>) => Promise<unknown>]>([
      ["create the schema broker", "CREATE SCHEMA broker AUTHORIZATION", async () => {}],
      [
        "use the schema broker",
        "GRANT USAGE, CREATE ON SCHEMA broker TO",
        ({ admin }) => sql(admin, "create schema broker"),
      ],
      [
        "create tables in the schema broker",
        "GRANT USAGE, CREATE ON SCHEMA broker TO",
        ({ admin, role }) => sql(admin, "create schema broker", `grant usage on schema broker to "${role}"`),
      ],
      [
        "read and write the tables of the schema broker",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA broker TO",
        async ({ admin, role }) => {
          await start(admin);
          await sql(admin, `grant usage, create on schema broker to "${role}"`);
        },
      ],
    ])("a role that may not %s gets the SQL that is enough", async (what, remedy, prepare) => {
      const context = await withRole();
      await prepare(context);
      const message = (await start(context.url)) ?? "";
      expect(message).toContain(
        `The database role ${JSON.stringify(context.role)} may not ${what}: let an administrator run `,
      );
      expect(message.split("\n")).toHaveLength(1);
      expect(await tablesIn(context.admin, "public")).toEqual([]);
      const [, statement = ""] = /run (.*); in the database/.exec(message) ?? [];
      expect(statement).toContain(remedy);
      await sql(context.admin, statement);
      await expectWorks(context.url);
    });

    test("a role that does not own the tables gets the advice to migrate them as their owner", async () => {
      const { role, admin, url } = await withRole();
      expect(await start(admin)).toBeUndefined();
      await sql(
        admin,
        `grant usage, create on schema broker to "${role}"`,
        `grant select, insert, update, delete on all tables in schema broker to "${role}"`,
        // As before the migration that creates an index, which only an owner can do.
        "update broker.version set version = 2",
        "drop index broker.positions_open",
        "drop table broker.prices",
        "alter table broker.accounts drop column halted_for",
      );
      const message = (await start(url)) ?? "";
      expect(message).toMatch(
        /^The broker's tables need changes for this server's version, which the database role may not/,
      );
      expect(message).toContain("start it once with the DATABASE_URL of their owner.");
      expect(message.split("\n")).toHaveLength(1);
      expect(await start(admin)).toBeUndefined();
      // The migrations have added a table.
      const remedy = `grant select, insert, update, delete on all tables in schema broker to "${role}"`;
      expect((await start(url))?.toLowerCase()).toContain(remedy);
      await sql(admin, remedy);
      await expectWorks(url);
    });

    test("tables are never created in public, whatever the role's search_path", async () => {
      const { role, admin, url } = await withRole();
      await sql(
        admin,
        `create schema broker authorization "${role}"`,
        "grant create on schema public to public",
        `alter role "${role}" set search_path = public`,
      );
      await expectWorks(url);
      expect(await tablesIn(admin, "public")).toEqual([]);
    });
  });

  describe("with TLS", () => {
    const tls = async () => {
      const { name } = await newDatabase();
      const { port, encrypted } = await startTls(server.socket);
      const url = (host: string, query: string) => `postgresql://test:sesame@${host}:${port}/${name}?${query}`;
      return { url, encrypted };
    };

    test.each(["verify-full", "require"])("works with sslmode=%s and the file of its authority", async (mode) => {
      const { url, encrypted } = await tls();
      await expectWorks(url("localhost", `sslmode=${mode}&sslrootcert=${fixture("cert.pem")}`));
      expect(encrypted()).toBeGreaterThan(0);
    });

    test.each(["verify-full", "verify-ca", "require", "prefer"])(
      "refuses another authority with sslmode=%s in one sentence without the password",
      async (mode) => {
        const { url } = await tls();
        const message =
          (await start(url("localhost", `sslmode=${mode}&sslrootcert=${fixture("other-authority.pem")}`))) ?? "";
        expect(message).toMatch(/^Cannot open the broker's database at DATABASE_URL: /);
        expect(message).toContain("sslrootcert must be the file of the certificate authority");
        expect(message.split("\n")).toHaveLength(1);
        expect(message).not.toContain("sesame");
      },
    );

    test.each<[string, (url: (host: string, query: string) => string) => string, string]>([
      ["a public authority", (url) => url("localhost", "sslmode=verify-full"), "sslrootcert must be the file"],
      [
        "a missing file",
        (url) => url("localhost", "sslmode=verify-full&sslrootcert=gone.pem"),
        "no such file or directory, open 'gone.pem'",
      ],
      [
        "another name",
        (url) => url("127.0.0.2", `sslmode=verify-full&sslrootcert=${fixture("cert.pem")}`),
        "Use the name in the certificate as the URL's host",
      ],
    ])("refuses %s in one sentence without the password", async (_name, urlOf, expected) => {
      const { url } = await tls();
      const message = (await start(urlOf(url))) ?? "";
      expect(message).toContain(expected);
      expect(message.split("\n")).toHaveLength(1);
      expect(message).not.toContain("sesame");
    });
  });

  test("works with a URL from the file that DATABASE_URL_FILE names", async () => {
    const { url } = await newDatabase();
    const folder = mkdtempSync(join(tmpdir(), "url-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const DATABASE_URL_FILE = join(folder, "url");
    writeFileSync(DATABASE_URL_FILE, `${url}\n`);
    await expectWorks(parseEnv({ DATABASE_URL_FILE }).DATABASE_URL);
  });

  test.each([
    ["a wrong password", (url: string) => url.replace("test@", "nobody:sesame@")],
    ["a database that does not exist", (url: string) => url.replace("test@/", "test:sesame@/no_")],
  ])("%s is one sentence without the password", async (_name, urlOf) => {
    const { url } = await newDatabase();
    const message = (await start(urlOf(url))) ?? "";
    expect(message).toMatch(/^Cannot open the broker's database at DATABASE_URL: .+[^:. ]\.$/);
    expect(message.split("\n")).toHaveLength(1);
    expect(message).not.toContain("sesame");
  });

  test.each([
    ["a host that does not exist", "postgresql://test:sesame@nowhere.invalid/trading"],
    ["a port without a listener", "postgresql://test:sesame@localhost:1/trading"],
  ])("%s does not prevent the start, and is one sentence for operators", async (_name, databaseUrl) => {
    const context = { market: new FakeMarket(), clock: new ManualClock(0), random: systemRandom, logger: silent };
    const module = await createBrokerModule({ ...context, databaseUrl });
    const { status, reason } = module.readiness();
    await module.close();
    expect(status).toBe("unavailable");
    expect(reason).toMatch(/^store unavailable: Cannot open the broker's database at DATABASE_URL: .+[^:. ]\.$/);
    expect(reason).not.toContain("sesame");
  });
});

test.each([
  "postgresql://app:ses/ame@db/trading",
  "postgresql://app:12/ame@db/trading",
  "postgresql://app:ses#ame@db/trading",
  "postgresql://app:1?ame@db/trading",
  "mysql://app:sesame@db/trading",
  "postgresql://app:sesame@db:port/trading",
])("the URL %s is refused without being printed", (DATABASE_URL) => {
  const expected = `Invalid DATABASE_URL (${DATABASE_URL.length} characters): expected a PostgreSQL URL`;
  expect(() => parseEnv({ DATABASE_URL })).toThrow(expected);
});

/**
 * Starts a proxy that speaks TLS as PostgreSQL does, in front of a server on a Unix socket.
 *
 * @returns its port, and the number of encrypted connections
 */
async function startTls(socketPath: string): Promise<{ port: number; encrypted: () => number }> {
  const [key, cert] = [readFileSync(fixture("key.pem")), readFileSync(fixture("cert.pem"))];
  const sockets = new Set<Socket>();
  let count = 0;
  const proxy = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    // The client first asks whether the server speaks TLS.
    socket.once("data", () => {
      socket.pause();
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, key, cert });
      const upstream = connect(socketPath);
      for (const end of [secure, upstream]) sockets.add(end.on("error", () => socket.destroy()));
      secure.once("secure", () => void count++);
      secure.pipe(upstream).pipe(secure);
    });
  }).listen(0);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  await once(proxy, "listening");
  return { port: (proxy.address() as AddressInfo).port, encrypted: () => count };
}
