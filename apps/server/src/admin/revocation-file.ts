import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Revocation } from "@trading/ws-server";
import { EnvError, withDataFile } from "../config/env.js";

/** The revoked tokens, in a file, so that a restarted server refuses them too. */
export class RevocationFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Returns the stored revocations. Without the file, the list is empty.
   *
   * @throws EnvError if the file cannot be read: a server that ignored it would accept revoked tokens
   */
  read(): readonly Revocation[] {
    const text = withDataFile(this.#path, () => readIfPresent(this.#path));
    if (text === undefined) return [];
    try {
      const stored: unknown = JSON.parse(text);
      if (Array.isArray(stored)) return stored;
    } catch {
      // Reported below.
    }
    throw new EnvError(
      "DATA_DIR",
      `${this.#path} is damaged: expected a list of revocations. Correct it, or delete it to accept their tokens again.`,
    );
  }

  /** Replaces the file. It is written under a temporary name of this process and renamed, so it is always complete. */
  write(revocations: readonly Revocation[]): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const complete = `${this.#path}.${process.pid}`;
    writeFileSync(complete, JSON.stringify(revocations), { mode: 0o600 });
    renameSync(complete, this.#path);
  }
}

/** Returns undefined only if there is no file: one that cannot be read may contain revocations. */
function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
