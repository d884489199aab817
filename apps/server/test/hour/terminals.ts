import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** What a terminal holds: the chart's symbol, and the watch list. */
export interface Held {
  readonly route: string;
  readonly params: object;
}

/**
 * Many terminals on bare sockets: they subscribe, keep their connections alive, and read whatever comes without looking at it,
 * so that a machine can serve and be many clients at once.
 */
export class Terminals {
  /** Bytes read by all of them. */
  received = 0;
  /** Connections that the server has ended, its hour over: each was made again. */
  ended = 0;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #beat: NodeJS.Timeout;
  #isClosed = false;

  /** @param beatMs how often each of them says that it is there */
  constructor(port: number, beatMs: number) {
    this.#port = port;
    const ping = frameOf('{"type":"ping"}');
    this.#beat = setInterval(() => {
      for (const socket of this.#sockets) if (!socket.connecting) socket.write(ping);
    }, beatMs);
  }

  get count(): number {
    return this.#sockets.size;
  }

  open(held: readonly Held[]): void {
    const socket = connect(this.#port, "127.0.0.1");
    this.#sockets.add(socket);
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
    socket.once("data", () => {
      held.forEach(({ route, params }, id) => {
        socket.write(frameOf(JSON.stringify({ type: `${route}.subscribe`, payload: params, id })));
      });
    });
    socket.on("data", (chunk) => {
      this.received += chunk.length;
    });
    socket.on("error", () => {});
    // The server has said goodbye: a peer that leaves the connection half open would keep it.
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.#isClosed) return;
      this.ended += 1;
      this.open(held);
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#beat);
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A masked text frame, as a client has to send it (RFC 6455, 5.2); with a mask of zeros, which changes nothing. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
