import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A topic that a terminal subscribes to. */
export interface Target {
  readonly route: string;
  readonly params: object;
}

const PING = '{"type":"ping"}';
const PONG = Buffer.from('{"type":"pong"');
const REPLY = '.subscribe.response"';
/** The bytes of a frame that can contain its type. */
const TYPE_LENGTH = 64;

const opcodes = { text: 0x1, close: 0x8 };

/**
 * Many terminals on plain sockets. They subscribe, send pings and discard what they receive, so that one process can be
 * the server and all its clients.
 */
export class Terminals {
  /** Bytes received by all terminals. */
  received = 0;
  /** Connections that the server closed because of their age. Each was opened again. */
  reconnects = 0;
  /** The reply to a subscribe request that the server refused: the terminal would wait for its updates forever. */
  refusal: string | undefined;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  /** Sockets with a ping whose pong has not arrived, including those whose connection is not established yet. */
  readonly #waiting = new Set<Socket>();
  #onSettled = () => {};
  #isClosed = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** Number of terminals that have not received the reply to their ping. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get count(): number {
    return this.#sockets.size;
  }

  open(targets: readonly Target[]): void {
    const socket = connect(this.#port, "127.0.0.1");
    this.#sockets.add(socket);
    this.#waiting.add(socket);
    socket.write(
      [
        "GET /api/v1/ws?protocol=2 HTTP/1.1",
        `Host: 127.0.0.1:${this.#port}`,
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
        "Sec-WebSocket-Version: 13",
        "\r\n",
      ].join("\r\n"),
    );
    let unread: Buffer = Buffer.alloc(0);
    let isUpgraded = false;
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
      if (!isUpgraded) {
        const end = unread.indexOf("\r\n\r\n");
        if (end === -1) return;
        isUpgraded = true;
        unread = unread.subarray(end + 4);
        targets.forEach(({ route, params }, id) => {
          socket.write(frameOf(opcodes.text, JSON.stringify({ type: `${route}.subscribe`, payload: params, id })));
        });
        socket.write(frameOf(opcodes.text, PING));
      }
      unread = this.#read(socket, unread);
    });
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (!this.#isClosed) {
        this.reconnects += 1;
        this.open(targets);
      }
      this.#settle(socket);
    });
  }

  /** Resolves once each terminal has received everything that the server sent before it read the terminal's ping. */
  async settled(): Promise<void> {
    for (const socket of this.#sockets) {
      if (this.#waiting.has(socket)) continue;
      this.#waiting.add(socket);
      socket.write(frameOf(opcodes.text, PING));
    }
    while (this.#waiting.size > 0) await new Promise<void>((resolve) => (this.#onSettled = resolve));
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reads the complete frames. Returns the bytes after them. */
  #read(socket: Socket, bytes: Buffer): Buffer {
    let at = 0;
    while (bytes.length - at >= 2) {
      const size = bytes[at + 1] as number;
      const headLength = size < 126 ? 2 : size === 126 ? 4 : 10;
      if (bytes.length - at < headLength) break;
      const length =
        size < 126 ? size : size === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      const start = at + headLength;
      if (bytes.length - start < length) break;
      const opcode = (bytes[at] as number) & 0xf;
      if (opcode === opcodes.close) socket.end(frameOf(opcodes.close, ""));
      if (bytes.compare(PONG, 0, PONG.length, start, Math.min(start + PONG.length, start + length)) === 0)
        this.#settle(socket);
      else if (bytes.toString("latin1", start, Math.min(start + TYPE_LENGTH, start + length)).includes(REPLY)) {
        const reply = bytes.toString("utf8", start, start + length);
        if (JSON.parse(reply).payload.status !== "ok") this.refusal ??= reply;
      }
      at = start + length;
    }
    return bytes.subarray(at);
  }

  #settle(socket: Socket): void {
    this.#waiting.delete(socket);
    if (this.#waiting.size === 0) this.#onSettled();
  }
}

/** Returns a masked frame, as a client has to send it (RFC 6455, 5.2). The mask of zeros leaves the payload unchanged. */
function frameOf(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload]);
}
