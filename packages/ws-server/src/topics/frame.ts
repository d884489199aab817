import { END, type UpdateText } from "./update-text.js";

/** Payload sizes from which a WebSocket frame has 2 or 8 extended length bytes (RFC 6455, section 5.2). */
const LENGTH_16 = 126;
const LENGTH_64 = 65_536;
const FINAL_TEXT = 0x81;

/**
 * One WebSocket message as sent over the network. It is encoded once and shared by all connections, so it must never be
 * modified. Frames of a server are not masked, which makes them shareable.
 *
 * An update that is published but not delivered is never written to a buffer. One with a long topic never has a
 * buffer: its parts are copied for each delivery, so that a retained update does not repeat its topic.
 */
export class Frame {
  /** Length on the network, header included. */
  readonly bytes: number;
  /** The topic of an update; undefined for other messages. */
  readonly topic: string | undefined;
  /** Whether it has no buffer, so that `wire` builds one each time and `copyTo` copies its parts. */
  readonly isLong: boolean;
  readonly #headerBytes: number;
  /** Index in the payload at which an update's body begins, once it was written; 0 for other messages. */
  #bodyAt = 0;
  /** Header and payload. Undefined as long as they are only in `#update`. */
  #wire: Buffer | undefined;
  #update: UpdateText | undefined;

  constructor(text: string | UpdateText, topic?: string) {
    const isText = typeof text === "string";
    const length = isText ? Buffer.byteLength(text) : text.bytes;
    this.topic = topic;
    this.isLong = !isText && text.isLong;
    this.#headerBytes = length < LENGTH_16 ? 2 : length < LENGTH_64 ? 4 : 10;
    this.bytes = this.#headerBytes + length;
    this.#update = isText ? undefined : text;
    this.#wire = isText ? this.#build(text, length === text.length) : undefined;
  }

  /** Header and payload, as written by a socket without extensions. */
  get wire(): Buffer {
    if (this.#wire !== undefined) return this.#wire;
    const update = this.#update as UpdateText;
    if (update.isLong) {
      const wire = Buffer.allocUnsafeSlow(this.bytes);
      this.copyTo(wire, 0);
      return wire;
    }
    this.#wire = this.#build(update.text, update.isAscii);
    this.#bodyAt = update.bodyAt;
    this.#update = undefined;
    return this.#wire;
  }

  /** The payload without the header, for transports that build their own frames. */
  get payload(): Buffer {
    return this.wire.subarray(this.#headerBytes);
  }

  get text(): string {
    return this.#update?.text ?? this.wire.toString("utf8", this.#headerBytes);
  }

  /** An update without its envelope, as other nodes get it; undefined for other messages. */
  get body(): string | undefined {
    if (this.#update !== undefined || this.#bodyAt === 0) return this.#update?.body;
    return this.wire.toString("utf8", this.#headerBytes + this.#bodyAt, this.bytes - END.length);
  }

  /** The same update for connections with compact updates; this frame if there is no such form. */
  get compact(): Frame {
    return this;
  }

  /** Memory in bytes that this frame keeps alive by itself, without what it shares with its topic. */
  get retainedBytes(): number {
    return this.#update?.isLong ? this.#update.ownBytes : this.bytes;
  }

  /** Copies `wire` into a buffer, at an index. */
  copyTo(target: Buffer, at: number): void {
    const update = this.#wire === undefined ? this.#update : undefined;
    if (update?.isLong) {
      this.#writeHeader(target, at);
      update.copyTo(target, at + this.#headerBytes);
    } else target.set(this.wire, at);
  }

  #build(text: string, isAscii: boolean): Buffer {
    // Not from Node's pool: a retained frame would keep alive the 8 KiB that it shares with forty other buffers.
    const wire = Buffer.allocUnsafeSlow(this.bytes);
    this.#writeHeader(wire, 0);
    wire.write(text, this.#headerBytes, isAscii ? "latin1" : "utf8");
    return wire;
  }

  #writeHeader(target: Buffer, at: number): void {
    const length = this.bytes - this.#headerBytes;
    target[at] = FINAL_TEXT;
    if (length < LENGTH_16) target[at + 1] = length;
    else if (length < LENGTH_64) {
      target[at + 1] = 126;
      target.writeUInt16BE(length, at + 2);
    } else {
      target[at + 1] = 127;
      target.writeBigUInt64BE(BigInt(length), at + 2);
    }
  }
}
