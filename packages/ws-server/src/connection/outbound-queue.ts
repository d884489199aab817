import type { Frame } from "../topics/frame.js";
import type { FrameSink, Subscription } from "../topics/subscription.js";
import { type Backpressure, PauseReason } from "./backpressure.js";
import type { Socket } from "./socket.js";
import type { ScheduledQueue, WriteScheduler } from "./write-scheduler.js";

/** Queued bytes that are written without waiting for the end of the turn, and the size of one write. */
const WRITE_AT_BYTES = 65_536;

/**
 * Bytes that wait in the socket above which no more are written. Frames in the socket cannot be taken back, so a close
 * frame would wait behind all of them.
 */
const MAX_SOCKET_BYTES = 65_536;

/** The services that all outbound queues share. */
export interface OutboundQueueServices {
  readonly writeScheduler: WriteScheduler;
  /** Maximum number of unsent bytes per connection; 0 = no limit. */
  readonly maxBufferedBytes: number;
  /** Cumulative counts. */
  readonly counts: { slowConsumers: number };
}

/** Memory of a queued frame in addition to its bytes. The queue may hold the last reference to it. */
const FRAME_OVERHEAD_BYTES = 200;

/** The share of `maxBufferedBytes` for the bytes themselves. Buffering them costs about 5 % more, as measured. */
const SHARE_FOR_BYTES = 15 / 16;

const NO_SUBSCRIPTIONS: ReadonlySet<Subscription> = new Set();
const NO_FRAMES: readonly Frame[] = [];

/**
 * The frames that wait to be written to one socket, replies and updates in one order.
 *
 * Above `maxBufferedBytes` no update is appended: the client's subscriptions become lagging, and continue from what their
 * topics retain as the socket drains. Replies are never dropped. Instead, the client's requests are not read until half of
 * the limit has been sent. A snapshot or a recovery is sent the same way, into half of the limit, so that it does not make
 * a client slow by itself.
 *
 * A further write during a pending one would only be buffered behind it. So frames are collected in the meantime, and
 * written 64 KiB at a time. The frames of a stalled client therefore wait here, where updates can be dropped in favor of the
 * close frame, and where a frame is shared by all clients that wait for it.
 */
export class OutboundQueue implements FrameSink, ScheduledQueue {
  readonly #socket: Socket;
  readonly #services: OutboundQueueServices;
  readonly #backpressure: Pick<Backpressure, "pause" | "resume" | "onSent">;
  readonly #limit: number;
  readonly #isCompact: boolean;
  /** Maximum length of a message with several frames; 0 = each frame is a message. */
  readonly maxBatchBytes: number;
  /**
   * Undefined without queued frames. If each idle connection had an empty array, V8 would see that such arrays survive and
   * allocate those of every turn in the old generation, where only a full garbage collection frees them: 10 % of a delivery.
   */
  #frames: Frame[] | undefined;
  #queuedBytes = 0;
  /** The socket's unsent bytes when last read. They can only have decreased since. */
  #unsentBytes = 0;
  /** Writes that the socket has not reported as sent. */
  #pendingWrites = 0;
  #lagging: Set<Subscription> | undefined;
  #isScheduled = false;
  /** The scheduler's number of the last turn in which frames were queued. */
  #turn = 0;
  #isFull = false;
  #isSlow = false;

  constructor(
    socket: Socket,
    services: OutboundQueueServices,
    backpressure: Pick<Backpressure, "pause" | "resume" | "onSent">,
    isCompact = false,
    maxBatchBytes = 0,
  ) {
    this.#socket = socket;
    this.#services = services;
    this.#backpressure = backpressure;
    this.#isCompact = isCompact;
    this.maxBatchBytes = maxBatchBytes;
    this.#limit = services.maxBufferedBytes * SHARE_FOR_BYTES || Number.POSITIVE_INFINITY;
  }

  /** Bytes that have not been sent. */
  get waitingBytes(): number {
    return this.#socket.bufferedBytes + this.#queuedBytes;
  }

  /** Number of lagging subscriptions. */
  get laggingCount(): number {
    return this.#lagging?.size ?? 0;
  }

  /** Appends a message that is sent in any case. */
  append(frame: Frame): void {
    this.#push(frame);
    if (this.#isFull || this.waitingBytes <= this.#limit) return;
    this.#isFull = true;
    this.#backpressure.pause(PauseReason.outboundQueue);
  }

  take(update: Frame): boolean {
    const frame = this.#isCompact ? update.compact : update;
    const hasRoom = this.#hasRoom(frame, this.#limit);
    if (hasRoom) this.#push(frame);
    else if (!this.#isSlow) {
      this.#isSlow = true;
      this.#services.counts.slowConsumers++;
    }
    return hasRoom;
  }

  markLagging(subscription: Subscription): void {
    this.#lagging ??= new Set();
    this.#lagging.add(subscription);
    this.#schedule();
  }

  discard(subscription: Subscription): void {
    this.#lagging?.delete(subscription);
    if (this.#frames === undefined) return;
    const kept = this.#frames.filter(({ topic }) => topic !== subscription.topic);
    this.#queuedBytes = kept.reduce((sum, { bytes }) => sum + bytes + FRAME_OVERHEAD_BYTES, 0);
    this.#frames = kept.length > 0 ? kept : undefined;
  }

  /** Writes queued frames as long as the socket has room for them. */
  flush(): void {
    if (this.#frames === undefined) return;
    // Without a pending write the socket is empty. Reading its bytes once a turn less is noticeable with many connections.
    this.#unsentBytes = this.#pendingWrites > 0 ? this.#socket.bufferedBytes : 0;
    while (this.#frames !== undefined && this.#unsentBytes < MAX_SOCKET_BYTES)
      this.#write(this.#nextPortion(this.#frames));
  }

  /**
   * Writes the queued frames before the close frame. Updates for which the socket has no room are dropped: otherwise the
   * close frame would reach a slow client too late. Replies are always written.
   */
  end(): void {
    this.flush();
    const replies = (this.#frames ?? NO_FRAMES).filter(({ topic }) => topic === undefined);
    if (replies.length > 0) this.#write(replies);
    this.clear();
  }

  /** Drops everything. Called when the socket is closing or closed. */
  clear(): void {
    this.#lagging = undefined;
    this.#frames = undefined;
    this.#queuedBytes = 0;
  }

  endTurn(): void {
    this.#isScheduled = false;
    if (this.laggingCount > 0) {
      this.#unsentBytes = this.#socket.bufferedBytes;
      this.#readLagging();
    }
    if (this.#unsentBytes === 0 || this.#pendingWrites === 0) this.flush();
    // When the network took everything, there is room for more in the next turn. Otherwise `onSent` continues.
    if (this.laggingCount > 0 && this.#unsentBytes === 0) this.#schedule();
  }

  #readLagging(): void {
    const take = (update: Frame) => {
      const frame = this.#isCompact ? update.compact : update;
      const hasRoom = this.#hasRoom(frame, this.#limit / 2);
      if (hasRoom) this.#push(frame);
      return hasRoom;
    };
    for (const subscription of this.#lagging ?? NO_SUBSCRIPTIONS) {
      this.#lagging?.delete(subscription);
      if (subscription.read(take)) continue;
      // There is no room for the other subscriptions either. This one moves to the end, so that all get their turn.
      this.#lagging?.add(subscription);
      break;
    }
    if (this.laggingCount === 0) this.#isSlow = false;
  }

  /** Returns whether a frame fits. A frame of any size fits when nothing is waiting. */
  #hasRoom({ bytes }: Frame, limit: number): boolean {
    if (this.#queuedBytes + this.#unsentBytes + bytes + FRAME_OVERHEAD_BYTES <= limit) return true;
    this.flush();
    this.#unsentBytes = this.#socket.bufferedBytes;
    const waitingBytes = this.#queuedBytes + this.#unsentBytes;
    // mutant: has-room
    return waitingBytes === 0 || waitingBytes + bytes + FRAME_OVERHEAD_BYTES <= limit;
  }

  /** Removes frames of up to 64 KiB from the queue, at least one, and returns them. */
  #nextPortion(frames: Frame[]): Frame[] {
    if (this.#queuedBytes <= WRITE_AT_BYTES) {
      this.#frames = undefined;
      this.#queuedBytes = 0;
      return frames;
    }
    let count = 0;
    let bytes = 0;
    while (bytes < WRITE_AT_BYTES) bytes += (frames[count++] as Frame).bytes + FRAME_OVERHEAD_BYTES;
    this.#queuedBytes -= bytes;
    const portion = frames.splice(0, count);
    if (frames.length === 0) this.#frames = undefined;
    return portion;
  }

  #write(frames: readonly Frame[]): void {
    this.#pendingWrites++;
    this.#socket.send(frames, this.#onSent, this.maxBatchBytes);
    this.#unsentBytes = this.#socket.bufferedBytes;
  }

  #push(frame: Frame): void {
    this.#frames ??= [];
    this.#frames.push(frame);
    this.#queuedBytes += frame.bytes + FRAME_OVERHEAD_BYTES;
    if (this.#queuedBytes >= WRITE_AT_BYTES) this.flush();
    else this.#schedule();
  }

  #schedule(): void {
    const { writeScheduler } = this.#services;
    if (this.#isScheduled && this.#turn === writeScheduler.turn) return;
    this.#turn = writeScheduler.turn;
    if (this.#isScheduled) writeScheduler.addTurn();
    else {
      this.#isScheduled = true;
      writeScheduler.add(this);
    }
  }

  readonly #onSent = (): void => {
    this.#pendingWrites--;
    this.#backpressure.onSent();
    // mutant: read-lagging-after-write
    if (this.laggingCount > 0) this.#schedule();
    else if (this.#unsentBytes > 0) {
      this.#unsentBytes = this.#socket.bufferedBytes;
      // mutant: flush-after-write
      if (this.#unsentBytes === 0) this.flush();
    }
    if (!this.#isFull || this.waitingBytes > this.#limit / 2) return;
    this.#isFull = false;
    this.#backpressure.resume(PauseReason.outboundQueue);
  };
}
