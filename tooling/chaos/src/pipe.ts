import type { Socket } from "node:net";
import type { Clock } from "./clock.js";
import type { Ending } from "./fault.js";
import { reset } from "./reset.js";

/** Maximum number of queued bytes. Above it, the pipe stops reading from the sender, which sees backpressure. */
const HIGH_WATER_BYTES = 65_536;

interface Waiting {
  readonly item: Buffer | Ending;
  readonly dueAt: number;
}

/**
 * One direction of a link: passes data, FINs and resets from one socket to the other, in order.
 *
 * It writes one chunk at a time, so that a fault applies at an exact byte.
 */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #clock: Clock;
  readonly #onCut: (by: Ending) => void;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #isWriting = false;
  #cancelTimer: (() => void) | undefined;
  #delayMs = 0;
  #isHeld = false;
  #isByteByByte = false;
  #cut: { left: number; readonly by: Ending } | undefined;
  #isLossy = false;
  #isEnded = false;

  /** @param onCut called when the bytes before a cut have passed */
  constructor(from: Socket, to: Socket, clock: Clock, onCut: (by: Ending) => void) {
    this.#from = from;
    this.#to = to;
    this.#clock = clock;
    this.#onCut = onCut;
    from.on("data", (bytes) => this.#enqueue(bytes));
    from.on("end", () => this.#enqueue("FIN"));
    from.on("error", () => this.#enqueue("RST"));
  }

  /** Whether data has been dropped, so that the connection cannot be repaired. */
  get isLossy(): boolean {
    return this.#isLossy;
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  byteByByte(wanted: boolean): void {
    this.#isByteByByte = wanted;
  }

  cutAfter(bytes: number, by: Ending): void {
    this.#cut = { left: bytes, by };
    if (bytes === 0 && !this.#isWriting) this.#onCut(by);
  }

  /** Drops queued and further data. It still reads, so that the sender does not notice. */
  swallow(): void {
    this.#isLossy = true;
    this.#discard();
    this.#from.resume();
  }

  /** Sends a FIN to the reader and drops the queued data. */
  halfClose(): void {
    this.swallow();
    this.#to.end();
  }

  /** Removes all faults and passes on queued data immediately. Dropped data stays lost. */
  heal(): void {
    this.#delayMs = 0;
    this.#isByteByByte = false;
    this.#cut = undefined;
    this.#queue = this.#queue.map(({ item }) => ({ item, dueAt: 0 }));
    this.release();
  }

  /** Drops the queue and cancels the timer. */
  end(): void {
    this.#isEnded = true;
    this.#discard();
  }

  #enqueue(item: Buffer | Ending): void {
    if (this.#isLossy || this.#isEnded) return;
    this.#queue.push({ item, dueAt: this.#clock.monotonic() + this.#delayMs });
    if (typeof item !== "string") this.#queuedBytes += item.length;
    if (this.#queuedBytes > HIGH_WATER_BYTES) this.#from.pause();
    this.#pump();
  }

  /** Writes the first item if it is due, and schedules itself for the rest. */
  #pump(): void {
    const head = this.#queue[0];
    if (this.#isWriting || this.#isHeld || head === undefined) return;
    const remainingMs = head.dueAt - this.#clock.monotonic();
    this.#cancelTimer?.();
    this.#cancelTimer = remainingMs > 0 ? this.#clock.after(remainingMs, () => this.#pump()) : undefined;
    if (remainingMs > 0) return;
    this.#queue.shift();
    if (typeof head.item !== "string") this.#write(head.item);
    else {
      if (head.item === "FIN") this.#to.end();
      else reset(this.#to);
      this.#pump();
    }
  }

  #write(bytes: Buffer): void {
    const size = Math.min(bytes.length, this.#isByteByByte ? 1 : bytes.length, this.#cut?.left ?? bytes.length);
    if (size < bytes.length) this.#queue.unshift({ item: bytes.subarray(size), dueAt: 0 });
    this.#queuedBytes -= size;
    if (this.#queuedBytes <= HIGH_WATER_BYTES) this.#from.resume();
    if (this.#cut !== undefined) this.#cut.left -= size;
    this.#isWriting = true;
    this.#to.write(bytes.subarray(0, size), () => {
      this.#isWriting = false;
      if (this.#cut?.left === 0 && !this.#isLossy) this.#onCut(this.#cut.by);
      // A turn of the event loop between two bytes lets the reader receive them separately.
      else if (this.#isByteByByte) setImmediate(() => this.#pump());
      else this.#pump();
    });
  }

  #discard(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}
