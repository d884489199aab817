/** Payload sizes from which a WebSocket frame has 2 or 8 extended length bytes (RFC 6455, section 5.2). */
const LENGTH_16 = 126;
const LENGTH_64 = 65_536;
const FINAL_TEXT = 0x81;

/**
 * One WebSocket message as sent over the network. It is encoded once and shared by all connections, so it must never be
 * modified. Frames of a server are not masked, which makes them shareable.
 */
export class Frame {
  /** Header and payload, as written by a socket without extensions. */
  readonly wire: Buffer;
  /** Length of `wire`. */
  readonly bytes: number;
  /** The topic of an update; undefined for other messages. */
  readonly topic: string | undefined;
  readonly #headerBytes: number;

  constructor(text: string, topic?: string) {
    const length = Buffer.byteLength(text);
    this.topic = topic;
    this.#headerBytes = length < LENGTH_16 ? 2 : length < LENGTH_64 ? 4 : 10;
    this.bytes = this.#headerBytes + length;
    // Not from Node's pool: a retained frame would keep alive the 8 KiB that it shares with forty other buffers.
    this.wire = Buffer.allocUnsafeSlow(this.bytes);
    this.wire[0] = FINAL_TEXT;
    if (length < LENGTH_16) this.wire[1] = length;
    else if (length < LENGTH_64) {
      this.wire[1] = 126;
      this.wire.writeUInt16BE(length, 2);
    } else {
      this.wire[1] = 127;
      this.wire.writeBigUInt64BE(BigInt(length), 2);
    }
    this.wire.write(text, this.#headerBytes, length === text.length ? "latin1" : "utf8");
  }

  /** The payload without the header, for transports that build their own frames. */
  get payload(): Buffer {
    return this.wire.subarray(this.#headerBytes);
  }

  get text(): string {
    return this.wire.toString("utf8", this.#headerBytes);
  }
}
