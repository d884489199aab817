import { type Route, SINGLE_KEY } from "@trading/topic";
import type { Clock } from "../platform/clock.js";
import type { Frame } from "./frame.js";

/** One published and encoded update, as PubSub carries it and retention stores it. */
export interface Publication {
  /** Strictly increasing within a run; on a log, exactly one more than the last. */
  readonly offset: number;
  /** An update supersedes earlier ones with the same key. Undefined on a log. */
  readonly key: unknown;
  /** Whether it is the final state of its key, such as a filled order, which is retained for a limited time. */
  readonly isFinished: boolean;
  readonly frame: Frame;
}

/** The parts of a route that determine its retention. */
export type RetentionRule = Pick<Route<unknown, unknown>, "key" | "keep" | "snapshot">;

/** The default of `keep.finishedForMs`: ten minutes. */
const FINISHED_FOR_MS = 600_000;

interface Entry {
  readonly publication: Publication;
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
export class Retention {
  readonly #rule: RetentionRule;
  readonly #clock: Clock;
  readonly #count: number;
  readonly #finishedForMs: number;
  #entries: Entry[] = [];
  #removed = 0;
  readonly #latestOf = new Map<unknown, Entry>();
  /** The times until which finished keys are retained, earliest first. */
  readonly #finished = new Map<unknown, number>();
  /** All entries before this index are removed. */
  #first = 0;
  #offset = 0;
  #floor = 0;

  constructor(rule: RetentionRule, clock: Clock) {
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

  append(publication: Publication): void {
    this.#dropFinished();
    const entry: Entry = { publication, isRemoved: false };
    this.#offset = publication.offset;
    if (this.#rule.key !== undefined) {
      const superseded = this.#latestOf.get(publication.key);
      // mutant: remove-superseded
      if (superseded !== undefined) this.#markRemoved(superseded);
      this.#latestOf.set(publication.key, entry);
      this.#finished.delete(publication.key);
      if (publication.isFinished) this.#finished.set(publication.key, this.#clock.monotonic() + this.#finishedForMs);
    }
    this.#entries.push(entry);
    if (this.size > this.#count) this.#evict(this.#oldest());
    this.#compact();
  }

  /** Yields the retained updates after a cursor, in order of offset. */
  *unread(cursor: number): Iterable<Publication> {
    this.#dropFinished();
    const entries = this.#entries;
    for (let index = firstPast(entries, cursor); index < entries.length; index++) {
      const { isRemoved, publication } = entries[index] as Entry;
      if (!isRemoved) yield publication;
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
  #greatest(): Publication | undefined {
    let greatest: Publication | undefined;
    for (const { publication } of this.#latestOf.values()) {
      if (greatest === undefined || isLess(greatest.key, publication.key)) greatest = publication;
    }
    return greatest;
  }

  #dropFinished(): void {
    if (this.#finished.size === 0) return;
    const now = this.#clock.monotonic();
    for (const [key, until] of this.#finished) {
      // mutant: is-retained
      if (until > now) break;
      this.#evict(this.#latestOf.get(key) as Entry);
    }
    this.#compact();
  }

  #oldest(): Entry {
    while (this.#entries[this.#first]?.isRemoved) this.#first++;
    return this.#entries[this.#first] as Entry;
  }

  #evict(entry: Entry): void {
    const { key, offset } = entry.publication;
    // mutant: raise-floor
    this.#floor = Math.max(this.#floor, offset);
    if (this.#rule.key !== undefined) {
      this.#latestOf.delete(key);
      this.#finished.delete(key);
    }
    this.#markRemoved(entry);
  }

  #markRemoved(entry: Entry): void {
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

/** Returns the key of an update. */
export function keyOf({ key }: RetentionRule, update: unknown): unknown {
  if (key === undefined || key === SINGLE_KEY) return key;
  return (update as Record<string, unknown>)[key];
}

/** Returns the index of the first entry with a greater offset. */
function firstPast(entries: readonly Entry[], cursor: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry).publication.offset <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === "number" && typeof right === "number") return left < right;
  return String(left) < String(right);
}
