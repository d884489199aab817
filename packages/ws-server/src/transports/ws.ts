import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Socket, SocketHandlers } from "../connection/socket.js";
import type { Frame } from "../topics/frame.js";

/** Makes a WebSocket of an upgrade request, and gives it to whoever listens to it. */
export type Upgrade = (
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
  accept: (socket: Socket) => SocketHandlers,
) => void;

/** How the transport is set up. */
export interface TransportOptions {
  /** Bytes; a larger message closes with 1009, measured after decompression. */
  readonly maxFrameBytes: number;
  /** Compresses messages for clients that offer it. */
  readonly perMessageDeflate: boolean;
  /** The subprotocol to select where a client offers it. No other is ever selected, or a token would be echoed. */
  readonly subprotocol: string;
}

/** A message in more pieces than this is meant to cost memory, not to say something. */
const MAX_FRAGMENTS = 1_024;

/** The transport on `ws`: the only file that knows it. */
export function webSocketTransport(options: TransportOptions): Upgrade {
  const { subprotocol } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Without context takeover a compressed connection costs no memory while it is idle.
    perMessageDeflate: options.perMessageDeflate && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 1_024,
    },
    // Past it, ws closes with 1009 and no reason by itself, before it tells anyone: there is no way to give it one.
    maxPayload: options.maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  return (request, stream, head, accept) =>
    server.handleUpgrade(request, stream, head, (webSocket) => {
      const handlers = accept(new WsSocket(webSocket, stream));
      webSocket.on("message", (data: Buffer, isBinary) => {
        // A message that was read already when we closed is not worth answering.
        if (webSocket.readyState !== WebSocket.OPEN) return;
        if (isBinary) handlers.onBinary();
        else handlers.onText(data.toString("utf8"));
      });
      webSocket.on("pong", () => handlers.onPong());
      // ws has answered a broken frame with the fitting close code itself.
      webSocket.on("error", () => handlers.onBroken());
      webSocket.once("close", (code) => handlers.onClose(code));
    });
}

class WsSocket implements Socket {
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  readonly #isPlain: boolean;
  /** No write has been left under way yet. */
  #takesAtOnce = true;

  constructor(webSocket: WebSocket, stream: Duplex) {
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#isPlain = webSocket.extensions === "";
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  send(frames: readonly Frame[], onSent: () => void): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    // Our own frames may go past ws as long as it holds nothing back itself, which only extensions make it do.
    const unsent = this.#stream.writableLength;
    if (!this.#isPlain || this.#webSocket.bufferedAmount !== unsent) {
      sendEach(this.#webSocket, this.#stream, frames, onSent);
    } else if (frames.length === 1) this.#stream.write((frames[0] as Frame).wire, onSent);
    else this.#writeJoined(frames, unsent, onSent);
  }

  /**
   * One buffer, and so one write: copying a turn's frames costs less than handing them to the kernel apart, whether each
   * by a call of its own or as a vector (tooling/bench/README.md).
   *
   * The buffer is the same one for all connections whose network takes it at once: then the stream has nothing left when
   * `write` returns, and the kernel has its own copy. Where something is left, the stream keeps the buffer, everybody else
   * gets a new one, and this connection (TLS, or a slow peer) has its own from then on.
   */
  #writeJoined(frames: readonly Frame[], unsent: number, onSent: () => void): void {
    let length = 0;
    for (const { bytes } of frames) length += bytes;
    const isShared = this.#takesAtOnce && unsent === 0 && length <= SCRATCH_BYTES;
    // What waits is not from Node's pool, of which it would keep much more than its own size.
    const all = isShared ? scratch : unsent > 0 ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
    let at = 0;
    for (const { wire, bytes } of frames) {
      all.set(wire, at);
      at += bytes;
    }
    this.#stream.write(isShared ? all.subarray(0, length) : all, onSent);
    if (!isShared || this.#stream.writableLength === 0) return;
    this.#takesAtOnce = false;
    scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
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
    // Or the peer's answer to the close would stay unread behind its requests.
    this.#webSocket.resume();
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}

/** Enough for what one turn gathers for a connection. */
const SCRATCH_BYTES = 16_384;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

function sendEach(webSocket: WebSocket, stream: Duplex, frames: readonly Frame[], onSent: () => void): void {
  // Corked, the stream passes all frames to the kernel in one system call.
  stream.cork();
  const last = frames.at(-1);
  for (const frame of frames) webSocket.send(frame.payload, { binary: false }, frame === last ? onSent : ignore);
  stream.uncork();
}

/** With a callback, ws reports a failed write here instead of throwing; `close` tells of it anyway. */
function ignore(): void {}
