/** The opcodes of RFC 6455 §5.2. */
export const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** A frame to write, valid or invalid: nothing is checked against the RFC. */
export interface FrameShape {
  readonly opcode: number;
  /** @default none */
  readonly payload?: string | Buffer;
  /** @default true */
  readonly fin?: boolean;
  /** The three reserved bits, RSV1 highest. @default 0 */
  readonly rsv?: number;
  /** Four bytes, or `false` for none. @default a fixed key */
  readonly mask?: Buffer | false;
  /** Number of extra bytes for the length: 0, 2 or 8. @default the shortest that fits */
  readonly lengthBytes?: 0 | 2 | 8;
  /** The length to write instead of the payload's length. */
  readonly length?: bigint;
}

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** Returns the bytes of a frame. */
export function encodeFrame({ opcode, payload = "", fin = true, rsv = 0, mask = MASK, ...shape }: FrameShape): Buffer {
  const data = Buffer.from(payload);
  const length = shape.length ?? BigInt(data.length);
  const lengthBytes = shape.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (!mask) return Buffer.concat([head, data]);
  return Buffer.concat([head, mask, data.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}

export function text(payload: string | Buffer, shape: Partial<FrameShape> = {}): Buffer {
  return encodeFrame({ opcode: opcodes.text, payload, ...shape });
}

export function continuation(payload: string | Buffer, shape: Partial<FrameShape> = {}): Buffer {
  return encodeFrame({ opcode: opcodes.continuation, payload, ...shape });
}

export function ping(payload: string | Buffer = "", shape: Partial<FrameShape> = {}): Buffer {
  return encodeFrame({ opcode: opcodes.ping, payload, ...shape });
}

/** Returns a close frame. Without a code it has no body. */
export function close(code?: number, reason: string | Buffer = "", shape: Partial<FrameShape> = {}): Buffer {
  return encodeFrame({ opcode: opcodes.close, payload: code === undefined ? "" : closeBody(code, reason), ...shape });
}

function closeBody(code: number, reason: string | Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

/** Returns a message as one frame for each part. */
export function fragments(parts: readonly (string | Buffer)[], between: Buffer = Buffer.alloc(0)): Buffer {
  const last = parts.length - 1;
  const frames = parts.flatMap((part, index) => [
    encodeFrame({ opcode: index === 0 ? opcodes.text : opcodes.continuation, payload: part, fin: index === last }),
    index === last ? Buffer.alloc(0) : between,
  ]);
  return Buffer.concat(frames);
}

/** A frame that a server wrote. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Splits a server's bytes into frames, and checks that a server is allowed to send them. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  /**
   * @returns the frames that these bytes complete
   * @throws Error if a frame is fragmented (the engine never fragments), masked, has reserved bits or an unknown opcode, or is a
   *   control frame over 125 bytes
   */
  push(bytes: Buffer): ServerFrame[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const frames: ServerFrame[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): ServerFrame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const opcode = (bytes[0] as number) & 0x0f;
    const short = bytes[1] as number;
    const isKnown = opcode === opcodes.text || (opcode >= opcodes.close && opcode <= opcodes.pong);
    const isControl = opcode >= opcodes.close;
    if (((bytes[0] as number) & 0xf0) !== 0x80 || !isKnown || short > (isControl ? 125 : 127)) {
      throw new Error(`The server wrote an invalid frame: ${bytes.subarray(0, 16).toString("hex")}`);
    }
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return undefined;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return undefined;
    this.#bytes = bytes.subarray(start + length);
    return { opcode, payload: bytes.subarray(start, start + length) };
  }
}
