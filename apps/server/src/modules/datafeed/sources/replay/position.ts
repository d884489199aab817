import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceLogger } from "../../market-source.js";

const FILE = "replay-position.json";

/**
 * How far a recording was played, kept in a small file of a directory, so that a replay goes on after a restart.
 *
 * The file is never behind what was told: it is written ahead, about once a second. So after a kill a replay goes on up
 * to a second's bars later than it had come, and time never runs backwards for whoever watched; the bars between are in
 * the history. After a clean stop it goes on at the very next bar.
 */
export class ReplayPosition {
  /** Bars that were played before, over all passes. */
  readonly played: number;
  readonly #path: string;
  /** A position in another recording is none. */
  readonly #recording: string;
  readonly #logger: SourceLogger;
  /** What the file says. */
  #saved: number;

  /**
   * @param directory made where it is not there
   * @param text the recording's
   * @throws the file system's error where the directory cannot be made
   */
  constructor(directory: string, text: string, logger: SourceLogger) {
    mkdirSync(directory, { recursive: true });
    this.#path = join(directory, FILE);
    this.#recording = createHash("sha256").update(text).digest("hex");
    this.#logger = logger;
    this.played = this.#read();
    this.#saved = this.played;
  }

  /** Makes sure that the file is not behind. @param ahead how many bars further it may be written */
  reserve(played: number, ahead: number): void {
    if (played > this.#saved) this.save(played - 1 + Math.max(1, Math.round(ahead)));
  }

  /** Written beside and renamed, so that the file is whole at any moment. A disk that fails costs the position only. */
  save(played: number): void {
    if (played === this.#saved) return;
    this.#saved = played;
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify({ recording: this.#recording, played }));
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#logger.warn("The replay's position cannot be kept", { file: this.#path, error });
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
    this.#logger.warn("The replay starts anew: its position is of another recording, or cannot be read", {
      file: this.#path,
    });
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
