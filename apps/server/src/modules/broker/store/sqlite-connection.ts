import Libsql from "libsql/promise";
import type { Query } from "./sql-store.js";
import { Turns } from "./turns.js";

const BUSY_TIMEOUT_MS = 2_000;

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

interface ConnectionOptions {
  readonly attachedFile?: string;
  readonly busyTimeoutMs?: number;
}

/** A connection with its prepared statements. Its calls run in order. */
export class SqliteConnection {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();
  readonly #turns = new Turns();
  readonly #attachedFile: string | undefined;
  #attached: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param attachedFile a further file whose tables it reads; `detach` closes it
   * @param busyTimeoutMs how long a call waits for a lock that another program holds on the file
   */
  constructor(file: string, { attachedFile, busyTimeoutMs = BUSY_TIMEOUT_MS }: ConnectionOptions = {}) {
    this.#connection = new Libsql(file, { timeout: busyTimeoutMs }) as unknown as Connection;
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

  /**
   * Merges the write-ahead log into the database's file and deletes it, so that a copy of the file alone is complete. Call
   * it before the last connection is closed.
   *
   * While another connection is open, for instance that of a backup, the log stays, but is empty if possible.
   */
  async mergeLog(): Promise<void> {
    await this.exec("pragma journal_mode = delete")
      .catch(() => this.exec("pragma wal_checkpoint(truncate)"))
      // Nothing is lost: the next server reads the log.
      .catch(() => {});
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
