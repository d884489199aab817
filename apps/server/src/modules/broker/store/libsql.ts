import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FileLock } from "./file-lock.js";
import { type Database, insertSql, type Query, type Select, type Session, sqlStore } from "./sql-store.js";
import { SqliteConnection } from "./sqlite-connection.js";
import type { BrokerStore } from "./store.js";
import { Turns } from "./turns.js";

/** The end of the error when the last commit is another one. */
const CONFLICT = "NOT NULL constraint failed: state.last_commit";

/**
 * Creates a store in an SQLite file, which needs no database server.
 *
 * Each commit is written through to the disk (`synchronous=FULL`). No worker thread is needed, because libsql runs
 * scripts and reads off the event loop. Reads have a separate connection, which sees the last commit (write-ahead log).
 *
 * The lease is an exclusive transaction that stays open on a second, empty database, `{file}.lock`: a lock of the
 * operating system, which ends with the process. `{file}.holder` names the holder; nothing depends on its content.
 *
 * @param file created if missing, with its directory; `:memory:` keeps the data until the store is closed
 */
export function openLibsqlStore(file: string): BrokerStore {
  return sqlStore(new LibsqlDatabase(file));
}

class LibsqlDatabase implements Database {
  readonly maxReads = 1;
  readonly #file: string;
  /** Undefined if the data is in memory, which no other process can open. */
  readonly #lock: FileLock | undefined;
  readonly #attempts = new Turns();
  #writer: SqliteConnection | undefined;
  #reader: SqliteConnection | undefined;
  /** The identity of the opened file. */
  #inode: bigint | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#lock = file === ":memory:" ? undefined : new FileLock(file);
  }

  acquire(name: string) {
    return this.#attempts.run(() => this.#acquire(name));
  }

  async #acquire(name: string) {
    // A call that was given up may still be running.
    await this.#writer?.idle();
    await mkdir(dirname(this.#file), { recursive: true });
    const holder = await this.#lock?.acquire(name);
    if (holder !== undefined) return { holder };
    try {
      return { session: new LibsqlSession(this, await this.#open()) };
    } catch (error) {
      this.#lock?.release();
      throw error;
    }
  }

  async #open(): Promise<SqliteConnection> {
    if (this.#writer !== undefined && (await this.isReplaced())) {
      this.#reader?.close();
      this.#writer.close();
      this.#reader = this.#writer = undefined;
    }
    if (this.#writer === undefined) {
      const writer = new SqliteConnection(this.#file);
      try {
        await writer.exec("pragma journal_mode = wal; pragma synchronous = full;");
      } catch (error) {
        writer.close();
        throw error;
      }
      this.#writer = writer;
      this.#inode = await this.#inodeNow();
    }
    return this.#writer;
  }

  /** Returns whether the file was deleted or replaced since it was opened. */
  async isReplaced(): Promise<boolean> {
    return (await this.#inodeNow()) !== this.#inode;
  }

  /** Throws if the file can no longer be written, for instance because its disk is read-only. */
  async assertWritable(): Promise<void> {
    if (this.#lock === undefined) return;
    await access(this.#file, constants.W_OK);
    await access(dirname(this.#file), constants.W_OK);
  }

  async #inodeNow(): Promise<bigint | undefined> {
    if (this.#lock === undefined) return undefined;
    return (await stat(this.#file, { bigint: true }).catch(() => undefined))?.ino;
  }

  async read(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    // Data in memory belongs to its connection.
    this.#reader ??=
      this.#lock === undefined ? this.#writer : new SqliteConnection(":memory:", { attachedFile: this.#file });
    return this.#reader === undefined ? [] : this.#reader.read(sql, parameters);
  }

  async readAll(selects: readonly Select[]): Promise<readonly unknown[][]> {
    const results: unknown[][] = [];
    for (const { sql, parameters } of selects) results.push(await this.read(sql, parameters));
    return results;
  }

  releaseLock(): void {
    this.#lock?.release();
  }

  /** Waits for pending calls, makes the file complete without its log, and closes it. Data in memory stays. */
  async closeFile(): Promise<void> {
    if (this.#lock === undefined) return;
    await this.#reader?.detach();
    await this.#writer?.idle();
    this.#reader?.close();
    this.#reader = undefined;
    const writer = this.#writer;
    this.#writer = undefined;
    // Without the lock, another server may be writing to the log.
    if (writer !== undefined && this.#lock.isHeld) await writer.mergeLog();
    writer?.close();
  }

  async close(): Promise<void> {
    await this.#attempts.run(() => this.closeFile());
    this.#lock?.release();
    if (this.#lock !== undefined) return;
    await this.#writer?.idle();
    this.#writer?.close();
  }
}

class LibsqlSession implements Session {
  /** The operating system keeps the lock as long as the process lives. */
  readonly lost = new Promise<Error>(() => {});
  readonly #database: LibsqlDatabase;
  readonly #connection: SqliteConnection;
  #isReleased = false;

  constructor(database: LibsqlDatabase, connection: SqliteConnection) {
    this.#database = database;
    this.#connection = connection;
  }

  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#connection.transaction((query) => {
      this.#assertHeld();
      return run(query);
    });
  }

  async commit(
    order: Parameters<Session["commit"]>[0],
    nextSequence: number,
    inserts: Parameters<Session["commit"]>[2],
  ): Promise<boolean> {
    try {
      await this.#connection.script(() => {
        this.#assertHeld();
        return commitScript(order, nextSequence, inserts);
      });
      return true;
    } catch (error) {
      if ((error as Error).message.endsWith(CONFLICT)) return false;
      throw error;
    }
  }

  /** Throws for a call that has waited for its turn while the lease was released. */
  #assertHeld(): void {
    if (this.#isReleased) throw new Error("The lease was released");
  }

  async lastCommit(): Promise<string> {
    if (await this.#database.isReplaced()) throw new Error("The broker's file was deleted or replaced");
    await this.#database.assertWritable();
    const { rows } = await this.transaction((query) => query("select last_commit from state"));
    return (rows[0] as { last_commit: string }).last_commit;
  }

  script(query: Query, sql: string): Promise<void> {
    void query;
    return this.#connection.exec(sql);
  }

  async version(query: Query): Promise<number> {
    return ((await query("pragma user_version")).rows[0] as { user_version: number }).user_version;
  }

  setVersion(_query: Query, version: number): Promise<void> {
    return this.#connection.exec(`pragma user_version = ${version}`);
  }

  async release(): Promise<void> {
    await this.#connection.idle();
    this.#isReleased = true;
    await this.#database.closeFile();
    this.#database.releaseLock();
  }

  /** Keeps the lock until a running call has ended, because it cannot be cut. */
  abandon(): void {
    this.#isReleased = true;
    void this.#connection.idle().then(() => this.#database.releaseLock());
  }
}

/** Returns the statements of a commit. The last commit becomes null, which the table refuses, unless it is `after`. */
function commitScript(
  { id, after }: Parameters<Session["commit"]>[0],
  nextSequence: number,
  inserts: Parameters<Session["commit"]>[2],
): string {
  const commit = `case last_commit when ${literal(after)} then ${literal(id)} end`;
  const statements = inserts.map(({ table, json }) => {
    const values = table.columns.map((column) => `value ->> '${column}'`).join(", ");
    return insertSql(table, `select ${values} from json_each(${literal(json)}) where true`);
  });
  return [`update state set last_commit = ${commit}, next_sequence = ${nextSequence}`, ...statements].join("; ");
}

/** Returns a text as an SQL literal. It must not contain zero bytes; JSON never does. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
