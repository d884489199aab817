import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { MIGRATIONS, migrationsSince } from "../migrations.js";
import { StoreError } from "../store.js";
import { type CopyOptions, copyRows, countRows, type RowCounts, tablesOf } from "./copy-rows.js";
import { migrate, type Query, type RawDatabase } from "./raw-database.js";
import { openRawLibsql } from "./raw-libsql.js";

/** Options of {@link backUp} and {@link restore}. */
export interface BackupOptions extends Pick<CopyOptions, "onProgress" | "signal"> {
  /** Whether an existing backup file, or the rows of the store, are replaced. */
  readonly replace: boolean;
}

/**
 * Writes a store to a file, while servers go on using it. The file is an SQLite database with the store's tables, whatever
 * database the store uses, so it can be restored to either of them.
 *
 * The rows are those of one moment. The file appears under its name after it has been read back and written to the disk;
 * if anything fails, an existing file is unchanged.
 *
 * @param where the store, for messages
 * @returns the number of rows by table
 * @throws StoreError `backup_exists`, `store_missing`, `store_newer`, `backup_invalid`; the signal's reason; errors of
 *   the database and the file system
 */
export async function backUp(
  store: RawDatabase,
  where: string,
  file: string,
  { replace, onProgress, signal }: BackupOptions,
): Promise<RowCounts> {
  if (!replace && existsSync(file)) {
    throw new StoreError(
      "backup_exists",
      `The file ${JSON.stringify(file)} exists already: choose another one, or add --replace to overwrite it.`,
    );
  }
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    // Other users of the machine must not read the accounts.
    await (await open(partial, "wx", 0o600)).close();
    const counts = await store.snapshot(async (from) => {
      const version = await store.appliedVersion(from);
      if (version === 0) throw missing(where);
      const applied = MIGRATIONS.slice(0, MIGRATIONS.length - migrationsSince(version).length);
      return withFile(partial, (target) =>
        target.transaction(async (to) => {
          for (const sql of applied) await target.script(to, sql);
          await target.setVersion(to, version);
          return copyRows({ tables: await tablesOf(to), from, to, target, onProgress, signal });
        }),
      );
    });
    await withFile(partial, (backup) => verify(backup, partial, counts));
    await syncToDisk(partial);
    await rename(partial, file);
    await syncToDisk(dirname(resolve(file)));
    return counts;
  } finally {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) await rm(`${partial}${suffix}`, { force: true });
  }
}

/**
 * Replaces the rows of a store by those of a backup, all or none. The backup can be older than the server: its rows are
 * migrated.
 *
 * @param openStore opens the store, which no server may use, with all migrations; called once the backup is known to be
 *   valid
 * @param where the store, for messages
 * @returns the number of rows by table
 * @throws StoreError `backup_invalid`, `store_newer`, `store_not_empty`; the signal's reason; errors of the database and
 *   the file system
 */
export async function restore(
  openStore: () => Promise<RawDatabase>,
  where: string,
  file: string,
  { replace, onProgress, signal }: BackupOptions,
): Promise<RowCounts> {
  return withBackup(file, async (backup) => {
    const store = await openStore();
    try {
      return await backup.snapshot((from) =>
        store.transaction(async (to) => {
          if (!replace) await assertEmpty(to, where);
          const tables = await tablesOf(from);
          const copied = await copyRows({ tables, from, to, target: store, onProgress, signal });
          assertSame(copied, await countRows(to, tables), file);
          // A server that still uses the store must not continue from its state in memory.
          await to("update state set last_commit = $1", [`restored/${randomUUID()}`]);
          return copied;
        }),
      );
    } finally {
      await store.close();
    }
  });
}

/** Opens a valid backup with the tables of this server. */
async function withBackup<Result>(file: string, run: (backup: RawDatabase) => Promise<Result>): Promise<Result> {
  if (!existsSync(file)) throw new StoreError("backup_invalid", `There is no file ${JSON.stringify(file)}.`);
  const missing = await withFile(file, async (backup) => {
    return migrationsSince(await verifiedVersion(backup, file)).length;
  });
  if (missing === 0) return withFile(file, run);
  // The backup itself stays as it is.
  const folder = await mkdtemp(join(dirname(resolve(file)), ".restore-"));
  try {
    const migrated = join(folder, "migrated.db");
    await copyFile(file, migrated);
    return await withFile(migrated, async (backup) => {
      await migrate(backup);
      return run(backup);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function withFile<Result>(file: string, run: (database: RawDatabase) => Promise<Result>): Promise<Result> {
  const database = await openRawLibsql(file);
  try {
    return await run(database);
  } finally {
    await database.close();
  }
}

/** Reads a backup back. @throws StoreError `backup_invalid` */
async function verify(backup: RawDatabase, file: string, expected: RowCounts): Promise<void> {
  await verifiedVersion(backup, file);
  await backup.snapshot(async (query) => assertSame(expected, await countRows(query, await tablesOf(query)), file));
}

/**
 * Reads the version of a backup.
 *
 * @throws StoreError `backup_invalid` if the file is damaged, or is not a backup
 */
async function verifiedVersion(backup: RawDatabase, file: string): Promise<number> {
  const invalid = (reason: string, cause?: unknown) =>
    new StoreError("backup_invalid", `The file ${JSON.stringify(file)} is not a valid backup: ${reason}.`, { cause });
  try {
    return await backup.snapshot(async (query) => {
      const [checked] = (await query("pragma integrity_check(1)")) as { integrity_check: string }[];
      if (checked?.integrity_check !== "ok") throw invalid(`its pages are damaged (${checked?.integrity_check})`);
      const version = await backup.appliedVersion(query);
      const hasState = (await tablesOf(query)).some(({ name }) => name === "state");
      if (version === 0 || !hasState) throw invalid("it has no tables of the broker");
      return version;
    });
  } catch (cause) {
    throw cause instanceof StoreError ? cause : invalid((cause as Error).message, cause);
  }
}

async function assertEmpty(query: Query, where: string): Promise<void> {
  const [row] = await query("select count(*) as accounts from accounts");
  const accounts = Number((row as { accounts: unknown }).accounts);
  if (accounts === 0) return;
  throw new StoreError(
    "store_not_empty",
    `The broker's ${where} has ${accounts} account${accounts === 1 ? "" : "s"}: add --replace to delete what it contains.`,
  );
}

function assertSame(expected: RowCounts, actual: RowCounts, file: string): void {
  for (const [table, rows] of Object.entries(expected)) {
    if (actual[table] === rows) continue;
    throw new StoreError(
      "backup_invalid",
      `The copy of table ${table} between the store and ${JSON.stringify(file)} has ${actual[table] ?? 0} rows instead of ${rows}.`,
    );
  }
}

/** Returns the error for a store that a server uses. */
export function held(where: string, holder: string): StoreError {
  return new StoreError("store_held", `The broker's ${where} is in use by ${holder}: stop all servers of it first.`);
}

/** Returns the error for a store that does not exist. */
export function missing(where: string): StoreError {
  return new StoreError(
    "store_missing",
    `There is no broker's store in the ${where}: set DATA_DIR or DATABASE_URL as for the server.`,
  );
}

/** Writes a file, or the names in a directory, through to the disk. */
async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
