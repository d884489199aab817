import type { Socket } from "node:net";
import { MAX_MESSAGE_BYTES } from "./messages.js";

/**
 * A frame on a connection between a node and the hub of its machine: 4 bytes with the length of the rest, 1 byte with the
 * length of a name, the name, and the bytes of a message. The name is the receiver's on the way to the hub, and the sender's
 * from there. Without a name, the rest is a {@link Control} in JSON.
 */
export interface IpcFrame {
  /** Empty for a control frame. */
  readonly name: string;
  /** Part of the received chunk. */
  readonly body: Buffer;
}

const LENGTH_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + 1;
/** Maximum length of a node's name. */
export const MAX_NAME_BYTES = 255;
/** Maximum length of what follows the length of a frame. */
const MAX_REST_BYTES = 1 + MAX_NAME_BYTES + MAX_MESSAGE_BYTES;
/** Bodies up to this length are copied next to their header: that costs less than one more part of a write. */
const MAX_COPIED_BYTES = 4_096;

/** Splits the received bytes of a connection into frames. */
export class FrameReader {
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes that must have arrived before it is worth looking again. */
  #needed = HEADER_BYTES;

  /**
   * Reads received bytes.
   *
   * @param onFrame gets each complete frame
   * @throws Error for invalid bytes, naming what is wrong: nothing after them can be read
   */
  read(chunk: Buffer, onFrame: (frame: IpcFrame) => void): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    const buffer = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    let at = 0;
    this.#needed = HEADER_BYTES;
    while (buffer.length - at >= HEADER_BYTES) {
      const length = buffer.readUInt32BE(at);
      // mutant: limit-frame
      if (length === 0 || length > MAX_REST_BYTES) {
        throw new Error(`Invalid frame: its length is ${length}, expected 1 to ${MAX_REST_BYTES}`);
      }
      const end = at + LENGTH_BYTES + length;
      if (end > buffer.length) {
        this.#needed = end - at;
        break;
      }
      const nameEnd = at + HEADER_BYTES + (buffer[at + LENGTH_BYTES] as number);
      // mutant: name-within-frame
      if (nameEnd > end) throw new Error("Invalid frame: its name is longer than the frame");
      onFrame({ name: buffer.toString("latin1", at + HEADER_BYTES, nameEnd), body: buffer.subarray(nameEnd, end) });
      at = end;
    }
    this.#parts = at === buffer.length ? [] : [buffer.subarray(at)];
    this.#bytes = buffer.length - at;
  }
}

/** Writes frames to a socket. Those of one callback of the event loop are one write. */
export class FrameWriter {
  readonly #socket: Socket;
  #isCorked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the system has not accepted yet. */
  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(name: string, body: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    const bodyAt = HEADER_BYTES + name.length;
    const isCopied = body.length <= MAX_COPIED_BYTES;
    const frame = Buffer.allocUnsafe(isCopied ? bodyAt + body.length : bodyAt);
    frame.writeUInt32BE(1 + name.length + body.length, 0);
    frame[LENGTH_BYTES] = name.length;
    frame.write(name, HEADER_BYTES, "latin1");
    if (isCopied) frame.set(body, bodyAt);
    this.#socket.write(frame);
    if (!isCopied) this.#socket.write(body);
  }

  control(control: object): void {
    this.write("", Buffer.from(JSON.stringify(control)));
  }
}
