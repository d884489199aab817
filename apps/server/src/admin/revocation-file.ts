import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Revocation } from "@trading/ws-server";
import { z } from "zod";
import { EnvError, withDataFile } from "../config/env.js";

/** A revocation with the time of the last act. */
export type StoredRevocation = z.output<typeof storedRevocation>;

const act = {
  /** Unix milliseconds of the last act on it; servers of a cluster keep the latest. 0 in files of earlier versions. */
  at: z.int().nonnegative().default(0),
  /** The tokens are accepted again. It is kept for a while, so that no server that was away brings the revocation back. */
  restored: z.literal(true).optional(),
};

export const storedRevocation = z.union([
  z.strictObject({ subject: z.string().min(1), ...act }),
  z.strictObject({ tokenId: z.string().min(1), ...act }),
]);

/** Returns the revocation alone. */
export function revocationOf(stored: StoredRevocation): Revocation {
  return "subject" in stored ? { subject: stored.subject } : { tokenId: stored.tokenId };
}

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
  read(): readonly StoredRevocation[] {
    const text = withDataFile(this.#path, () => readIfPresent(this.#path));
    if (text === undefined) return [];
    try {
      return z.array(storedRevocation).parse(JSON.parse(text));
    } catch {
      throw new EnvError(
        "DATA_DIR",
        `${this.#path} is damaged: expected a list of revocations. Correct it, or delete it to accept their tokens again.`,
      );
    }
  }

  /** Replaces the file. It is written under a temporary name of this process and renamed, so it is always complete. */
  write(revocations: readonly StoredRevocation[]): void {
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
