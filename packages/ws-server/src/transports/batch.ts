import { type Frame, headerBytesOf, writeHeader } from "../topics/frame.js";

const LINE_FEED = 0x0a;

/** Frames that are sent as one WebSocket message, separated by line feeds. The text of a frame contains none: JSON escapes them. */
export class Batch {
  readonly frames: readonly Frame[];
  /** Length on the network, header included. */
  readonly bytes: number;
  readonly #payloadBytes: number;

  constructor(frames: readonly Frame[], payloadBytes: number) {
    this.frames = frames;
    this.#payloadBytes = payloadBytes;
    this.bytes = headerBytesOf(payloadBytes) + payloadBytes;
  }

  /** The payload without the header. */
  get payload(): Buffer {
    const [first] = this.frames as readonly [Frame];
    if (this.frames.length === 1) return first.payload;
    const wire = Buffer.allocUnsafe(this.bytes);
    this.write(wire, 0);
    return wire.subarray(this.bytes - this.#payloadBytes);
  }

  /**
   * Writes the message. A frame is copied together with its header, which saves a view of its payload for each connection. So
   * the last frame is copied first: what its header covers is then written by the frame before it, or is the message's header.
   */
  write(target: Buffer, at: number): void {
    const { frames } = this;
    let end = at + this.bytes;
    for (let index = frames.length - 1; index >= 0; index--) {
      const frame = frames[index] as Frame;
      target.set(frame.wire, end - frame.bytes);
      end -= frame.payloadBytes + 1;
      if (index > 0) target[end] = LINE_FEED;
    }
    writeHeader(target, this.#payloadBytes, at);
  }
}

/** Groups frames, in their order. @param maxBytes maximum length of a batch; a longer frame is alone */
export function batchesOf(frames: readonly Frame[], maxBytes: number): Batch[] {
  const batches: Batch[] = [];
  let start = 0;
  let length = -1;
  for (let index = 0; index < frames.length; index++) {
    const { payloadBytes } = frames[index] as Frame;
    if (index > start && length + 1 + payloadBytes > maxBytes) {
      batches.push(new Batch(frames.slice(start, index), length));
      start = index;
      length = -1;
    }
    length += 1 + payloadBytes;
  }
  batches.push(new Batch(start === 0 ? frames : frames.slice(start), length));
  return batches;
}
