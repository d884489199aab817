import { FINISHED_FOR_MS, type Keep } from "./keep.js";
import type { Snapshot } from "./shape.js";

/** An update as far as retention knows it. */
export interface RetainedUpdate {
  /** Strictly increasing within a run; on a log, exactly one more than the last. */
  readonly offset: number;
  /** An update supersedes earlier ones with the same key. Undefined on a log. */
  readonly key: unknown;
  /** Whether it is the final state of its key, such as a filled order, which is retained for a limited time. */
  readonly isFinished: boolean;
  /** Memory that it keeps, in bytes. @default 0, which is not limited */
  readonly bytes?: number;
}

/** The memory of several topics' retained updates, summed. */
export interface RetainedBytes {
  total: number;
}

/** Limits of {@link Retention} in addition to its rule. */
export interface RetentionLimits {
  /** Maximum bytes of the retained updates, of which the last one is always retained; the lowest offset is evicted first. 0 = no limit. @default 0 */
  readonly maxBytes?: number;
  /** Counts the bytes, together with those of other topics. @default not counted */
  readonly sum?: RetainedBytes;
}

/** The parts of a route that determine its retention. Every `Route` is a rule. */
export interface RetentionRule {
  /** Undefined for a log. */
  readonly key: string | undefined;
  readonly snapshot: Snapshot;
  readonly keep: Keep;
}

/** The clock that measures how long a finished update is retained. */
export interface RetentionClock {
  /** In milliseconds, from any start. */
  monotonic(): number;
}

/**
 * The retained updates of a run in order of offset: those that no later update of the same key has superseded, within the
 * route's limits. Subscriptions are cursors into it: the updates after a cursor are its snapshot, its recovery and its
 * conflation (PROTOCOL.md, Positions).
 *
 * Updates are stored in an array by offset. A removed one is replaced by its offset, and the array is compacted once half of it
 * are such numbers, so the cost of appending does not depend on the number of updates. A cursor is only a number: it finds its
 * index by binary search and keeps no update alive.
 *
 * No object is allocated for each update: garbage collections would copy it, because it would live as long as the update, and it
 * would be out of the processor's cache when the update is evicted (docs/decisions/0034).
 */
export class Retention<Update extends RetainedUpdate> {
  readonly #rule: RetentionRule;
  readonly #clock: RetentionClock;
  readonly #count: number;
  readonly #finishedForMs: number;
  readonly #maxBytes: number;
  readonly #sum: RetainedBytes;
  #bytes = 0;
  /** Removed updates are represented by their offsets. */
  #entries: (Update | number)[] = [];
  #removed = 0;
  readonly #latestOf = new Map<unknown, Update>();
  /** The times until which finished keys are retained, earliest first. */
  readonly #finished = new Map<unknown, number>();
  /** All entries before this index are removed. */
  #first = 0;
  #offset = 0;
  #floor = 0;

  constructor(rule: RetentionRule, clock: RetentionClock, { maxBytes = 0, sum = { total: 0 } }: RetentionLimits = {}) {
    this.#rule = rule;
    this.#clock = clock;
    this.#count = rule.keep.count ?? Number.POSITIVE_INFINITY;
    this.#finishedForMs = rule.keep.finishedForMs ?? FINISHED_FOR_MS;
    this.#maxBytes = maxBytes || Number.POSITIVE_INFINITY;
    this.#sum = sum;
  }

  /** Offset of the last update; 0 before the first. */
  get offset(): number {
    return this.#offset;
  }

  /** The highest evicted offset. Superseded updates do not count. A cursor below it may have missed an update. */
  get floor(): number {
    this.#dropFinished();
    return this.#floor;
  }

  /** Number of retained updates. */
  get size(): number {
    return this.#entries.length - this.#removed;
  }

  /** Memory of the retained updates, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  append(update: Update): void {
    this.#dropFinished();
    this.#offset = update.offset;
    if (this.#rule.key !== undefined) {
      const superseded = this.#latestOf.get(update.key);
      // mutant: remove-superseded
      if (superseded !== undefined) this.#markRemoved(superseded);
      this.#latestOf.set(update.key, update);
      this.#finished.delete(update.key);
      if (update.isFinished) this.#finished.set(update.key, this.#clock.monotonic() + this.#finishedForMs);
    }
    this.#entries.push(update);
    this.#countBytes(update, 1);
    if (this.size > this.#count) this.#evict(this.#oldest());
    // mutant: evict-above-max-bytes
    while (this.#bytes > this.#maxBytes && this.size > 1) this.#evict(this.#oldest());
    this.#compact();
  }

  /**
   * Continues the retention of a complete copy, whose retained updates were appended here: takes over its offset and its floor,
   * and evicts what a log's copy no longer retains.
   */
  catchUp(offset: number, floor: number): void {
    this.#offset = Math.max(this.#offset, offset);
    if (this.#rule.key === undefined) {
      while (this.size > 0 && this.#oldest().offset <= floor) this.#evict(this.#oldest());
    }
    this.#floor = Math.max(this.#floor, floor);
    this.#compact();
  }

  /** Removes all updates, when the run has ended. */
  clear(): void {
    this.#countBytes({ bytes: this.#bytes }, -1);
    this.#entries = [];
    this.#removed = 0;
    this.#first = 0;
    this.#latestOf.clear();
    this.#finished.clear();
  }

  /** Yields the retained updates after a cursor, in order of offset. */
  *unread(cursor: number): Iterable<Update> {
    this.#dropFinished();
    const entries = this.#entries;
    for (let index = firstPast(entries, cursor); index < entries.length; index++) {
      const entry = entries[index] as Update | number;
      if (typeof entry !== "number") yield entry;
    }
  }

  /** Returns the initial cursor of a new subscriber, according to the route's `snapshot`. */
  start(): number {
    this.#dropFinished();
    if (this.#rule.snapshot === "all") return 0;
    const current = this.#rule.snapshot === "current" ? this.#greatest() : undefined;
    return current === undefined ? this.#offset : /* mutant: start-before-current */ current.offset - 1;
  }

  /** Returns the update with the greatest key, because a late correction of an older bar is not the current bar. */
  #greatest(): Update | undefined {
    let greatest: Update | undefined;
    for (const update of this.#latestOf.values()) {
      if (greatest === undefined || isLess(greatest.key, update.key)) greatest = update;
    }
    return greatest;
  }

  #dropFinished(): void {
    if (this.#finished.size === 0) return;
    const now = this.#clock.monotonic();
    for (const [key, until] of this.#finished) {
      // mutant: is-retained
      if (until > now) break;
      this.#evict(this.#latestOf.get(key) as Update);
    }
    this.#compact();
  }

  #oldest(): Update {
    while (typeof this.#entries[this.#first] === "number") this.#first++;
    return this.#entries[this.#first] as Update;
  }

  #evict(update: Update): void {
    const { offset, key } = update;
    // mutant: raise-floor
    this.#floor = Math.max(this.#floor, offset);
    if (this.#rule.key !== undefined) {
      this.#latestOf.delete(key);
      this.#finished.delete(key);
    }
    this.#markRemoved(update);
  }

  #markRemoved(update: Update): void {
    this.#countBytes(update, -1);
    this.#entries[this.#indexOf(update)] = update.offset;
    this.#removed++;
  }

  /** Returns the index of a retained update. Its offset is its distance from the first entry unless offsets were skipped. */
  #indexOf(update: Update): number {
    const distance = update.offset - offsetOf(this.#entries[0] as Update | number);
    return this.#entries[distance] === update ? distance : firstPast(this.#entries, update.offset - 1);
  }

  #countBytes({ bytes = 0 }: { readonly bytes?: number }, sign: 1 | -1): void {
    this.#bytes += sign * bytes;
    this.#sum.total += sign * bytes;
  }

  #compact(): void {
    if (this.#removed <= this.#entries.length / 2) return;
    // A new array, because an iteration over the old one can be in progress.
    this.#entries = this.#entries.filter((entry) => typeof entry !== "number");
    this.#removed = 0;
    this.#first = 0;
  }
}

/** Returns the index of the first entry with a greater offset. */
function firstPast(entries: readonly (RetainedUpdate | number)[], cursor: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsetOf(entries[middle] as RetainedUpdate | number) <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

function offsetOf(entry: RetainedUpdate | number): number {
  return typeof entry === "number" ? entry : entry.offset;
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right;
  return String(left) < String(right);
}
