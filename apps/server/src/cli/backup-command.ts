import { existsSync, realpathSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Environment, parseEnv } from "../config/env.js";
import { type BackupOptions, backUp, held, missing, restore } from "../modules/broker/store/backup/backup.js";
import type { RowCounts } from "../modules/broker/store/backup/copy-rows.js";
import { migrate, type RawDatabase } from "../modules/broker/store/backup/raw-database.js";
import { openRawLibsql } from "../modules/broker/store/backup/raw-libsql.js";
import { openRawPostgres } from "../modules/broker/store/backup/raw-postgres.js";
import { describeLocation, type StoreLocation, storeFile, unreachable } from "../modules/broker/store/location.js";
import { StoreError } from "../modules/broker/store/store.js";
import { CommandError, invalidArguments } from "./command-error.js";
import { ProgressBar, type Terminal } from "./progress-bar.js";

export const BACKUP_HELP = `node dist/main.js backup <file> [--replace]
node dist/main.js restore <file> [--replace]

Writes all accounts, orders, positions, executions and notifications to a file, or reads them back. Set DATA_DIR or
DATABASE_URL (or DATABASE_URL_FILE) as for the server.

backup works while the server runs. The file has the state of one moment, and appears once it is complete and verified.
It does not depend on the database: a backup of SQLite can be restored to PostgreSQL and the other way round. It is an
SQLite file; as broker.db in DATA_DIR, it is a store.

restore needs the server to be stopped. It restores everything or nothing, also from a backup of an older server.

  --replace  backup: overwrites the file; restore: deletes what the store contains
  --help     this text

  DATA_DIR=data node dist/main.js backup broker-2026-11-28.backup
  DATABASE_URL_FILE=url node dist/main.js restore broker-2026-11-28.backup
`;

/** The environment of a command. */
export interface CommandContext {
  readonly env: Environment;
  /** Shows the progress. */
  readonly terminal: Terminal;
  /** Aborted when the user interrupts the command. */
  readonly signal: AbortSignal;
}

/**
 * Runs the command `backup`.
 *
 * @param args without the command's own name
 * @returns the text to print
 * @throws CommandError, EnvError or StoreError
 */
export function backupCommand(args: readonly string[], context: CommandContext): Promise<string> {
  return run(args, context, "Saved", async (location, file, options) => {
    const where = describeLocation(location);
    const source = storeFile(location);
    if (source !== undefined) {
      if (!existsSync(source)) throw missing(where);
      if (existsSync(file) && realpathSync(file) === realpathSync(source)) {
        throw new CommandError(`The file ${JSON.stringify(file)} is the store itself: choose another one.`);
      }
    }
    const store = await openDatabase(location);
    try {
      return await backUp(store, where, file, options);
    } finally {
      await store.close();
    }
  });
}

/**
 * Runs the command `restore`.
 *
 * @param args without the command's own name
 * @returns the text to print
 * @throws CommandError, EnvError or StoreError
 */
export function restoreCommand(args: readonly string[], context: CommandContext): Promise<string> {
  return run(args, context, "Restored", (location, file, options) => {
    const openStore = async () => {
      const store = await openDatabase(location);
      try {
        const holder = await store.lock();
        if (holder !== undefined) throw held(describeLocation(location), holder);
        await migrate(store);
        return store;
      } catch (error) {
        await store.close();
        throw error;
      }
    };
    return restore(openStore, describeLocation(location), file, options);
  });
}

async function run(
  args: readonly string[],
  { env: given, terminal, signal }: CommandContext,
  verb: "Saved" | "Restored",
  copy: (location: StoreLocation, file: string, options: BackupOptions) => Promise<RowCounts>,
): Promise<string> {
  const { file, replace, help } = argumentsOf(args);
  if (help) return BACKUP_HELP;
  if (file === undefined) throw new CommandError("Missing file: expected the path of a backup. See --help.");
  const env = parseEnv(given);
  const location = { databaseUrl: env.DATABASE_URL || undefined, dataDirectory: env.DATA_DIR };
  const preposition = verb === "Saved" ? "to" : "from";
  const bar = new ProgressBar(terminal);
  try {
    const onProgress = (done: number, total: number) => bar.update(done, total);
    const counts = await copy(location, file, { replace, onProgress, signal });
    const tables = Object.entries(counts).map(([name, rows]) => `${name} ${rows}`);
    return `${verb} the broker's ${describeLocation(location)} ${preposition} ${JSON.stringify(file)}: ${tables.join(", ")}\n`;
  } catch (error) {
    if (error instanceof StoreError || error instanceof CommandError) throw error;
    throw unreachable(verb === "Saved" ? "Cannot save" : "Cannot restore", location, error);
  } finally {
    bar.clear();
  }
}

function openDatabase(location: StoreLocation): Promise<RawDatabase> {
  const file = storeFile(location);
  return file === undefined ? openRawPostgres(location.databaseUrl as string) : openRawLibsql(file);
}

function argumentsOf(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { replace: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    });
    const [file, ...others] = positionals;
    if (others.length > 0) throw new Error(`Unexpected argument ${JSON.stringify(others[0])}`);
    return { ...values, file };
  } catch (error) {
    throw invalidArguments(error);
  }
}
