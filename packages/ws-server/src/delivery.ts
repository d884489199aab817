import type { Frame, Socket } from "./socket.js";

/** The frame of one update, made once for all who get it: `{"type":"bars.update","payload":{"topic":…,"payload":…}}`. */
export function encodeUpdate(route: string, topic: string, update: unknown): Frame {
  return Buffer.from(
    `{"type":"${route}.update","payload":{"topic":${JSON.stringify(topic)},"payload":${JSON.stringify(update)}}}`,
  );
}

/** So many frames are written without waiting for the end of the turn, to bound what one busy turn can gather. */
const MAX_GATHERED = 1_000;

/**
 * What waits to be written to one socket. Replies and updates share this one queue, and all that one turn of the event
 * loop gathers leaves in one write: the system call is what a delivery costs.
 *
 * A peer is judged by what it left unread of earlier turns, not by how much one turn makes for it: that much of a burst
 * may wait beyond the limit, once. Replies are never dropped; their limit is that a peer with too much waiting is not
 * read until half of it has left.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #maxBufferedBytes: number;
  readonly #onSlow: () => void;
  #gathered: { readonly frame: Frame; readonly topic: string | undefined }[] = [];
  #gatheredBytes = 0;
  #turn: NodeJS.Immediate | undefined;
  #isPaused = false;

  /** @param onSlow updates were dropped: more than `maxBufferedBytes` of earlier turns wait still */
  constructor(socket: Socket, maxBufferedBytes: number, onSlow: () => void) {
    this.#socket = socket;
    this.#maxBufferedBytes = maxBufferedBytes || Number.POSITIVE_INFINITY;
    this.#onSlow = onSlow;
  }

  reply(text: string): void {
    this.#gather(Buffer.from(text), undefined);
    if (this.#isPaused || this.#waitingBytes <= this.#maxBufferedBytes) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  update(topic: string, frame: Frame): void {
    this.#gather(frame, topic);
  }

  /** Forgets the updates of a topic that have not been written. */
  discard(topic: string): void {
    this.#keep((entry) => entry.topic !== topic);
  }

  /** Writes what is gathered, now. */
  flush(): void {
    const frames = this.#gathered.map((entry) => entry.frame);
    this.#forget();
    if (frames.length > 0) this.#socket.send(frames, this.#onSent);
  }

  /** Forgets what is gathered: nobody is there to read it. */
  clear(): void {
    this.#forget();
    clearImmediate(this.#turn);
  }

  get #waitingBytes(): number {
    return this.#socket.bufferedBytes + this.#gatheredBytes;
  }

  #gather(frame: Frame, topic: string | undefined): void {
    this.#gathered.push({ frame, topic });
    this.#gatheredBytes += frame.length;
    this.#turn ??= setImmediate(() => this.#endTurn());
    if (this.#gathered.length >= MAX_GATHERED) this.flush();
  }

  #endTurn(): void {
    this.#turn = undefined;
    // Between the last end of a turn and this one, the event loop has written what the network took.
    const isFull = this.#socket.bufferedBytes > this.#maxBufferedBytes;
    const isSlow = isFull && this.#gathered.some(({ topic }) => topic !== undefined);
    if (isSlow) this.#keep(({ topic }) => topic === undefined);
    this.flush();
    if (isSlow) this.#onSlow();
  }

  readonly #onSent = (): void => {
    if (!this.#isPaused || this.#waitingBytes > this.#maxBufferedBytes / 2) return;
    this.#isPaused = false;
    this.#socket.resume();
  };

  #keep(wanted: (entry: { readonly topic: string | undefined }) => boolean): void {
    const kept = this.#gathered.filter(wanted);
    this.#forget();
    this.#gathered = kept;
    for (const { frame } of kept) this.#gatheredBytes += frame.length;
  }

  #forget(): void {
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }
}
