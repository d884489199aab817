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

interface Entry<Update> {
  readonly update: Update;
  /** Superseded or evicted: skipped, until the next compaction removes it. */
  isRemoved: boolean;
}

/**
 * The retained updates of a run in order of offset: those that no later update of the same key has superseded, within the
 * route's limits. Subscriptions are cursors into it: the updates after a cursor are its snapshot, its recovery and its
 * conflation (PROTOCOL.md, Positions).
 *
 * Entries are stored in an array by offset. A removed entry is only marked, and the array is compacted once half of it is
 * marked, so the cost of appending does not depend on the number of entries. A cursor is only a number: it finds its index
 * by binary search and keeps no entry alive.
 */
export class Retention<Update extends RetainedUpdate> {
  readonly #rule: RetentionRule;
  readonly #clock: RetentionClock;
  readonly #count: number;
  readonly #finishedForMs: number;
  #entries: Entry<Update>[] = [];
  #removed = 0;
  readonly #latestOf = new Map<unknown, Entry<Update>>();
  /** The times until which finished keys are retained, earliest first. */
  readonly #finished = new Map<unknown, number>();
  /** All entries before this index are removed. */
  #first = 0;
  #offset = 0;
  #floor = 0;

  constructor(rule: RetentionRule, clock: RetentionClock) {
    this.#rule = rule;
    this.#clock = clock;
    this.#count = rule.keep.count ?? Number.POSITIVE_INFINITY;
    this.#finishedForMs = rule.keep.finishedForMs ?? FINISHED_FOR_MS;
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

  append(update: Update): void {
    this.#dropFinished();
    const entry: Entry<Update> = { update, isRemoved: false };
    this.#offset = update.offset;
    if (this.#rule.key !== undefined) {
      const superseded = this.#latestOf.get(update.key);
      // mutant: remove-superseded
      if (superseded !== undefined) this.#markRemoved(superseded);
      this.#latestOf.set(update.key, entry);
      this.#finished.delete(update.key);
      if (update.isFinished) this.#finished.set(update.key, this.#clock.monotonic() + this.#finishedForMs);
    }
    this.#entries.push(entry);
    if (this.size > this.#count) this.#evict(this.#oldest());
    this.#compact();
  }

  /** Yields the retained updates after a cursor, in order of offset. */
  *unread(cursor: number): Iterable<Update> {
    this.#dropFinished();
    const entries = this.#entries;
    for (let index = firstPast(entries, cursor); index < entries.length; index++) {
      const { isRemoved, update } = entries[index] as Entry<Update>;
      if (!isRemoved) yield update;
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
    for (const { update } of this.#latestOf.values()) {
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
      this.#evict(this.#latestOf.get(key) as Entry<Update>);
    }
    this.#compact();
  }

  #oldest(): Entry<Update> {
    while (this.#entries[this.#first]?.isRemoved) this.#first++;
    return this.#entries[this.#first] as Entry<Update>;
  }

  #evict(entry: Entry<Update>): void {
    const { key, offset } = entry.update;
    // mutant: raise-floor
    this.#floor = Math.max(this.#floor, offset);
    if (this.#rule.key !== undefined) {
      this.#latestOf.delete(key);
      this.#finished.delete(key);
    }
    this.#markRemoved(entry);
  }

  #markRemoved(entry: Entry<Update>): void {
    entry.isRemoved = true;
    this.#removed++;
  }

  #compact(): void {
    if (this.#removed <= this.#entries.length / 2) return;
    // A new array, because an iteration over the old one can be in progress.
    this.#entries = this.#entries.filter(({ isRemoved }) => !isRemoved);
    this.#removed = 0;
    this.#first = 0;
  }
}

/** Returns the index of the first entry with a greater offset. */
function firstPast(entries: readonly Entry<RetainedUpdate>[], cursor: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry<RetainedUpdate>).update.offset <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right;
  return String(left) < String(right);
}
