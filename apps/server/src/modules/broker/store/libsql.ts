import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import Libsql from "libsql/promise";
import { type Database, insertSql, type Query, type Select, type Session, sqlStore } from "./sql-store.js";
import type { BrokerStore } from "./store.js";
import { Turns } from "./turns.js";

/** Time to wait for a lock that another program holds on the file. */
const BUSY_TIMEOUT_MS = 2_000;

/** The end of the error when the last commit is another one. */
const CONFLICT = "NOT NULL constraint failed: state.last_commit";

/**
 * The part of libsql that is used, with precise types. `exec` and `all` run on its own threads. `run` blocks the event loop,
 * so it is only for rare statements.
 */
interface Connection {
  readonly inTransaction: boolean;
  prepare(sql: string): Promise<Statement>;
  exec(sql: string): Promise<void>;
  close(): void;
}

interface Statement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): Promise<unknown[]>;
  run(parameters: readonly unknown[]): Promise<{ readonly changes: number }>;
}

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
    this.#reader ??= this.#lock === undefined ? this.#writer : new SqliteConnection(":memory:", this.#file);
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
    if (writer !== undefined && this.#lock.isHeld) await mergeLog((sql) => writer.exec(sql));
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

/** A connection with its prepared statements. Its calls run in order. */
class SqliteConnection {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();
  readonly #turns = new Turns();
  readonly #attachedFile: string | undefined;
  #attached: Promise<void> | undefined;
  #isClosed = false;

  /** @param attachedFile a further file whose tables it reads; `detach` closes it */
  constructor(file: string, attachedFile?: string) {
    this.#connection = new Libsql(file, { timeout: BUSY_TIMEOUT_MS }) as unknown as Connection;
    this.#attachedFile = attachedFile;
  }

  readonly #query: Query = async (sql, parameters = []) => {
    this.#assertOpen();
    await this.#attach();
    const statement = this.#statements.get(sql) ?? (await this.#connection.prepare(sql.replaceAll("$", "?")));
    this.#statements.set(sql, statement);
    if (statement.reader) return { rows: await statement.all(parameters), changed: 0 };
    return { rows: [], changed: (await statement.run(parameters)).changes };
  };

  exec(sql: string): Promise<void> {
    return this.#connection.exec(sql);
  }

  async #attach(): Promise<void> {
    if (this.#attachedFile === undefined) return;
    this.#attached ??= this.exec(`attach '${this.#attachedFile.replaceAll("'", "''")}' as attached`);
    try {
      await this.#attached;
    } catch (error) {
      this.#attached = undefined;
      throw error;
    }
  }

  /**
   * Waits until the pending calls have settled, and closes the attached file. Closing the connection does not do so before
   * the garbage collector has found its statements, and the file cannot leave the mode of a write-ahead log until then.
   */
  detach(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#attached !== undefined) await this.exec("detach attached").catch(() => {});
      this.#attached = undefined;
    });
  }

  async read(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return (await this.#turns.run(() => this.#query(sql, parameters))).rows;
  }

  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#turns.run(async () => {
      this.#assertOpen();
      await this.#connection.exec("begin immediate");
      try {
        const result = await run(this.#query);
        await this.#connection.exec("commit");
        return result;
      } finally {
        await this.#rollBack();
      }
    });
  }

  /** Runs the statements of a whole transaction in one call: the event loop has one turn for it instead of one for each. */
  script(build: () => string): Promise<void> {
    return this.#turns.run(async () => {
      this.#assertOpen();
      try {
        await this.#connection.exec(`begin immediate; ${build()}; commit`);
      } finally {
        await this.#rollBack();
      }
    });
  }

  /** Rolls a failed transaction back. Some errors, such as a full disk, have already done so. */
  async #rollBack(): Promise<void> {
    if (this.#connection.inTransaction) await this.#connection.exec("rollback");
  }

  /** Waits until the pending calls have settled. */
  idle(): Promise<void> {
    return this.#turns.run(async () => {});
  }

  close(): void {
    this.#isClosed = true;
    this.#connection.close();
  }

  /** libsql never replies to a call on a closed connection. */
  #assertOpen(): void {
    if (this.#isClosed) throw new Error("The broker's store is closed");
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

/** An exclusive lock of the operating system on a file, which ends with the process. */
export class FileLock {
  readonly #lockFile: string;
  readonly #holderFile: string;
  #connection: Connection | undefined;

  /** @param file the file that it protects */
  constructor(file: string) {
    this.#lockFile = `${file}.lock`;
    this.#holderFile = `${file}.holder`;
  }

  /** Tries to lock. @returns undefined, or the name of the present holder */
  async acquire(name: string): Promise<string | undefined> {
    const connection = new Libsql(this.#lockFile, { timeout: 0 }) as unknown as Connection;
    try {
      await connection.exec("pragma journal_mode = delete; begin exclusive");
    } catch (error) {
      connection.close();
      if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
      const holder = await readFile(this.#holderFile, "utf8").catch(() => "");
      return holder.trim() || "another server";
    }
    this.#connection = connection;
    // Only informs, so that it does not matter if the disk is full.
    await writeFile(this.#holderFile, `${name}\n`).catch(() => {});
    return undefined;
  }

  get isHeld(): boolean {
    return this.#connection !== undefined;
  }

  release(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/**
 * Merges the write-ahead log into the database's file and deletes it, so that a copy of the file alone is complete. Call
 * it before the last connection is closed.
 *
 * While another connection is open, for instance that of a backup, the log stays, but is empty if possible.
 */
export async function mergeLog(exec: (sql: string) => Promise<void>): Promise<void> {
  await exec("pragma journal_mode = delete")
    .catch(() => exec("pragma wal_checkpoint(truncate)"))
    // Nothing is lost: the next server reads the log.
    .catch(() => {});
}
