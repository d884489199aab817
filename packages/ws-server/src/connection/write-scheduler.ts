import type { Clock } from "../platform/clock.js";

/** Batching starts when writing takes more than this share of the time. */
const BUSY_SHARE = 1 / 2;

/** Batching stops below this share. It is lower, because a window as long as the writing before it makes the share a half. */
const STILL_BUSY_SHARE = 1 / 3;

/** The shortest window, unless `maxBatchDelayMs` is shorter: with few connections, writing to all of them takes less than the timer. */
const MIN_WINDOW_MS = 5;

/** A queue whose frames the scheduler writes. */
export interface ScheduledQueue {
  /** Writes the queued frames. Called once for each {@link WriteScheduler.add}. */
  endTurn(): void;
}

/**
 * Decides when queued frames are written: at the end of the event-loop turn that queued them, for all connections
 * together. Two thirds of a delivery's cost is the system call, so all frames of one turn for one connection leave in one
 * write.
 *
 * Batching by turn does not help at one update a turn. So when writing takes more than half of the time, the next write
 * waits for a window after the last one: under load an update is a few milliseconds later and costs a fraction. The window
 * is as long as the last writing took, at most `maxBatchDelayMs`: with many connections a shorter one would end before another
 * turn has added frames, and a longer one would only delay them. A server with idle time never waits.
 */
export class WriteScheduler {
  readonly #clock: Clock;
  readonly #maxBatchDelayMs: number;
  #queues: ScheduledQueue[] = [];
  #isArmed = false;
  #isBusy = false;
  #windowMs = 0;
  #lastWriteAt: number;
  /** Time that writing has taken since then, in milliseconds. */
  #writingMs = 0;

  constructor(clock: Clock, maxBatchDelayMs: number) {
    this.#clock = clock;
    this.#maxBatchDelayMs = maxBatchDelayMs;
    this.#lastWriteAt = clock.monotonic();
  }

  /** Schedules a write. Call it once until `endTurn` is called. */
  add(queue: ScheduledQueue): void {
    this.#queues.push(queue);
    if (this.#isArmed) return;
    this.#isArmed = true;
    const restMs = this.#isBusy ? this.#lastWriteAt + this.#windowMs - this.#clock.monotonic() : 0;
    if (restMs > 0) this.#clock.after(restMs, this.#write);
    else this.#clock.endOfTurn(this.#write);
  }

  /** Writes the queued frames now, unless they are batched. */
  flush(): void {
    if (!this.#isBusy) this.#writeQueues();
  }

  readonly #write = (): void => {
    this.#isArmed = false;
    this.#writeQueues();
    const now = this.#clock.monotonic();
    const share = this.#isBusy ? STILL_BUSY_SHARE : BUSY_SHARE;
    this.#isBusy = this.#writingMs > share * (now - this.#lastWriteAt);
    this.#windowMs = Math.min(this.#maxBatchDelayMs, Math.max(MIN_WINDOW_MS, this.#writingMs));
    this.#writingMs = 0;
    this.#lastWriteAt = now;
  };

  #writeQueues(): void {
    const queues = this.#queues;
    if (queues.length === 0) return;
    this.#queues = [];
    const start = this.#clock.monotonic();
    for (const queue of queues) queue.endTurn();
    this.#writingMs += this.#clock.monotonic() - start;
  }
}
