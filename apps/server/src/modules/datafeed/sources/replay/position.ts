import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceLogger } from "../../market-source.js";

const FILE = "replay-position.json";

/**
 * The position of a replay, stored in a small file so that the replay continues after a restart.
 *
 * The stored position is never behind the published bars: it is written ahead, about once a second. After a kill, the
 * replay continues up to one second of bars later than it had got, so time never runs backwards for subscribers; the
 * skipped bars are in the history. After a clean stop it continues with the next bar.
 */
export class ReplayPosition {
  /** Number of bars played before, over all passes. */
  readonly played: number;
  readonly #path: string;
  /** Hash of the recording; a stored position of another recording is ignored. */
  readonly #recording: string;
  readonly #logger: SourceLogger;
  /** The stored position. */
  #saved: number;

  /**
   * @param directory created if missing
   * @param text the recording's content
   * @throws the file system's error if the directory cannot be created
   */
  constructor(directory: string, text: string, logger: SourceLogger) {
    mkdirSync(directory, { recursive: true });
    this.#path = join(directory, FILE);
    this.#recording = createHash("sha256").update(text).digest("hex");
    this.#logger = logger;
    this.played = this.#read();
    this.#saved = this.played;
  }

  /** Ensures that the stored position is not behind. @param ahead maximum number of bars to write ahead */
  reserve(played: number, ahead: number): void {
    if (played > this.#saved) this.save(played - 1 + Math.max(1, Math.round(ahead)));
  }

  /**
   * Stores the position. The file is written under a temporary name and renamed, so it is always complete. If the disk
   * fails, only the position is lost.
   */
  save(played: number): void {
    if (played === this.#saved) return;
    this.#saved = played;
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify({ recording: this.#recording, played }));
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#logger.warn("The replay position cannot be saved", { file: this.#path, error });
    }
  }

  #read(): number {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch {
      return 0;
    }
    const known = parse(text);
    if (known?.recording === this.#recording) return known.played;
    this.#logger.warn(
      "The replay starts from the beginning: the saved position belongs to another recording or cannot be read",
      {
        file: this.#path,
      },
    );
    return 0;
  }
}

function parse(text: string): { readonly recording: unknown; readonly played: number } | undefined {
  try {
    const { recording, played } = JSON.parse(text);
    return Number.isSafeInteger(played) && played >= 0 ? { recording, played } : undefined;
  } catch {
    return undefined;
  }
}
