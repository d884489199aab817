import type { Clock, Logger } from "@trading/ws-server";

/** Time between two passes, and before the first one. */
const PASS_MS = 3_600_000;
const FIRST_PASS_MS = 60_000;

/** Pause after each batch, much longer than a batch takes. */
const PAUSE_MS = 250;

/** Jump of the system time above which a pass is left out: the clock may be wrong, and deleted events do not come back. */
const MAX_JUMP_MS = 86_400_000;

/** Maximum number of rows that one batch deletes. */
export const BATCH_SIZE = 500;

export interface EventRetentionOptions {
  /** Age from which events are deleted, in milliseconds. */
  readonly keepMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Deletes at most `limit` of the oldest events from before a time, in one short transaction.
   *
   * @returns the number of deleted rows; undefined if the store has other work or is not held by this server
   */
  readonly deleteBefore: (time: number, limit: number) => Promise<number | undefined>;
}

/**
 * Deletes old events in the background: executions, notifications and finished orders. It deletes in small batches with
 * pauses, and only while nothing else is to be stored, so that a commit waits for one batch at most.
 */
export class EventRetention {
  readonly #options: EventRetentionOptions;
  /** The difference of the two clocks when a pass last began. */
  #clockOffset: number;
  #cancel = () => {};
  #isClosed = false;

  constructor(options: EventRetentionOptions) {
    this.#options = options;
    this.#clockOffset = options.clock.now() - options.clock.monotonic();
    this.#after(FIRST_PASS_MS, 0);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** @param deleted rows that the present pass has deleted so far */
  #after(ms: number, deleted: number): void {
    if (!this.#isClosed) this.#cancel = this.#options.clock.after(ms, () => void this.#deleteBatch(deleted));
  }

  /** Returns whether the system time has jumped forward since the last pass, and logs it. */
  #hasJumped(): boolean {
    const { clock, logger } = this.#options;
    const offset = clock.now() - clock.monotonic();
    const jumpMs = offset - this.#clockOffset;
    this.#clockOffset = offset;
    if (jumpMs <= MAX_JUMP_MS) return false;
    logger.warn("The system clock jumped: old events are deleted in an hour, if it still shows the same time then", {
      ms: jumpMs,
    });
    return true;
  }

  async #deleteBatch(before: number): Promise<void> {
    const { keepMs, clock, logger, deleteBefore } = this.#options;
    if (before === 0 && this.#hasJumped()) return this.#after(PASS_MS, 0);
    try {
      const deleted = await deleteBefore(clock.now() - keepMs, BATCH_SIZE);
      // mutant: next-batch
      if (deleted !== 0) return this.#after(PAUSE_MS, before + (deleted ?? 0));
      if (before > 0) logger.info("Old events were deleted from the broker's store", { rows: before });
    } catch (error) {
      logger.warn("Deleting old events from the broker's store failed; it is tried again later", { error });
    }
    this.#after(PASS_MS, 0);
  }
}
