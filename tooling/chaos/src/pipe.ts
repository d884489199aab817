import type { Socket } from "node:net";
import type { Clock } from "./clock.js";
import type { Ending } from "./fault.js";
import { reset } from "./reset.js";

/** What may wait in a pipe. Past it the sender is not read, as it is with a full network. */
const ROOM_BYTES = 65_536;

interface Waiting {
  readonly what: Buffer | Ending;
  readonly dueAt: number;
}

/**
 * One direction of a link: what arrives of one socket, bytes and the end of them, goes to the other in that order.
 *
 * One piece is written at a time, so that what a fault does to the rest is exact to the byte.
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
  #isOver = false;

  /** @param onCut the bytes of a cut have passed */
  constructor(from: Socket, to: Socket, clock: Clock, onCut: (by: Ending) => void) {
    this.#from = from;
    this.#to = to;
    this.#clock = clock;
    this.#onCut = onCut;
    from.on("data", (bytes) => this.#take(bytes));
    from.on("end", () => this.#take("FIN"));
    from.on("error", () => this.#take("RST"));
  }

  /** Something has been lost in it: its two ends can never agree again. */
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

  /** Nothing passes any more, of what waits neither; it is still read, so that its sender notices nothing. */
  swallow(): void {
    this.#isLossy = true;
    this.#discard();
    this.#from.resume();
  }

  /** The reader sees an end, before anything that waits. */
  halfClose(): void {
    this.swallow();
    this.#to.end();
  }

  /** Passes on whatever waits, and from now on all at once. What was lost stays lost. */
  heal(): void {
    this.#delayMs = 0;
    this.#isByteByByte = false;
    this.#cut = undefined;
    this.#queue = this.#queue.map(({ what }) => ({ what, dueAt: 0 }));
    this.release();
  }

  /** Leaves no timer behind. */
  end(): void {
    this.#isOver = true;
    this.#discard();
  }

  #take(what: Buffer | Ending): void {
    if (this.#isLossy || this.#isOver) return;
    this.#queue.push({ what, dueAt: this.#clock.monotonic() + this.#delayMs });
    if (typeof what !== "string") this.#queuedBytes += what.length;
    if (this.#queuedBytes > ROOM_BYTES) this.#from.pause();
    this.#pump();
  }

  /** Writes what is due; comes back by itself for the rest. */
  #pump(): void {
    const head = this.#queue[0];
    if (this.#isWriting || this.#isHeld || head === undefined) return;
    const early = head.dueAt - this.#clock.monotonic();
    this.#cancelTimer?.();
    this.#cancelTimer = early > 0 ? this.#clock.after(early, () => this.#pump()) : undefined;
    if (early > 0) return;
    this.#queue.shift();
    if (typeof head.what !== "string") this.#write(head.what);
    else {
      if (head.what === "FIN") this.#to.end();
      else reset(this.#to);
      this.#pump();
    }
  }

  #write(bytes: Buffer): void {
    const size = Math.min(bytes.length, this.#isByteByByte ? 1 : bytes.length, this.#cut?.left ?? bytes.length);
    if (size < bytes.length) this.#queue.unshift({ what: bytes.subarray(size), dueAt: 0 });
    this.#queuedBytes -= size;
    if (this.#queuedBytes <= ROOM_BYTES) this.#from.resume();
    if (this.#cut !== undefined) this.#cut.left -= size;
    this.#isWriting = true;
    this.#to.write(bytes.subarray(0, size), () => {
      this.#isWriting = false;
      if (this.#cut?.left === 0 && !this.#isLossy) this.#onCut(this.#cut.by);
      // A turn of the event loop between two bytes, so that the reader has a chance to see them apart.
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
