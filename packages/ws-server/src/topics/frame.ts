import type { UpdateText } from "./update-text.js";

/** Payload sizes from which a WebSocket frame has 2 or 8 extended length bytes (RFC 6455, section 5.2). */
const LENGTH_16 = 126;
const LENGTH_64 = 65_536;
const FINAL_TEXT = 0x81;

/**
 * One WebSocket message as sent over the network. It is encoded once and shared by all connections, so it must never be
 * modified. Frames of a server are not masked, which makes them shareable.
 *
 * A frame has a buffer only while a pass writes it to its connections: updates are retained long after that, and their texts
 * need a third of the memory, of which topics share the beginning.
 */
export class Frame {
  /** Length on the network, header included. */
  readonly bytes: number;
  /** Length of the payload. */
  readonly payloadBytes: number;
  /** The topic of an update; undefined for other messages. */
  readonly topic: string | undefined;
  readonly #message: string | UpdateText;
  #wire: Buffer | undefined;

  constructor(message: string | UpdateText, topic?: string) {
    const length = typeof message === "string" ? Buffer.byteLength(message) : message.bytes;
    this.topic = topic;
    this.payloadBytes = length;
    this.bytes = headerBytesOf(length) + length;
    this.#message = message;
  }

  /** Header and payload, as written by a socket without extensions. Valid until the next microtask; a later call builds it again. */
  get wire(): Buffer {
    if (this.#wire !== undefined) return this.#wire;
    this.#wire = this.#build();
    if (built.push(this) === 1) queueMicrotask(Frame.#release);
    return this.#wire;
  }

  /** The payload without the header, for transports that build their own frames. */
  get payload(): Buffer {
    return this.wire.subarray(this.bytes - this.payloadBytes);
  }

  /** Copies header and payload. */
  write(target: Buffer, at: number): void {
    target.set(this.wire, at);
  }

  get text(): string {
    return typeof this.#message === "string" ? this.#message : this.#message.text;
  }

  /** An update without its envelope, as other nodes get it; undefined for other messages. */
  get body(): string | undefined {
    return typeof this.#message === "string" ? undefined : this.#message.body;
  }

  /** The frame of the same update for connections with compact updates; or this frame, if the update has no compact form. */
  get compact(): Frame {
    return this;
  }

  /** Memory in bytes that this frame keeps alive by itself, without what it shares with its topic. */
  get retainedBytes(): number {
    return typeof this.#message === "string" ? this.bytes : this.#message.ownBytes;
  }

  /** Drops the buffers of a pass: a microtask runs once the code that writes to all connections has returned. */
  static #release(): void {
    for (const frame of built) frame.#wire = undefined;
    built = [];
  }

  #build(): Buffer {
    const { text, bytes, payloadBytes } = this;
    // From Node's pool: a separate allocation costs more than the rest of the frame.
    const wire = Buffer.allocUnsafe(bytes);
    writeHeader(wire, payloadBytes, 0);
    wire.write(text, bytes - payloadBytes, payloadBytes === text.length ? "latin1" : "utf8");
    return wire;
  }
}

/** The frames that have buffers. */
let built: Frame[] = [];

/** Returns the length of the header of a message. @param length of its payload */
export function headerBytesOf(length: number): number {
  return length < LENGTH_16 ? 2 : length < LENGTH_64 ? 4 : 10;
}

/** Writes the header of a text message. @param length of its payload */
export function writeHeader(target: Buffer, length: number, at: number): void {
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
