/** WebSocket frames of at least so many payload bytes carry their length in 2 or 8 further bytes (RFC 6455, 5.2). */
const LENGTH_16 = 126;
const LENGTH_64 = 65_536;
const FINAL_TEXT = 0x81;

/**
 * One WebSocket message as it goes over the wire, made once and shared by every connection it goes to, so never written
 * into. A server's frames are not masked, which is what makes them shareable.
 */
export class Frame {
  /** Header and payload: what a socket without extensions writes. */
  readonly wire: Buffer;
  /** How long that is. */
  readonly bytes: number;
  /** The topic whose update it is; undefined for what is none. */
  readonly topic: string | undefined;
  readonly #headerBytes: number;

  constructor(text: string, topic?: string) {
    const length = Buffer.byteLength(text);
    this.topic = topic;
    this.#headerBytes = length < LENGTH_16 ? 2 : length < LENGTH_64 ? 4 : 10;
    this.bytes = this.#headerBytes + length;
    // Not from Node's pool: a frame that a topic keeps would keep alive the 8 KiB that it shares with forty others.
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

  /** The message alone, for what makes frames of its own. */
  get payload(): Buffer {
    return this.wire.subarray(this.#headerBytes);
  }

  get text(): string {
    return this.wire.toString("utf8", this.#headerBytes);
  }
}
