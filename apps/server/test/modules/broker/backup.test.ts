import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql/promise";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { backupCommand, restoreCommand } from "../../../src/cli/backup-command.js";
import { describeStartupError } from "../../../src/cli/startup-error.js";
import { openRawLibsql } from "../../../src/modules/broker/store/backup/raw-libsql.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import { MIGRATIONS } from "../../../src/modules/broker/store/migrations.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import { loadAll } from "./load-all.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";
import { account, changes, execution, HOSTILE_TEXTS, notification, order, position } from "./rows.js";
import { type WritableStore, writable } from "./writable-store.js";

/** Rows of every table, more than one page of executions. */
const EXECUTIONS = 2_100;
const ROWS = changes({
  accounts: [account({ deposits: 2n ** 64n + 1n }), ...HOSTILE_TEXTS.map((id) => account({ id: `x${id}`, name: id }))],
  orders: [
    order(),
    ...HOSTILE_TEXTS.map((id, index) => order({ id: `x${id}`, priority: index + 2, limitPrice: null })),
  ],
  positions: [position(), position({ id: "MSFT", symbol: "MSFT", qty: 0n })],
  executions: Array.from({ length: EXECUTIONS }, (_, index) => execution(index + 1)),
  notifications: [notification(EXECUTIONS + 1)],
  nextSequence: EXECUTIONS + 2,
});

/** Other accounts that tests create. */
const OTHERS = ["A-2", "later", "own", "late 2", "late 3", "late 4"];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "backup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything that a store contains. */
async function contentOf(store: WritableStore) {
  const { snapshot } = await loadAll(store, store, [...ROWS.accounts.map(({ id }) => id), ...OTHERS]);
  const sorted = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
    [...rows].sort((one, other) => (one.id < other.id ? -1 : 1));
  return {
    nextSequence: snapshot.nextSequence,
    accounts: sorted(snapshot.accounts),
    orders: sorted(snapshot.orders),
    positions: sorted(snapshot.positions),
    executions: await store.executions("A-1", undefined, 10_000),
    notifications: await store.notifications("A-1", 10_000),
  };
}

interface Terminal {
  isTTY: boolean;
  written: string[];
  write(text: string): void;
}

function terminal(isTTY = false): Terminal {
  const written: string[] = [];
  return { isTTY, written, write: (text) => void written.push(text) };
}

/** Runs a command, and returns what it prints: its output, or its message on standard error. */
async function run(
  command: typeof backupCommand,
  env: Record<string, string>,
  args: readonly string[],
  shown = terminal(),
  signal = new AbortController().signal,
): Promise<{ code: number; text: string }> {
  try {
    return { code: 0, text: await command(args, { env, terminal: shown, signal }) };
  } catch (error) {
    return { code: 1, text: describeStartupError(error, "127.0.0.1", 0) };
  }
}

/** A kind of store: how to open a new one, and the environment that names it. */
interface Kind {
  readonly name: string;
  create(): Promise<{ env: Record<string, string>; open: () => Promise<WritableStore> }>;
}

let postgres: PostgresServer;
let databases = 0;
beforeAll(async () => {
  if (hasPostgres) postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const sqlite: Kind = {
  name: "SQLite",
  async create() {
    const DATA_DIR = newFolder();
    return { env: { DATA_DIR }, open: () => writable(openLibsqlStore(join(DATA_DIR, "broker.db"))) };
  },
};
const postgresql: Kind = {
  name: "PostgreSQL",
  async create() {
    const DATABASE_URL = await postgres.create(`backup_${++databases}`);
    return { env: { DATABASE_URL }, open: () => writable(openPostgresStore(DATABASE_URL, () => {})) };
  },
};
const kinds = hasPostgres ? [sqlite, postgresql] : [sqlite];

describe.each(kinds)("a backup of $name", (kind) => {
  test.each(kinds)("is written while the store is open, and restored to $name with every row", async (other) => {
    const [from, to, folder] = [await kind.create(), await other.create(), newFolder()];
    const file = join(folder, "broker.backup");
    const store = await from.open();
    await store.commit(ROWS, { id: "1", after: "" });
    const expected = await contentOf(store);
    expect(await run(backupCommand, from.env, [file])).toEqual({
      code: 0,
      text: expect.stringContaining(`executions ${EXECUTIONS}`),
    });
    // Nothing else is left in its folder, and only its owner can read it.
    expect(readdirSync(folder)).toEqual(["broker.backup"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await store.commit(changes({ accounts: [account({ id: "later" })] }), { id: "2", after: "1" });
    await store.close();
    expect(await run(restoreCommand, to.env, [file])).toEqual({
      code: 0,
      text: expect.stringContaining(`from ${JSON.stringify(file)}: accounts ${ROWS.accounts.length}`),
    });
    const restored = await to.open();
    expect(await contentOf(restored)).toEqual(expected);
    await restored.close();
    expect(readdirSync(folder)).toEqual(["broker.backup"]);
  });

  test("has the rows of one moment, although commits continue", async () => {
    const { env, open } = await kind.create();
    const file = join(newFolder(), "broker.backup");
    const store = await open();
    await store.commit(ROWS, { id: "1", after: "" });
    let commits = 1;
    let pending: Promise<void> = Promise.resolve();
    // Each page of the copy is followed by a commit, which adds an account and an execution.
    const commitOnWrite = {
      isTTY: true,
      write() {
        const n = ++commits;
        const given = { accounts: [account({ id: `late ${n}` })], executions: [execution(EXECUTIONS + n)] };
        pending = store.commit(changes({ ...given, nextSequence: 9_000 + n }), { id: `${n}`, after: `${n - 1}` });
      },
    };
    expect((await run(backupCommand, env, [file], commitOnWrite as unknown as Terminal)).code).toBe(0);
    await pending;
    expect(commits).toBeGreaterThan(3);
    await store.close();
    const copy = await writable(openLibsqlStore(file));
    const { accounts, executions, nextSequence } = await contentOf(copy);
    expect([accounts.length, executions.length, nextSequence]).toEqual([
      ROWS.accounts.length,
      EXECUTIONS,
      ROWS.nextSequence,
    ]);
    await copy.close();
  });

  test("is not restored over a store with accounts, unless --replace is given", async () => {
    const { env, open } = await kind.create();
    const file = join(newFolder(), "broker.backup");
    const store = await open();
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    await run(backupCommand, env, [file]);
    await store.commit(changes({ accounts: [account({ id: "A-2" })] }), { id: "2", after: "1" });
    await store.close();
    const refused = await run(restoreCommand, env, [file]);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/^The broker's .* has 2 accounts: add --replace to delete what it contains\.$/);
    const kept = await open();
    expect((await contentOf(kept)).accounts).toHaveLength(2);
    await kept.close();
    expect((await run(restoreCommand, env, [file, "--replace"])).code).toBe(0);
    const restored = await open();
    expect((await contentOf(restored)).accounts).toEqual([account()]);
    await restored.close();
  });

  test("is not restored while a server runs the broker, and is afterwards", async () => {
    const { env, open } = await kind.create();
    const file = join(newFolder(), "broker.backup");
    const store = await open();
    await store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
    await run(backupCommand, env, [file]);
    const refused = await run(restoreCommand, env, [file, "--replace"]);
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/^The broker's .* is in use by test: stop all servers of it first\.$/);
    await store.commit(changes({ accounts: [account({ name: "later" })] }), { id: "2", after: "1" });
    await store.close();
    expect((await run(restoreCommand, env, [file, "--replace"])).code).toBe(0);
  });

  test("is refused in one sentence if there is no store", async () => {
    const { env } = await kind.create();
    const folder = newFolder();
    const { code, text } = await run(backupCommand, env, [join(folder, "broker.backup")]);
    expect([code, text.split("\n").length]).toEqual([1, 1]);
    expect(text).toContain("There is no broker's store in the ");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("changes nothing when a restore is interrupted or fails", async () => {
    const [from, to] = [await kind.create(), await kind.create()];
    const file = join(newFolder(), "broker.backup");
    const store = await from.open();
    await store.commit(ROWS, { id: "1", after: "" });
    await store.close();
    await run(backupCommand, from.env, [file]);
    const target = await to.open();
    await target.commit(changes({ accounts: [account({ id: "own" })] }), { id: "1", after: "" });
    const before = await contentOf(target);
    await target.close();
    const interrupt = new AbortController();
    const atFirstPage = { isTTY: true, write: () => interrupt.abort(new Error("interrupted")) };
    const shown = atFirstPage as unknown as Terminal;
    const { code, text } = await run(restoreCommand, to.env, [file, "--replace"], shown, interrupt.signal);
    expect([code, text]).toEqual([1, expect.stringContaining("interrupted")]);
    const after = await to.open();
    expect(await contentOf(after)).toEqual(before);
    await after.close();
  });
});

describe("backup and restore", () => {
  async function backedUp() {
    const { env, open } = await sqlite.create();
    const file = join(newFolder(), "broker.backup");
    const store = await open();
    await store.commit(ROWS, { id: "1", after: "" });
    await store.close();
    await run(backupCommand, env, [file]);
    return { env, file, open };
  }

  test("the file is a complete store", async () => {
    const { file, open } = await backedUp();
    const original = await open();
    const copy = await writable(openLibsqlStore(file));
    expect(await contentOf(copy)).toEqual(await contentOf(original));
    await original.close();
    await copy.close();
  });

  test("an existing file is kept, unless --replace is given", async () => {
    const { env, file } = await backedUp();
    writeFileSync(file, "mine");
    const { code, text } = await run(backupCommand, env, [file]);
    expect([code, text]).toEqual([
      1,
      `The file ${JSON.stringify(file)} exists already: choose another one, or add --replace to overwrite it.`,
    ]);
    expect(statSync(file).size).toBe(4);
    expect((await run(backupCommand, env, [file, "--replace"])).code).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(4);
  });

  test("the store's own file is never the backup", async () => {
    const { env, open } = await backedUp();
    const file = join(env.DATA_DIR as string, "broker.db");
    const { code, text } = await run(backupCommand, env, [file, "--replace"]);
    expect([code, text]).toEqual([1, `The file ${JSON.stringify(file)} is the store itself: choose another one.`]);
    const store = await open();
    expect((await contentOf(store)).executions).toHaveLength(EXECUTIONS);
    await store.close();
  });

  test("an interrupted backup leaves nothing behind", async () => {
    const { env } = await backedUp();
    const folder = newFolder();
    const interrupt = new AbortController();
    const shown = { isTTY: true, write: () => interrupt.abort(new Error("interrupted")) } as unknown as Terminal;
    expect((await run(backupCommand, env, [join(folder, "b")], shown, interrupt.signal)).code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, (file: string) => void, string]>([
    ["is missing", (file) => rmSync(file), "There is no file "],
    ["is no database", (file) => writeFileSync(file, "x".repeat(10_000)), "is not a valid backup: "],
    ["is empty", (file) => writeFileSync(file, ""), "is not a valid backup: it has no tables of the broker."],
    ["is cut off", (file) => truncateSync(file, 100_000), "is not a valid backup: "],
  ])("a backup that %s is refused before the store is touched", async (_name, damage, message) => {
    const { file } = await backedUp();
    damage(file);
    const target = await sqlite.create();
    const { code, text } = await run(restoreCommand, target.env, [file]);
    expect([code, text.split("\n").length]).toEqual([1, 1]);
    expect(text).toContain(message);
    expect(existsSync(join(target.env.DATA_DIR as string, "broker.db"))).toBe(false);
  });

  test("a backup of a newer server is refused", async () => {
    const { file } = await backedUp();
    const database = new Libsql(file, {});
    await database.exec("pragma user_version = 99");
    database.close();
    const target = await sqlite.create();
    const { code, text } = await run(restoreCommand, target.env, [file]);
    expect([code, text]).toEqual([1, expect.stringContaining("has version 99, but this server only supports")]);
    expect(existsSync(join(target.env.DATA_DIR as string, "broker.db"))).toBe(false);
  });

  test.each(MIGRATIONS.map((_, index) => index + 1))(
    "a store of version %i is backed up as it is, and migrated when it is restored",
    async (version) => {
      const DATA_DIR = newFolder();
      const database = await openRawLibsql(join(DATA_DIR, "broker.db"));
      await database.transaction(async (query) => {
        for (const sql of MIGRATIONS.slice(0, version)) await database.script(query, sql);
        await database.setVersion(query, version);
        await query(
          "insert into accounts (id, name, currency, leverage, deposits, realized, opened_at) values ('A-1', 'old', 'USD', 1, '5', '7', 9)",
        );
      });
      await database.close();
      const file = join(newFolder(), "broker.backup");
      expect((await run(backupCommand, { DATA_DIR }, [file])).code).toBe(0);
      const versionOf = async (path: string) => {
        const opened = await openRawLibsql(path);
        const found = await opened.snapshot((query) => opened.appliedVersion(query));
        await opened.close();
        return found;
      };
      expect([await versionOf(join(DATA_DIR, "broker.db")), await versionOf(file)]).toEqual([version, version]);
      const target = await sqlite.create();
      expect((await run(restoreCommand, target.env, [file])).code).toBe(0);
      expect(await versionOf(file)).toBe(version);
      const restored = await target.open();
      expect((await loadAll(restored, restored)).snapshot.accounts).toMatchObject([
        { id: "A-1", name: "old", deposits: 5n, realized: 7n },
      ]);
      await restored.close();
    },
  );

  test("shows a progress bar in a terminal only, and removes it", async () => {
    const { env } = await backedUp();
    const [shown, piped] = [terminal(true), terminal(false)];
    await run(backupCommand, env, [join(newFolder(), "b")], shown);
    await run(backupCommand, env, [join(newFolder(), "b")], piped);
    expect(shown.written[0]).toMatch(/^\r\[=* *\] \d+ % {2}[\d,]+ of [\d,]+ rows/);
    expect(shown.written.at(-2)).toContain("] 100 %");
    expect(shown.written.at(-1)).toBe("\r\u001B[K");
    expect(piped.written).toEqual([]);
  });

  test.each([
    [[], "Missing file: expected the path of a backup. See --help."],
    [["a", "b"], 'Unexpected argument "b". See --help.'],
    [["--force"], "Unknown option '--force'. See --help."],
  ])("the arguments %j are refused", async (args, message) => {
    expect(await run(backupCommand, {}, args)).toEqual({ code: 1, text: message });
    expect((await run(backupCommand, {}, ["--help"])).text).toContain("backup <file> [--replace]");
  });

  test("a database that cannot be reached is one sentence without the password", async () => {
    const env = { DATABASE_URL: "postgresql://app:sesame@localhost:1/trading" };
    const { code, text } = await run(backupCommand, env, [join(newFolder(), "b")]);
    expect([code, text.split("\n").length]).toEqual([1, 1]);
    expect(text).toMatch(/^Cannot save the broker's database at DATABASE_URL: connect ECONNREFUSED /);
    expect(text).not.toContain("sesame");
  });
});

test("the file of a closed store is complete without its log", async () => {
  const folder = newFolder();
  const store = await writable(openLibsqlStore(join(folder, "broker.db")));
  await store.commit(ROWS, { id: "1", after: "" });
  const expected = await contentOf(store);
  await store.close();
  // The log of commits is empty, if it is still there.
  const log = join(folder, "broker.db-wal");
  expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
  const copied = join(newFolder(), "broker.db");
  copyFileSync(join(folder, "broker.db"), copied);
  const copy = await writable(openLibsqlStore(copied));
  expect(await contentOf(copy)).toEqual(expected);
  await copy.close();
});
