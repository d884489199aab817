import type { Frame } from "../topics/frame.js";
import type { FrameSink, Subscription } from "../topics/subscription.js";
import { type Backpressure, PauseReason } from "./backpressure.js";
import type { Socket } from "./socket.js";
import type { ScheduledQueue, WriteScheduler } from "./write-scheduler.js";

/** Queued bytes that are written without waiting for the end of the turn, which bounds what one busy turn can queue. */
const WRITE_AT_BYTES = 65_536;

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

/**
 * The frames that wait to be written to one socket, replies and updates in one order.
 *
 * Above `maxBufferedBytes` no update is appended: the client's subscriptions become lagging, and continue from what their
 * topics retain as the socket drains. Replies are never dropped. Instead, the client's requests are not read until half of
 * the limit has been sent. A snapshot or a recovery is sent the same way, into half of the limit, so that it does not make
 * a client slow by itself.
 *
 * A further write during a pending one would only be buffered behind it. So frames are collected in the meantime, up to
 * 64 KiB, which leaves a stalled client with a few large buffers instead of thousands of small ones.
 */
export class OutboundQueue implements FrameSink, ScheduledQueue {
  readonly #socket: Socket;
  readonly #services: OutboundQueueServices;
  readonly #backpressure: Pick<Backpressure, "pause" | "resume" | "onSent">;
  readonly #limit: number;
  #frames: Frame[] = [];
  #queuedBytes = 0;
  /** The socket's unsent bytes when last read. They can only have decreased since. */
  #unsentBytes = 0;
  /** Writes that the socket has not reported as sent. */
  #pendingWrites = 0;
  #lagging: Set<Subscription> | undefined;
  #isScheduled = false;
  #isFull = false;
  #isSlow = false;

  constructor(
    socket: Socket,
    services: OutboundQueueServices,
    backpressure: Pick<Backpressure, "pause" | "resume" | "onSent">,
  ) {
    this.#socket = socket;
    this.#services = services;
    this.#backpressure = backpressure;
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

  /** Appends a frame that is sent in any case. */
  append(frame: Frame): void {
    this.#push(frame);
    if (this.#isFull || this.waitingBytes <= this.#limit) return;
    this.#isFull = true;
    this.#backpressure.pause(PauseReason.outboundQueue);
  }

  take(frame: Frame): boolean {
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
    const kept = this.#frames.filter(({ topic }) => topic !== subscription.topic);
    this.#queuedBytes = kept.reduce((sum, { bytes }) => sum + bytes + FRAME_OVERHEAD_BYTES, 0);
    this.#frames = kept;
  }

  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#pendingWrites++;
    this.#socket.send(frames, this.#onSent);
    this.#unsentBytes = this.#socket.bufferedBytes;
  }

  /** Drops everything. Called when the socket has closed. */
  clear(): void {
    this.#lagging = undefined;
    this.#frames = [];
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
    const take = (frame: Frame) => {
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
    // mutant: has-room
    return this.#unsentBytes === 0 || this.#unsentBytes + bytes + FRAME_OVERHEAD_BYTES <= limit;
  }

  #push(frame: Frame): void {
    this.#frames.push(frame);
    this.#queuedBytes += frame.bytes + FRAME_OVERHEAD_BYTES;
    if (this.#queuedBytes >= WRITE_AT_BYTES) this.flush();
    else this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#services.writeScheduler.add(this);
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
