import type { Frame } from "../topics/frame.js";
import { batchesOf } from "./batch.js";

/** A frame, or a batch of frames. */
export type WireMessage = Pick<Frame, "bytes" | "payload" | "write">;

/** Returns the messages of a write: each frame, or batches of them. @param maxBatchBytes 0 = no batches */
export function messagesOf(frames: readonly Frame[], maxBatchBytes: number): readonly WireMessage[] {
  return maxBatchBytes > 0 && frames.length > 1 ? batchesOf(frames, maxBatchBytes) : frames;
}

/** Returns the length of messages on the network. */
export function lengthOf(messages: readonly WireMessage[]): number {
  let length = 0;
  for (const { bytes } of messages) length += bytes;
  return length;
}

/** Writes messages one after another. */
export function writeAll(messages: readonly WireMessage[], target: Buffer): void {
  let at = 0;
  for (const message of messages) {
    message.write(target, at);
    at += message.bytes;
  }
}

/** Enough for the frames of one turn for most connections. */
const SHORT_BYTES = 16_384;

/** Enough for a whole write of the outbound queue, unless its last frame is longer than 16 KiB. */
const LONG_BYTES = 81_920;

/**
 * The buffer in which the frames of one write are joined, for all connections whose writes complete immediately: the kernel has
 * its copy once `write` returns, so that the next connection can use the buffer.
 *
 * Connections that hold the same topics get the same frames in a turn, and often follow each other. So the frames of the last
 * write are compared first, which costs a tenth of joining them again (docs/decisions/0042).
 */
export class SharedBuffer {
  /** Separate from the long one, because a slow client keeps the buffer of its first incomplete write. */
  #short = Buffer.allocUnsafeSlow(SHORT_BYTES);
  #long = Buffer.allocUnsafeSlow(LONG_BYTES);
  /** The frames of the last write, and the batches that they were joined to. */
  #frames: readonly Frame[] = [];
  #maxBatchBytes = 0;
  #joined = this.#short;

  /** Joins frames. @returns a view of the buffer, valid until the next call; undefined if they are longer than the buffer */
  join(frames: readonly Frame[], maxBatchBytes: number): Buffer | undefined {
    // mutant: same-frames
    if (maxBatchBytes === this.#maxBatchBytes && isSame(frames, this.#frames)) return this.#joined;
    const messages = messagesOf(frames, maxBatchBytes);
    const length = lengthOf(messages);
    if (length > LONG_BYTES) return undefined;
    this.#joined = (length > SHORT_BYTES ? this.#long : this.#short).subarray(0, length);
    writeAll(messages, this.#joined);
    this.#frames = frames;
    this.#maxBatchBytes = maxBatchBytes;
    return this.#joined;
  }

  /** Leaves the buffer of the last write to a stream that still holds data in it, and allocates another one. */
  replace(): void {
    // mutant: replace-buffer
    if (this.#joined.length > SHORT_BYTES) this.#long = Buffer.allocUnsafeSlow(LONG_BYTES);
    else this.#short = Buffer.allocUnsafeSlow(SHORT_BYTES);
    this.#frames = [];
  }
}

function isSame(frames: readonly Frame[], others: readonly Frame[]): boolean {
  if (frames.length !== others.length) return false;
  for (let index = 0; index < frames.length; index++) if (frames[index] !== others[index]) return false;
  return true;
}
