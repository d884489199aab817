import type { Clock } from "../platform/clock.js";

/** Batching starts when writing takes more than this share of the time, */
const BUSY_SHARE = 1 / 2;

/** and the event loop is idle for less than this one. */
const IDLE_SHARE = 1 / 10;

/** Batching stops when writes without it would take less than this share of the time, */
const STILL_BUSY_SHARE = 1 / 3;

/** or would leave the event loop idle for more than this one. */
const ENOUGH_IDLE_SHARE = 1 / 5;

/** The shortest time over which these shares are measured. Two turns in a row are not a load. */
const MEASURE_MS = 50;

/** The shortest window, unless `maxBatchDelayMs` is shorter: with few connections, writing to all of them takes less than the timer. */
const MIN_WINDOW_MS = 5;

/** The window as a share of the time that the last writing took. */
const WINDOW_SHARE = 1 / 2;

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
 * Batching by turn does not help at one update a turn. So when writing takes more than half of the time and the event loop is
 * not idle, the next write waits for a window after the last one: under load an update is a few milliseconds later and costs a
 * fraction. The window is half as long as the last writing took, less the time that the event loop was idle in it, at most
 * `maxBatchDelayMs`: with many connections a shorter one would end before another turn has added frames, and a longer one
 * saves little more and makes clients wait close to saturation (docs/decisions/0009). A server with idle time never waits.
 *
 * While the window is open, writing takes less because of it. So it closes by what the writes would take without it: the
 * number of queues that got frames in each turn, times the cost of a write.
 */
export class WriteScheduler {
  readonly #clock: Clock;
  readonly #maxBatchDelayMs: number;
  #queues: ScheduledQueue[] = [];
  #turn = 0;
  #isTurnArmed = false;
  #isArmed = false;
  #isBusy = false;
  #windowMs = 0;
  #lastWriteAt: number;
  #measuredAt: number;
  #measuredIdleMs: number;
  /** Time that writing has taken since then, in milliseconds. */
  #writingMs = 0;
  /** Turns at whose end, or windows after which, all queues were written since then. */
  #turnsWritten = 0;
  /** Writes since then. */
  #writes = 0;
  /** Writes that there would have been without the window. */
  #unbatchedWrites = 0;
  /** Milliseconds of a write when the window opened. */
  #writeMs = 0;

  constructor(clock: Clock, maxBatchDelayMs: number) {
    this.#clock = clock;
    this.#maxBatchDelayMs = maxBatchDelayMs;
    this.#lastWriteAt = clock.monotonic();
    this.#measuredAt = this.#lastWriteAt;
    this.#measuredIdleMs = this.#idleMs;
  }

  /** Number of the turn of the event loop. A queue calls {@link add} or {@link addTurn} once in each turn in which it gets frames. */
  get turn(): number {
    return this.#turn;
  }

  /** Schedules a write. Call it once until `endTurn` is called. */
  add(queue: ScheduledQueue): void {
    this.#queues.push(queue);
    this.addTurn();
    if (this.#isArmed) return;
    this.#isArmed = true;
    const restMs = this.#isBusy ? this.#lastWriteAt + this.#windowMs - this.#clock.monotonic() : 0;
    if (restMs > 0) this.#clock.after(restMs, this.#write);
    else this.#clock.endOfTurn(this.#write);
  }

  /** Counts a queue that gets frames in this turn too, and whose write is scheduled. */
  addTurn(): void {
    this.#unbatchedWrites++;
    if (!this.#isBusy || this.#isTurnArmed) return;
    this.#isTurnArmed = true;
    this.#clock.endOfTurn(this.#endTurn);
  }

  /** Writes the queued frames now, unless they are batched. */
  flush(): void {
    if (!this.#isBusy) this.#writeQueues();
  }

  /** Milliseconds that the event loop has been idle; a clock that does not know them has none. */
  get #idleMs(): number {
    return this.#clock.idle?.() ?? 0;
  }

  readonly #endTurn = (): void => {
    this.#isTurnArmed = false;
    this.#turn++;
  };

  readonly #write = (): void => {
    this.#isArmed = false;
    this.#turn++;
    this.#writeQueues();
    const now = this.#clock.monotonic();
    this.#lastWriteAt = now;
    this.#turnsWritten++;
    if (this.#maxBatchDelayMs > 0 && now - this.#measuredAt >= MEASURE_MS) this.#measure(now);
  };

  #writeQueues(): void {
    const queues = this.#queues;
    if (queues.length === 0) return;
    this.#queues = [];
    this.#writes += queues.length;
    const start = this.#clock.monotonic();
    for (const queue of queues) queue.endTurn();
    this.#writingMs += this.#clock.monotonic() - start;
  }

  /** Opens or closes the window, by the time since the last call. */
  #measure(now: number): void {
    const elapsedMs = now - this.#measuredAt;
    const idleMs = this.#idleMs - this.#measuredIdleMs;
    if (this.#isBusy) {
      // The cost of a write that joins several turns is an upper bound: the machine can have become faster.
      this.#writeMs = Math.min(this.#writeMs, this.#writingMs / this.#writes);
      const unbatchedMs = this.#unbatchedWrites * this.#writeMs;
      const unbatchedIdleMs = idleMs + this.#writingMs - unbatchedMs;
      this.#isBusy = unbatchedMs > STILL_BUSY_SHARE * elapsedMs && unbatchedIdleMs < ENOUGH_IDLE_SHARE * elapsedMs;
    } else {
      this.#writeMs = this.#writingMs / this.#writes;
      this.#isBusy = this.#writingMs > BUSY_SHARE * elapsedMs && idleMs < IDLE_SHARE * elapsedMs;
    }
    this.#windowMs = Math.min(
      this.#maxBatchDelayMs,
      Math.max(MIN_WINDOW_MS, (this.#writingMs * WINDOW_SHARE - idleMs) / this.#turnsWritten),
    );
    this.#measuredAt = now;
    this.#measuredIdleMs += idleMs;
    this.#writingMs = 0;
    this.#turnsWritten = 0;
    this.#writes = 0;
    this.#unbatchedWrites = 0;
  }
}
