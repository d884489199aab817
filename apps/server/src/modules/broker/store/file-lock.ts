import { readFile, writeFile } from "node:fs/promises";
import { SqliteConnection } from "./sqlite-connection.js";

/** An exclusive lock of the operating system on a file, which ends with the process. */
export class FileLock {
  readonly #lockFile: string;
  readonly #holderFile: string;
  #connection: SqliteConnection | undefined;

  /** @param file the file that it protects */
  constructor(file: string) {
    this.#lockFile = `${file}.lock`;
    this.#holderFile = `${file}.holder`;
  }

  /** Tries to lock. @returns undefined, or the name of the present holder */
  async acquire(name: string): Promise<string | undefined> {
    const connection = new SqliteConnection(this.#lockFile, { busyTimeoutMs: 0 });
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
