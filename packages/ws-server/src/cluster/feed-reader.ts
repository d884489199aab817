import type { Position } from "@trading/topic";
import { SourceError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Random } from "../platform/random.js";
import type { Bus } from "./bus.js";
import type { NodeCounts } from "./counts.js";
import {
  type ClaimName,
  encodeNodeMessage,
  type FeedItem,
  type NodeMessage,
  type Refusal,
  type WantedTopic,
} from "./messages.js";
import type { ClusterTimings } from "./timings.js";

/** A run that follows another node's. */
export interface FollowingRun {
  readonly topic: string;
  /** See `TopicDescriptor.schema`. */
  readonly schema: string | undefined;
  /** The claim that the node is asked to replace. */
  readonly instead: ClaimName | undefined;
  /** Whether it waits for the owner's reply, or for its retained updates. */
  readonly isWaiting: boolean;
  /** The position up to which it has all updates; undefined while it is waiting. */
  readonly position: Position | undefined;
  onAccepted(epoch: string, recovered: boolean): void;
  onUpdate(update: FeedItem & { readonly type: "update" }): void;
  onCurrent(offset: number, floor: number): void;
  onRefused(reason: Refusal): void;
  /** The owner has ended the run. */
  onOwnerEnded(reason: SourceError): void;
  /** The owner has given no sign of life for too long. */
  onStale(): void;
  /** The owner has not replied for a moment: it may be dead. */
  onSilent(): void;
}

/** The services that a feed uses. */
export interface FeedReaderServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly timings: ClusterTimings;
  readonly counts: NodeCounts;
}

/** Age of the last sign of life, in intervals, above which the owner may be dead: a prompt reply is at most one tick older. */
const OVERDUE_BEATS = 1.25;

/** Length of the topics in one message, in characters. */
const MAX_TOPICS_LENGTH = 262_144;

/**
 * A follower's end of a feed: what this node reads from one owner. It accepts only messages of the feed that it has opened
 * itself, in order. After a missing one, and on a new connection, it opens a new feed with the positions of all its runs.
 *
 * Freshness is measured by this node's clock alone: it is the time at which it has sent the last sign of life that the owner
 * has echoed. So it also ages when a connection is open and delivers nothing.
 */
export class FeedReader {
  readonly owner: string;
  readonly #services: FeedReaderServices;
  readonly #runs = new Map<number, FollowingRun>();
  readonly #idOf = new Map<FollowingRun, number>();
  /** When each waiting run was last requested. */
  readonly #requestedAt = new Map<FollowingRun, number>();
  readonly #waitingSince = new Map<FollowingRun, number>();
  /** Runs to request at the end of the turn. */
  #unrequested = new Set<FollowingRun>();
  /** The topics that were dropped, until the owner has echoed a sign of life that says so: a message can be lost. */
  readonly #dropped = new Set<number>();
  #lastId = 0;
  /** Empty before the first `sync`. */
  #feed = "";
  #seq = 0;
  /** Whether the owner has replied to the `sync`. */
  #isOpen = false;
  #syncedAt = 0;
  /** Time to wait for the reply to the `sync`. It doubles, so that a feed opens on a slow bus too. */
  #patienceMs: number;
  #beat = 0;
  #beatAt = 0;
  /** The signs of life that are not echoed yet, with their times. */
  #beats: { readonly beat: number; readonly at: number; readonly dropped: readonly number[] }[] = [];
  #freshAt: number;

  constructor(owner: string, services: FeedReaderServices) {
    this.owner = owner;
    this.#services = services;
    this.#freshAt = services.clock.monotonic();
    this.#patienceMs = services.timings.retryMs;
  }

  /** Whether no run uses it any more. */
  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** Milliseconds since the last sign of life of the owner that is proven. */
  get ageMs(): number {
    return this.#services.clock.monotonic() - this.#freshAt;
  }

  /** Requests a topic. All requests of one turn are one message. */
  add(run: FollowingRun): void {
    const id = ++this.#lastId;
    const now = this.#services.clock.monotonic();
    this.#runs.set(id, run);
    this.#idOf.set(run, id);
    this.#requestedAt.set(run, now);
    this.#waitingSince.set(run, now);
    this.#request(run);
  }

  /** Removes a run, and notifies the owner unless it knows. */
  remove(run: FollowingRun, isKnown = false): void {
    const id = this.#idOf.get(run);
    if (id === undefined) return;
    this.#runs.delete(id);
    this.#idOf.delete(run);
    this.#requestedAt.delete(run);
    this.#waitingSince.delete(run);
    this.#unrequested.delete(run);
    if (!isKnown) this.#drop(id);
  }

  /** The connection is open again: messages may have been lost. */
  onUp(): void {
    // mutant: resync-after-reconnect
    if (this.#feed !== "") this.#sync();
  }

  onData({ feed, seq, echo, items }: NodeMessage & { readonly type: "data" }): void {
    // mutant: is-own-feed
    if (feed !== this.#feed) return;
    // mutant: resync-after-hole
    if (seq !== this.#seq + 1) return void this.#sync();
    this.#seq = seq;
    this.#isOpen = true;
    this.#patienceMs = this.#services.timings.retryMs;
    this.#echoed(echo);
    for (const item of items) {
      const run = this.#runs.get(item.id);
      if (run !== undefined) this.#onItem(run, item);
    }
  }

  /** Sends signs of life, repeats requests, and notices that the owner is silent. */
  tick(): void {
    const { clock, timings } = this.#services;
    const now = clock.monotonic();
    if (this.#isOpen && now - this.#beatAt >= timings.aliveMs) this.#sendAlive(now);
    // mutant: is-stale
    if (this.ageMs > timings.staleMs) {
      for (const run of [...this.#runs.values()]) if (!run.isWaiting) run.onStale();
    }
    const isOverdue = this.ageMs > OVERDUE_BEATS * timings.aliveMs;
    for (const run of [...this.#runs.values()]) {
      if (run.isWaiting) this.#nudge(run, now);
      // A dead owner is noticed long before its topics are stale.
      else if (/* mutant: look-at-silent-owner */ isOverdue) run.onSilent();
    }
    if (this.isEmpty || this.#feed === "") return;
    const isUnanswered = !this.#isOpen && now - this.#syncedAt > this.#patienceMs;
    if (isUnanswered) this.#patienceMs = Math.min(2 * this.#patienceMs, timings.staleMs);
    const isSilent = this.#isOpen && this.ageMs > 2 * timings.aliveMs && now - this.#syncedAt > 2 * timings.aliveMs;
    if (isUnanswered || isSilent) this.#sync();
  }

  #nudge(run: FollowingRun, now: number): void {
    const { retryMs } = this.#services.timings;
    if (this.#isOpen && now - (this.#requestedAt.get(run) ?? now) > retryMs) {
      this.#requestedAt.set(run, now);
      this.#request(run);
    }
    if (now - (this.#waitingSince.get(run) ?? now) > retryMs) run.onSilent();
  }

  #onItem(run: FollowingRun, item: FeedItem): void {
    switch (item.type) {
      case "accepted":
        return void run.onAccepted(item.epoch, item.recovered);
      case "update":
        return void run.onUpdate(item);
      case "current":
        return void run.onCurrent(item.offset, item.floor);
      case "refused":
        this.remove(run, true);
        return void run.onRefused(item.reason);
      case "ended": {
        this.remove(run, true);
        const { code, message, retryable } = item;
        return void run.onOwnerEnded(new SourceError(code, message, { retryable }));
      }
    }
  }

  #echoed(echo: number): void {
    while (this.#beats[0] !== undefined && this.#beats[0].beat <= echo) {
      // mutant: fresh-since-beat
      this.#freshAt = this.#beats[0].at;
      for (const id of this.#beats[0].dropped) this.#dropped.delete(id);
      this.#beats.shift();
    }
  }

  #sendAlive(now: number): void {
    this.#beatAt = now;
    const beat = ++this.#beat;
    const dropped = [...this.#dropped];
    this.#beats.push({ beat, at: now, dropped });
    this.#send({ type: "alive", feed: this.#feed, beat, dropped });
  }

  #drop(id: number): void {
    // Nothing was requested yet.
    if (this.#feed === "") return;
    this.#dropped.add(id);
    this.#send({ type: "drop", feed: this.#feed, ids: [id] });
  }

  #request(run: FollowingRun): void {
    this.#unrequested.add(run);
    if (this.#unrequested.size > 1) return;
    this.#services.clock.endOfTurn(() => {
      const runs = [...this.#unrequested].filter((requested) => requested.isWaiting);
      this.#unrequested = new Set();
      if (runs.length === 0 || this.isEmpty) return;
      if (this.#feed === "") this.#sync();
      else for (const topics of this.#wanted(runs)) this.#send({ type: "want", feed: this.#feed, topics });
    });
  }

  /** Opens a new feed with all runs. */
  #sync(): void {
    const { clock, random, counts } = this.#services;
    const now = clock.monotonic();
    if (this.#feed !== "") counts.resyncs++;
    this.#feed = random.id();
    this.#seq = 0;
    this.#isOpen = false;
    this.#syncedAt = now;
    this.#beatAt = now;
    // The reply to this message echoes 0.
    this.#beat = 0;
    this.#beats = [{ beat: 0, at: now, dropped: [] }];
    this.#dropped.clear();
    for (const run of this.#runs.values()) this.#requestedAt.set(run, now);
    const [first = [], ...rest] = this.#wanted(this.#runs.values());
    this.#send({ type: "sync", feed: this.#feed, topics: first });
    for (const topics of rest) this.#send({ type: "want", feed: this.#feed, topics });
  }

  /** Returns the topics of runs, in messages of limited length. */
  *#wanted(runs: Iterable<FollowingRun>): Iterable<readonly WantedTopic[]> {
    let topics: WantedTopic[] = [];
    let length = 0;
    for (const run of runs) {
      const { topic, position, instead, schema } = run;
      if (length > 0 && length + topic.length > MAX_TOPICS_LENGTH) {
        yield topics;
        topics = [];
        length = 0;
      }
      const id = this.#idOf.get(run) as number;
      topics.push({ id, topic, ...(position && { position }), ...(instead && { instead }), ...(schema && { schema }) });
      length += topic.length;
    }
    yield topics;
  }

  #send(message: NodeMessage): void {
    this.#services.bus.send(this.owner, encodeNodeMessage(message));
  }
}
