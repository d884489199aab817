import type { Clock } from "./clock.js";
import type { Frame } from "./frame.js";
import type { Socket } from "./socket.js";
import type { Subscription } from "./subscription.js";

/** So many bytes are written without waiting for the end of the turn, to bound what one busy turn can gather. */
const WRITE_AT_BYTES = 65_536;

/** The window opens once writing takes more than this share of the time, and closes below it. */
const BUSY_SHARE = 0.5;

/**
 * When gathered frames are written: at the end of the turn of the event loop that gathered them, for all connections
 * together. The system call is what a delivery costs (two thirds of the time is in the kernel), so a turn's frames for
 * one connection leave in one write.
 *
 * At one update a turn that helps nothing. So where writing takes more than half of the time, the next write waits until
 * `maxBatchDelayMs` after the last: under load an update is a few milliseconds later, and costs a fraction. A loop with
 * time to spare never waits.
 */
export class Gathering {
  readonly #clock: Clock;
  readonly #maxBatchDelayMs: number;
  #outboxes: Outbox[] = [];
  #isArmed = false;
  #isBusy = false;
  #lastWriteAt: number;

  constructor(clock: Clock, maxBatchDelayMs: number) {
    this.#clock = clock;
    this.#maxBatchDelayMs = maxBatchDelayMs;
    this.#lastWriteAt = clock.monotonic();
  }

  /** The outbox has something to write. Call it once until it is written. */
  add(outbox: Outbox): void {
    this.#outboxes.push(outbox);
    if (this.#isArmed) return;
    this.#isArmed = true;
    const restMs = this.#isBusy ? this.#lastWriteAt + this.#maxBatchDelayMs - this.#clock.monotonic() : 0;
    if (restMs > 0) this.#clock.after(restMs, this.#write);
    else this.#clock.endOfTurn(this.#write);
  }

  readonly #write = (): void => {
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    this.#isArmed = false;
    const start = this.#clock.monotonic();
    for (const outbox of outboxes) outbox.endTurn();
    const end = this.#clock.monotonic();
    this.#isBusy = end - start > BUSY_SHARE * (end - this.#lastWriteAt);
    this.#lastWriteAt = end;
  };
}

/** What an outbox needs of its surroundings. */
export interface OutboxServices {
  readonly gathering: Gathering;
  /** Bytes that may wait for one connection; 0 = no limit. */
  readonly maxBufferedBytes: number;
}

/** What an outbox tells its connection. */
export interface OutboxListener {
  /** So much waits that the peer's requests should wait too, or that is over. */
  onFull(isFull: boolean): void;
  /** From now on updates are not appended, but read once there is room. */
  onSlow(): void;
  /** Something has left for the network, so the peer reads. */
  onProgress(): void;
}

/**
 * What waits to be written to one socket. Replies and updates share this one queue.
 *
 * A peer that has more waiting than `maxBufferedBytes` is appended no update: its subscriptions fall behind, and are read
 * on from what their topics keep as the socket drains. Replies are never dropped; instead the peer is not read until half
 * has left. A snapshot or a recovery is read the same way, into half of the room, so that by itself it makes no consumer
 * slow.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #gathering: Gathering;
  readonly #limit: number;
  readonly #listener: OutboxListener;
  #frames: Frame[] = [];
  /** Whose frame it is, by the same index; undefined for a reply. */
  #owners: (Subscription | undefined)[] = [];
  #gatheredBytes = 0;
  /** What the socket had not sent when it was asked last: it can only have become less since. */
  #unsentBytes = 0;
  /** Subscriptions that are behind. */
  readonly #behind = new Set<Subscription>();
  #isQueued = false;
  #isFull = false;
  #isSlow = false;

  constructor(socket: Socket, { gathering, maxBufferedBytes }: OutboxServices, listener: OutboxListener) {
    this.#socket = socket;
    this.#gathering = gathering;
    this.#limit = maxBufferedBytes || Number.POSITIVE_INFINITY;
    this.#listener = listener;
  }

  /** Bytes that were not sent yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedBytes + this.#gatheredBytes;
  }

  /** How many subscriptions are behind. */
  get behind(): number {
    return this.#behind.size;
  }

  /** Appends what is sent in any case. */
  append(frame: Frame): void {
    this.#gather(frame, undefined);
    if (this.#isFull || this.waitingBytes <= this.#limit) return;
    this.#isFull = true;
    this.#listener.onFull(true);
  }

  /** Appends an update. @returns false where there is no room */
  take(subscription: Subscription, frame: Frame): boolean {
    const hasRoom = this.#hasRoom(frame, this.#limit);
    if (hasRoom) this.#gather(frame, subscription);
    else if (!this.#isSlow) {
      this.#isSlow = true;
      this.#listener.onSlow();
    }
    return hasRoom;
  }

  /** Reads the subscription on, as there is room. */
  wake(subscription: Subscription): void {
    this.#behind.add(subscription);
    this.#queue();
  }

  /** Forgets the frames of a subscription that have not been written, and reads it no more. */
  discard(subscription: Subscription): void {
    this.#behind.delete(subscription);
    if (!this.#owners.includes(subscription)) return;
    const frames = this.#frames.filter((_frame, index) => this.#owners[index] !== subscription);
    this.#owners = this.#owners.filter((owner) => owner !== subscription);
    this.#frames = frames;
    this.#gatheredBytes = frames.reduce((sum, { wire }) => sum + wire.length, 0);
  }

  /** Writes what is gathered, now. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#forget();
    this.#socket.send(frames, this.#onSent);
    this.#unsentBytes = this.#socket.bufferedBytes;
  }

  /** Forgets everything: nobody is there to read it. */
  clear(): void {
    this.#behind.clear();
    this.#forget();
  }

  /** The turn is over: reads on whoever is behind, and writes. */
  endTurn(): void {
    this.#isQueued = false;
    if (this.#behind.size > 0) {
      this.#unsentBytes = this.#socket.bufferedBytes;
      this.#readOn();
    }
    this.flush();
    // What the network took at once leaves room for more, in the next turn; else `onSent` tells.
    if (this.#behind.size > 0 && this.#unsentBytes === 0) this.#queue();
  }

  #readOn(): void {
    for (const subscription of this.#behind) {
      const take = (frame: Frame) => {
        const hasRoom = this.#hasRoom(frame, this.#limit / 2);
        if (hasRoom) this.#gather(frame, subscription);
        return hasRoom;
      };
      this.#behind.delete(subscription);
      if (subscription.read(take)) continue;
      // There is no room for the others either. It goes to the end, so that each has its turn.
      this.#behind.add(subscription);
      break;
    }
    if (this.#behind.size === 0) this.#isSlow = false;
  }

  /** Something may always be sent where nothing waits, however large. */
  #hasRoom({ wire }: Frame, limit: number): boolean {
    if (this.#gatheredBytes + this.#unsentBytes + wire.length <= limit) return true;
    this.flush();
    this.#unsentBytes = this.#socket.bufferedBytes;
    return this.#unsentBytes === 0 || this.#unsentBytes + wire.length <= limit;
  }

  #gather(frame: Frame, owner: Subscription | undefined): void {
    this.#frames.push(frame);
    this.#owners.push(owner);
    this.#gatheredBytes += frame.wire.length;
    if (this.#gatheredBytes >= WRITE_AT_BYTES) this.flush();
    else this.#queue();
  }

  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#gathering.add(this);
  }

  /** Frames have left for the network. */
  readonly #onSent = (): void => {
    this.#listener.onProgress();
    if (this.#behind.size > 0) this.#queue();
    if (!this.#isFull || this.waitingBytes > this.#limit / 2) return;
    this.#isFull = false;
    this.#listener.onFull(false);
  };

  #forget(): void {
    this.#frames = [];
    this.#owners = [];
    this.#gatheredBytes = 0;
  }
}
