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

/** The window as a share of the time that the last round took. */
const WINDOW_SHARE = 1 / 2;

/** The time of a round that is spent in one turn of the event loop. An empty turn costs about a thousandth of it. */
const SLICE_MS = 2;

/** A queue whose frames the scheduler writes. */
export interface ScheduledQueue {
  /** Writes the queued frames. Called once for each {@link WriteScheduler.add}. */
  endTurn(): void;
}

/**
 * Decides when queued frames are written: at the end of the event-loop turn that queued them, so that all frames of one turn
 * for one connection leave in one write. Two thirds of a delivery's cost is the system call.
 *
 * A round writes all queues that have frames. It takes turns with the event loop, which reads and publishes after every 2 ms of
 * it: a queue whose turn has not come yet takes what is published meanwhile, so an update waits for one round, not for two, and
 * requests do not wait for the round (docs/decisions/0009).
 *
 * Batching by turn does not help at one update a turn. So when writing takes more than half of the time and the event loop is
 * not idle, the next round waits for a window after the last one: under load an update is a few milliseconds later and costs a
 * fraction. The window is half as long as the last round took, less the time that the event loop was idle in it, but a round and
 * its window take `maxBatchDelayMs` at most: a longer round batches by itself, and a window would only make clients wait. A server
 * with idle time never waits.
 *
 * While the window is open, writing takes less because of it. So it closes by what the writes would take without it: the
 * number of queues that got frames in each turn, times the cost of a write.
 */
export class WriteScheduler {
  readonly #clock: Clock;
  readonly #maxBatchDelayMs: number;
  /** The queues of the next round. */
  #queues: ScheduledQueue[] = [];
  /** The queues of this round, and the first one that is not written yet. */
  #round: ScheduledQueue[] = [];
  #next = 0;
  #turn = 0;
  #isTurnArmed = false;
  #isArmed = false;
  #isBusy = false;
  #windowMs = 0;
  #lastRoundAt: number;
  #measuredAt: number;
  #measuredIdleMs: number;
  /** Time that writing has taken since then, in milliseconds. */
  #writingMs = 0;
  /** Rounds since then. */
  #rounds = 0;
  /** Writes since then. */
  #writes = 0;
  /** Writes that there would have been without the window. */
  #unbatchedWrites = 0;
  /** Milliseconds of a write when the window opened. */
  #writeMs = 0;

  constructor(clock: Clock, maxBatchDelayMs: number) {
    this.#clock = clock;
    this.#maxBatchDelayMs = maxBatchDelayMs;
    this.#lastRoundAt = clock.monotonic();
    this.#measuredAt = this.#lastRoundAt;
    this.#measuredIdleMs = this.#idleMs;
  }

  /**
   * Number of the turn of the event loop; those of a round count as one. A queue calls {@link add} or {@link addTurn} once in each
   * turn in which it gets frames.
   */
  get turn(): number {
    return this.#turn;
  }

  /** Schedules a write. Call it once until `endTurn` is called. */
  add(queue: ScheduledQueue): void {
    this.#queues.push(queue);
    this.addTurn();
    if (!this.#isArmed) this.#arm();
  }

  /** Counts a queue that gets frames in this turn too, and whose write is scheduled. */
  addTurn(): void {
    this.#unbatchedWrites++;
    if (!this.#isBusy || this.#isTurnArmed) return;
    this.#isTurnArmed = true;
    this.#clock.endOfTurn(this.#endTurn);
  }

  /** Writes the queued frames now, or begins to, unless they are batched. */
  flush(): void {
    if (!this.#isBusy) this.#writeSlice();
  }

  /** Milliseconds that the event loop has been idle; a clock that does not know them has none. */
  get #idleMs(): number {
    return this.#clock.idle?.() ?? 0;
  }

  readonly #endTurn = (): void => {
    this.#isTurnArmed = false;
    if (!this.#isWriting) this.#turn++;
  };

  /** Whether a round has begun and not ended. */
  get #isWriting(): boolean {
    return this.#next < this.#round.length;
  }

  #arm(): void {
    this.#isArmed = true;
    const restMs = this.#isBusy ? this.#lastRoundAt + this.#windowMs - this.#clock.monotonic() : 0;
    if (restMs > 0) this.#clock.after(restMs, this.#write);
    else this.#clock.endOfTurn(this.#write);
  }

  readonly #write = (): void => {
    this.#writeSlice();
    if (this.#isWriting) {
      this.#clock.endOfTurn(this.#write);
      return;
    }
    this.#isArmed = false;
    this.#turn++;
    this.#rounds++;
    const now = this.#clock.monotonic();
    this.#lastRoundAt = now;
    if (this.#maxBatchDelayMs > 0 && now - this.#measuredAt >= MEASURE_MS) this.#measure(now);
    if (this.#queues.length > 0) this.#arm();
  };

  /** Continues the round, or begins one. */
  #writeSlice(): void {
    if (!this.#isWriting) {
      this.#round = this.#queues;
      this.#queues = [];
      this.#next = 0;
      this.#writes += this.#round.length;
    }
    const startedAt = this.#clock.monotonic();
    // mutant: write-in-slices
    while (this.#isWriting && this.#clock.monotonic() - startedAt < SLICE_MS) this.#round[this.#next++]?.endTurn();
    this.#writingMs += this.#clock.monotonic() - startedAt;
    // Not kept until the next round, because its connections may close before.
    if (!this.#isWriting) this.#round = [];
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
    const roundMs = this.#writingMs / this.#rounds;
    const wantedMs = Math.max(MIN_WINDOW_MS, roundMs * WINDOW_SHARE - idleMs / this.#rounds);
    // mutant: limit-round-and-window
    this.#windowMs = Math.min(wantedMs, Math.max(0, this.#maxBatchDelayMs - roundMs));
    this.#measuredAt = now;
    this.#measuredIdleMs += idleMs;
    this.#writingMs = 0;
    this.#rounds = 0;
    this.#writes = 0;
    this.#unbatchedWrites = 0;
  }
}
