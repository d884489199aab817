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
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #maxBufferedBytes: number;
  readonly #onSlow: () => void;
  #gathered: { readonly frame: Frame; readonly topic: string | undefined }[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** @param onSlow an update would have gone past `maxBufferedBytes`; it was dropped */
  constructor(socket: Socket, maxBufferedBytes: number, onSlow: () => void) {
    this.#socket = socket;
    this.#maxBufferedBytes = maxBufferedBytes || Number.POSITIVE_INFINITY;
    this.#onSlow = onSlow;
  }

  reply(text: string): void {
    this.#gather(Buffer.from(text), undefined);
  }

  update(topic: string, frame: Frame): void {
    if (this.#socket.bufferedBytes + frame.length > this.#maxBufferedBytes) this.#onSlow();
    else this.#gather(frame, topic);
  }

  /** Forgets the updates of a topic that have not been written. */
  discard(topic: string): void {
    this.#gathered = this.#gathered.filter((entry) => entry.topic !== topic);
  }

  /** Writes what is gathered, now. */
  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const frames = this.#gathered.map((entry) => entry.frame);
    this.#gathered = [];
    if (frames.length > 0) this.#socket.send(frames);
  }

  /** Forgets what is gathered: nobody is there to read it. */
  clear(): void {
    this.#gathered = [];
    clearImmediate(this.#turn);
  }

  #gather(frame: Frame, topic: string | undefined): void {
    this.#gathered.push({ frame, topic });
    if (this.#gathered.length >= MAX_GATHERED) this.flush();
    else this.#turn ??= setImmediate(() => this.flush());
  }
}
