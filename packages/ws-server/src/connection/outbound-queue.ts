import type { Frame } from "../topics/frame.js";
import type { FrameSink, Subscription } from "../topics/subscription.js";
import type { Socket } from "./socket.js";
import type { ScheduledQueue, WriteScheduler } from "./write-scheduler.js";

/** So many bytes are written without waiting for the end of the turn, to bound what one busy turn can gather. */
const WRITE_AT_BYTES = 65_536;

/** What an queue needs of its surroundings. */
export interface OutboundQueueServices {
  readonly writeScheduler: WriteScheduler;
  /** Bytes that may wait for one connection; 0 = no limit. */
  readonly maxBufferedBytes: number;
}

/** What an queue tells its connection. */
export interface OutboundQueueListener {
  /** So much waits that the peer's requests should wait too, or that is over. */
  onFull(isFull: boolean): void;
  /** From now on updates are not appended, but read once there is room. */
  onSlow(): void;
  /** Something has left for the network, so the peer reads. */
  onProgress(): void;
}

/** What a gathered frame holds in memory beside its bytes, which it may be the last to hold. */
const FRAME_OVERHEAD_BYTES = 200;

/** The rest of what is allowed is what waiting costs around the bytes: 5 % were measured. */
const SHARE_FOR_BYTES = 15 / 16;

const NOBODY: ReadonlySet<Subscription> = new Set();

/**
 * What waits to be written to one socket. ReplyQueue and updates share this one queue.
 *
 * A peer that has more waiting than `maxBufferedBytes` is appended no update: its subscriptions fall behind, and are read
 * on from what their topics keep as the socket drains. ReplyQueue are never dropped; instead the peer is not read until half
 * has left. A snapshot or a recovery is read the same way, into half of the room, so that by itself it makes no consumer
 * slow.
 *
 * While a write is still under way the next one would only queue up behind it. So frames are gathered meanwhile, up to
 * 64 KiB, which leaves a stalled peer with a few large buffers instead of thousands of small ones.
 */
export class OutboundQueue implements FrameSink, ScheduledQueue {
  readonly #socket: Socket;
  readonly #writeScheduler: WriteScheduler;
  readonly #limit: number;
  readonly #listener: OutboundQueueListener;
  #frames: Frame[] = [];
  #gatheredBytes = 0;
  /** What the socket had not sent when it was asked last: it can only have become less since. */
  #unsentBytes = 0;
  /** Writes that the socket has not told to have left. */
  #writes = 0;
  /** Subscriptions that are behind. */
  #lagging: Set<Subscription> | undefined;
  #isQueued = false;
  #isFull = false;
  #isSlow = false;

  constructor(
    socket: Socket,
    { writeScheduler, maxBufferedBytes }: OutboundQueueServices,
    listener: OutboundQueueListener,
  ) {
    this.#socket = socket;
    this.#writeScheduler = writeScheduler;
    this.#limit = maxBufferedBytes * SHARE_FOR_BYTES || Number.POSITIVE_INFINITY;
    this.#listener = listener;
  }

  /** What was not sent yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedBytes + this.#gatheredBytes;
  }

  /** How many subscriptions are behind. */
  get laggingCount(): number {
    return this.#lagging?.size ?? 0;
  }

  /** Appends what is sent in any case. */
  append(frame: Frame): void {
    this.#gather(frame);
    if (this.#isFull || this.waitingBytes <= this.#limit) return;
    this.#isFull = true;
    this.#listener.onFull(true);
  }

  take(frame: Frame): boolean {
    const hasRoom = this.#hasRoom(frame, this.#limit);
    if (hasRoom) this.#gather(frame);
    else if (!this.#isSlow) {
      this.#isSlow = true;
      this.#listener.onSlow();
    }
    return hasRoom;
  }

  /** Reads the subscription on, as there is room. */
  markLagging(subscription: Subscription): void {
    this.#lagging ??= new Set();
    this.#lagging.add(subscription);
    this.#queue();
  }

  /** Forgets the frames of a subscription that have not been written, and reads it no more. */
  discard(subscription: Subscription): void {
    this.#lagging?.delete(subscription);
    const kept = this.#frames.filter(({ topic }) => topic !== subscription.topic);
    this.#gatheredBytes = kept.reduce((sum, { bytes }) => sum + bytes + FRAME_OVERHEAD_BYTES, 0);
    this.#frames = kept;
  }

  /** Writes what is gathered, now. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#gatheredBytes = 0;
    this.#writes++;
    this.#socket.send(frames, this.#onSent);
    this.#unsentBytes = this.#socket.bufferedBytes;
  }

  /** Forgets everything: nobody is there to read it. */
  clear(): void {
    this.#lagging = undefined;
    this.#frames = [];
    this.#gatheredBytes = 0;
  }

  /** The turn is over: reads on whoever is behind, and writes. */
  endTurn(): void {
    this.#isQueued = false;
    if (this.laggingCount > 0) {
      this.#unsentBytes = this.#socket.bufferedBytes;
      this.#readOn();
    }
    if (this.#unsentBytes === 0 || this.#writes === 0) this.flush();
    // What the network took at once leaves room for more, in the next turn; else `onSent` tells.
    if (this.laggingCount > 0 && this.#unsentBytes === 0) this.#queue();
  }

  #readOn(): void {
    const take = (frame: Frame) => {
      const hasRoom = this.#hasRoom(frame, this.#limit / 2);
      if (hasRoom) this.#gather(frame);
      return hasRoom;
    };
    for (const subscription of this.#lagging ?? NOBODY) {
      this.#lagging?.delete(subscription);
      if (subscription.read(take)) continue;
      // There is no room for the others either. It goes to the end, so that each has its turn.
      this.#lagging?.add(subscription);
      break;
    }
    if (this.laggingCount === 0) this.#isSlow = false;
  }

  /** Something may always be sent where nothing waits, however large. */
  #hasRoom({ bytes }: Frame, limit: number): boolean {
    if (this.#gatheredBytes + this.#unsentBytes + bytes + FRAME_OVERHEAD_BYTES <= limit) return true;
    this.flush();
    this.#unsentBytes = this.#socket.bufferedBytes;
    return this.#unsentBytes === 0 || this.#unsentBytes + bytes + FRAME_OVERHEAD_BYTES <= limit;
  }

  #gather(frame: Frame): void {
    this.#frames.push(frame);
    this.#gatheredBytes += frame.bytes + FRAME_OVERHEAD_BYTES;
    if (this.#gatheredBytes >= WRITE_AT_BYTES) this.flush();
    else this.#queue();
  }

  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#writeScheduler.add(this);
  }

  /** Frames have left for the network. */
  readonly #onSent = (): void => {
    this.#writes--;
    this.#listener.onProgress();
    if (this.laggingCount > 0) this.#queue();
    else if (this.#unsentBytes > 0) {
      this.#unsentBytes = this.#socket.bufferedBytes;
      if (this.#unsentBytes === 0) this.flush();
    }
    if (!this.#isFull || this.waitingBytes > this.#limit / 2) return;
    this.#isFull = false;
    this.#listener.onFull(false);
  };
}
