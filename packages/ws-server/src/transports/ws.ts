import type { IncomingMessage } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { Frame } from "../topics/frame.js";
import { lengthOf, messagesOf, SharedBuffer, type WireMessage, writeAll } from "./shared-buffer.js";

/** Upgrades a request to a WebSocket, and connects the socket to the handlers that `accept` returns. */
export type Upgrade = (
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
  accept: (socket: Socket) => SocketHandlers,
) => void;

/** Options of the transport. */
export interface TransportOptions {
  /** Maximum size of a message in bytes, after decompression; a larger one closes the connection with 1009. */
  readonly maxFrameBytes: number;
  /** Whether to compress messages for clients that offer it. */
  readonly perMessageDeflate: boolean;
  /** The subprotocols to select if a client offers them, the preferred one first. No other is selected, because a token would be echoed. */
  readonly subprotocols: readonly string[];
}

/** Maximum number of fragments per message, because each costs memory. */
const MAX_FRAGMENTS = 1_024;

/** Creates the transport on the `ws` package. Only this file imports it. */
export function webSocketTransport(options: TransportOptions): Upgrade {
  const { subprotocols } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Without context takeover, an idle compressed connection needs no memory for compression.
    perMessageDeflate: options.perMessageDeflate && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 1_024,
    },
    // Above it, ws itself closes with 1009 and an empty reason, before any event. There is no option for the reason.
    maxPayload: options.maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  });
  return (request, stream, head, accept) =>
    server.handleUpgrade(request, stream, head, (webSocket) =>
      listen(webSocket, accept(new WsSocket(webSocket, stream))),
    );
}

/** Passes the events of a WebSocket to its handlers. A function, so that these closures do not keep the request alive. */
function listen(webSocket: WebSocket, handlers: SocketHandlers): void {
  webSocket.on("message", (data: Buffer, isBinary) => {
    // The connection is closing, so a message that has already been read needs no reply.
    if (webSocket.readyState !== WebSocket.OPEN) return;
    if (isBinary) handlers.onBinary();
    else handlers.onText(data.toString("utf8"));
  });
  webSocket.on("ping", () => handlers.onPing?.());
  webSocket.on("pong", () => handlers.onPong());
  // ws has already closed with the close code for the error.
  webSocket.on("error", () => handlers.onBroken());
  webSocket.on("close", (code) => handlers.onClose(code));
}

class WsSocket implements Socket {
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  readonly #isPlain: boolean;
  /** Whether every write so far has been passed to the kernel immediately. */
  #writesImmediately = true;

  constructor(webSocket: WebSocket, stream: Duplex) {
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#isPlain = webSocket.extensions === "";
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  get receivedBytes(): number {
    return "bytesRead" in this.#stream ? (this.#stream as NetSocket).bytesRead : 0;
  }

  send(frames: readonly Frame[], onSent: () => void, maxBatchBytes: number): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    // Frames can bypass ws as long as it buffers nothing itself, which it does only with extensions.
    const unsent = this.#stream.writableLength;
    if (!this.#isPlain || this.#webSocket.bufferedAmount !== unsent) {
      sendEach(this.#webSocket, this.#stream, messagesOf(frames, maxBatchBytes), onSent);
    } else if (frames.length === 1) this.#stream.write((frames[0] as Frame).wire, onSent);
    else if (!this.#writesImmediately || unsent > 0 || !this.#writeShared(frames, maxBatchBytes, onSent)) {
      this.#writeOwn(messagesOf(frames, maxBatchBytes), unsent, onSent);
    }
  }

  /**
   * Writes frames as one buffer: copying a turn's frames costs less than passing them to the kernel separately, whether
   * as several writes or as a vector (tooling/bench/README.md).
   *
   * If the stream still holds data then, it keeps the buffer, and this connection (TLS, or a slow client) uses separate ones
   * from then on.
   *
   * @returns false if the frames are too long
   */
  #writeShared(frames: readonly Frame[], maxBatchBytes: number, onSent: () => void): boolean {
    const joined = shared.join(frames, maxBatchBytes);
    if (joined === undefined) return false;
    this.#stream.write(joined, onSent);
    if (this.#stream.writableLength > 0) {
      this.#writesImmediately = false;
      shared.replace();
    }
    return true;
  }

  #writeOwn(messages: readonly WireMessage[], unsent: number, onSent: () => void): void {
    const length = lengthOf(messages);
    // A buffer that has to wait is not from Node's pool, because it would keep the whole pool alive.
    const own = unsent > 0 ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
    writeAll(messages, own);
    this.#stream.write(own, onSent);
  }

  ping(): void {
    this.#webSocket.ping();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
    // Otherwise the client's close frame would stay unread behind its requests.
    this.#webSocket.resume();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}

const shared = new SharedBuffer();

function sendEach(webSocket: WebSocket, stream: Duplex, messages: readonly WireMessage[], onSent: () => void): void {
  // While corked, the stream collects the frames for one system call.
  stream.cork();
  const last = messages.at(-1);
  for (const message of messages)
    webSocket.send(message.payload, { binary: false }, message === last ? onSent : ignore);
  stream.uncork();
}

/** With a callback, ws reports a failed write here instead of throwing. The `close` event follows anyway. */
function ignore(): void {}
