import { type Route, SINGLE_KEY } from "@trading/topic";
import type { Clock } from "../platform/clock.js";
import type { Frame } from "./frame.js";

/** One published update, finished: what PubSub carries and retention keeps. */
export interface Publication {
  /** Strictly increasing within a run; on a log each exactly one more than the last. */
  readonly offset: number;
  /** What it supersedes others by; undefined on a log. */
  readonly key: unknown;
  /** Its key's last state for good (a filled order): kept for a limited time. */
  readonly isFinished: boolean;
  readonly frame: Frame;
}

/** What of a route decides over its retention. */
export type RetentionRule = Pick<Route<unknown, unknown>, "key" | "keep" | "snapshot">;

/** The default of `keep.finishedForMs`: ten minutes. */
const FINISHED_FOR_MS = 600_000;

interface Entry {
  readonly publication: Publication;
  /** Superseded or evicted: passed over, until the next clean-up takes it out. */
  isGone: boolean;
}

/**
 * What a run keeps of its updates, in order of offset: those that no later one of the same key has superseded, within the
 * route's bounds. Subscriptions are cursors into it, and {@link unread} past a cursor is at once the snapshot, the
 * recovery and the conflation (PROTOCOL.md, Positions and recovery).
 *
 * Entries lie in an array by offset. One that goes is only marked, and half an array of marks is swept at once, so
 * appending costs the same however much is kept, and a cursor is no more than a number: it finds its place by bisection
 * and cannot keep anything alive.
 */
export class Retention {
  readonly #rule: RetentionRule;
  readonly #clock: Clock;
  readonly #count: number;
  readonly #finishedForMs: number;
  #entries: Entry[] = [];
  #gone = 0;
  readonly #latestOf = new Map<unknown, Entry>();
  /** Until when finished keys are kept, in the order in which their time runs out. */
  readonly #finished = new Map<unknown, number>();
  /** All entries before this index are gone. */
  #first = 0;
  #offset = 0;
  #floor = 0;

  constructor(rule: RetentionRule, clock: Clock) {
    this.#rule = rule;
    this.#clock = clock;
    this.#count = rule.keep.count ?? Number.POSITIVE_INFINITY;
    this.#finishedForMs = rule.keep.finishedForMs ?? FINISHED_FOR_MS;
  }

  /** The offset of the last update; 0 before the first. */
  get offset(): number {
    return this.#offset;
  }

  /** The highest offset that has left other than by being superseded. A cursor below it may have lost something. */
  get floor(): number {
    this.#dropFinished();
    return this.#floor;
  }

  /** How many updates are kept. */
  get size(): number {
    return this.#entries.length - this.#gone;
  }

  append(publication: Publication): void {
    this.#dropFinished();
    const entry: Entry = { publication, isGone: false };
    this.#offset = publication.offset;
    if (this.#rule.key !== undefined) {
      const superseded = this.#latestOf.get(publication.key);
      if (superseded !== undefined) this.#mark(superseded);
      this.#latestOf.set(publication.key, entry);
      this.#finished.delete(publication.key);
      if (publication.isFinished) this.#finished.set(publication.key, this.#clock.monotonic() + this.#finishedForMs);
    }
    this.#entries.push(entry);
    if (this.size > this.#count) this.#evict(this.#oldest());
    this.#sweep();
  }

  /** Every kept update past a cursor, in order of offset. */
  *unread(cursor: number): Iterable<Publication> {
    this.#dropFinished();
    const entries = this.#entries;
    for (let index = firstPast(entries, cursor); index < entries.length; index++) {
      const { isGone, publication } = entries[index] as Entry;
      if (!isGone) yield publication;
    }
  }

  /** Where a newcomer's cursor starts, by what the route grants it. */
  start(): number {
    this.#dropFinished();
    if (this.#rule.snapshot === "all") return 0;
    const current = this.#rule.snapshot === "current" ? this.#greatest() : undefined;
    return current === undefined ? this.#offset : current.offset - 1;
  }

  /** The kept update with the greatest key: a late correction of an older bar is not the current one. */
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
      if (until > now) break;
      this.#evict(this.#latestOf.get(key) as Entry);
    }
    this.#sweep();
  }

  #oldest(): Entry {
    while (this.#entries[this.#first]?.isGone) this.#first++;
    return this.#entries[this.#first] as Entry;
  }

  #evict(entry: Entry): void {
    const { key, offset } = entry.publication;
    this.#floor = Math.max(this.#floor, offset);
    if (this.#rule.key !== undefined) {
      this.#latestOf.delete(key);
      this.#finished.delete(key);
    }
    this.#mark(entry);
  }

  #mark(entry: Entry): void {
    entry.isGone = true;
    this.#gone++;
  }

  #sweep(): void {
    if (this.#gone <= this.#entries.length / 2) return;
    // A new array: whoever reads the old one at this moment goes on with it.
    this.#entries = this.#entries.filter(({ isGone }) => !isGone);
    this.#gone = 0;
    this.#first = 0;
  }
}

/** The key of an update, by its route. */
export function keyOf({ key }: RetentionRule, update: unknown): unknown {
  if (key === undefined || key === SINGLE_KEY) return key;
  return (update as Record<string, unknown>)[key];
}

/** The index of the first entry with a greater offset. */
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
