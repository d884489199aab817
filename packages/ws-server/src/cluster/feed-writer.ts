import type { Position } from "@trading/topic";
import type { SourceError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Membership } from "../topics/pub-sub/pub-sub.js";
import type { Publication } from "../topics/publication.js";
import { SharedText } from "../topics/update-text.js";
import type { Bus } from "./bus.js";
import type { NodeCounts } from "./counts.js";
import { encodeNodeMessage, type FeedItem, type Refusal } from "./messages.js";

/** A run that other nodes wait for. */
export interface AwaitedRun {
  /** A follower has left, or is no longer known. */
  onUnfollowed(writer: FeedWriter, id: number): void;
}

/** A run that other nodes follow. */
export interface FollowedRun extends AwaitedRun {
  readonly epoch: string;
  readonly isLog: boolean;
  readonly history: Membership["history"];
}

/** The services that a feed uses. */
export interface FeedWriterServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counts: NodeCounts;
}

/** A follower's cursor into a run. */
interface Reader {
  readonly run: FollowedRun;
  /** All updates up to this offset have been sent, or precede the request. */
  cursor: number;
  /** Whether the retained updates are being sent, whose end is reported. */
  isCatchingUp: boolean;
  /** Whether the follower relies on getting each update: not while it gets the retained ones for the first time. */
  isPromised: boolean;
}

/** Bytes of updates in one message. The rest follows in the next one. */
const MAX_UPDATE_BYTES = 1_048_576;

/**
 * An owner's end of a feed: what this node sends to one follower. For the owner a follower is one more subscriber: a cursor
 * into the retained updates of each topic. All updates of a turn are one message. While the bus has no room the cursors wait,
 * and what is superseded meanwhile is never sent.
 */
export class FeedWriter {
  readonly follower: string;
  readonly feed: string;
  readonly #services: FeedWriterServices;
  readonly #readers = new Map<number, Reader>();
  /** The runs whose source has not started yet, by the follower's id of the topic. */
  readonly #waiting = new Map<number, AwaitedRun>();
  /** The topics with unread updates. */
  #unread = new Set<number>();
  #items: FeedItem[] = [];
  /** Bytes of the updates among them. */
  #queuedBytes = 0;
  #seq = 0;
  #echo = 0;
  #heardAt: number;
  #isBlocked = false;
  #cancelFlush: (() => void) | undefined;

  constructor(follower: string, feed: string, services: FeedWriterServices) {
    this.follower = follower;
    this.feed = feed;
    this.#services = services;
    this.#heardAt = services.clock.monotonic();
  }

  /** Milliseconds since the follower's last message. */
  get silentMs(): number {
    return this.#services.clock.monotonic() - this.#heardAt;
  }

  get topics(): number {
    return this.#readers.size;
  }

  has(id: number): boolean {
    return this.#readers.has(id) || this.#waiting.has(id);
  }

  /** The follower has sent a message. */
  onHeard(): void {
    this.#heardAt = this.#services.clock.monotonic();
  }

  /** Replies to a sign of life, also if there is nothing else to send. */
  echo(beat: number): void {
    this.#echo = beat;
    this.flush(true);
  }

  /** Makes a follower wait for the start of a source. */
  wait(id: number, run: AwaitedRun): void {
    this.#waiting.set(id, run);
  }

  /** Accepts a topic: sends what is retained after the follower's position, if it is one of this run, or everything. */
  accept(id: number, run: FollowedRun, position: Position | undefined): void {
    const { history, epoch } = run;
    const recovered =
      position !== undefined &&
      position.epoch === epoch &&
      /* mutant: follower-above-floor */ history.floor <= position.offset &&
      position.offset <= history.offset;
    this.#waiting.delete(id);
    this.#items.push({ type: "accepted", id, epoch, recovered });
    const cursor = recovered ? position.offset : 0;
    this.#readers.set(id, { run, cursor, isCatchingUp: true, isPromised: recovered });
    this.#unread.add(id);
    this.#flushLater();
  }

  refuse(id: number, reason: Refusal): void {
    this.#waiting.delete(id);
    this.#items.push({ type: "refused", id, reason });
    this.#flushLater();
  }

  /** The run has ended: sends its last updates, and the reason. */
  end(id: number, { code, message, retryable }: Pick<SourceError, "code" | "message" | "retryable">): void {
    const reader = this.#readers.get(id);
    // What is not read yet by the time of the reason is lost with the run.
    if (reader !== undefined && !this.#isBlocked) this.#read(id, reader, Number.POSITIVE_INFINITY);
    this.#readers.delete(id);
    this.#waiting.delete(id);
    this.#items.push({ type: "ended", id, code, message, retryable });
    this.#flushLater();
  }

  /** The run has published. Without room, the update is read later from what the run retains. */
  publish(id: number, publication: Publication): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return;
    const hasRoom = !this.#isBlocked && this.#queuedBytes < MAX_UPDATE_BYTES;
    if (hasRoom && /* mutant: keep-order */ !this.#unread.has(id)) this.#queue(id, reader, publication);
    else this.#unread.add(id);
    this.#flushLater();
  }

  /** The follower has left a topic. */
  drop(id: number): void {
    const run = this.#readers.get(id)?.run ?? this.#waiting.get(id);
    this.#readers.delete(id);
    this.#waiting.delete(id);
    run?.onUnfollowed(this, id);
  }

  onDrain(): void {
    this.#isBlocked = false;
    this.flush();
  }

  /** The follower has opened another feed, or is no longer known. */
  close(): void {
    this.#cancelFlush?.();
    for (const id of [...this.#readers.keys(), ...this.#waiting.keys()]) this.drop(id);
  }

  /** Sends what there is to send. @param isReply whether to send a message without content too */
  flush(isReply = false): void {
    const { bus, counts } = this.#services;
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    if (this.#isBlocked || !bus.isUp) return;
    const unread = this.#unread;
    this.#unread = new Set();
    for (const id of unread) {
      const reader = this.#readers.get(id);
      if (reader !== undefined && !this.#read(id, reader, MAX_UPDATE_BYTES)) this.#unread.add(id);
    }
    const items = this.#items;
    if (items.length === 0 && !isReply) return;
    this.#items = [];
    this.#queuedBytes = 0;
    const message = { type: "data", feed: this.feed, seq: ++this.#seq, echo: this.#echo, items } as const;
    const bytes = encodeNodeMessage(message);
    counts.relayedBytes += bytes.length;
    this.#isBlocked = !bus.send(this.follower, bytes);
    if (this.#unread.size > 0) this.#flushLater();
  }

  /** Adds a topic's unread updates, while the message has less than `maxBytes`. @returns whether all were added */
  #read(id: number, reader: Reader, maxBytes: number): boolean {
    const { run } = reader;
    const { history, isLog } = run;
    if (isLog && /* mutant: is-promised */ reader.isPromised && history.floor > reader.cursor) {
      // mutant: end-lossy-feed
      this.#items.push({ type: "ended", id, code: "updates_lost", message: UPDATES_LOST, retryable: true });
      this.drop(id);
      return true;
    }
    for (const publication of history.unread(reader.cursor)) {
      if (this.#queuedBytes >= maxBytes) return false;
      this.#queue(id, reader, publication);
    }
    reader.cursor = history.offset;
    if (reader.isCatchingUp) {
      reader.isCatchingUp = false;
      reader.isPromised = true;
      this.#items.push({ type: "current", id, offset: history.offset, floor: history.floor });
    }
    return true;
  }

  #queue(id: number, reader: Reader, { offset, key, isFinished, frame }: Publication): void {
    const body = new SharedText(frame.body ?? "null");
    this.#items.push({ type: "update", id, offset, key, isFinished, body });
    this.#queuedBytes += body.bytes;
    reader.cursor = offset;
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#services.clock.endOfTurn(() => {
      this.#cancelFlush = undefined;
      this.flush();
    });
  }
}

const UPDATES_LOST =
  "Updates between two servers were lost, because they were published faster than they could be sent";
