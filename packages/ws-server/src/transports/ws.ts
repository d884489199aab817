import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Frame, Socket, SocketHandlers } from "../socket.js";

/** Answers an HTTP server's `upgrade` event. */
export type Upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/**
 * The transport on `ws`: the only file that knows it.
 *
 * @param maxFrameBytes a larger message closes with 1009
 * @param accept called with each new socket; returns who listens to it
 */
export function webSocketTransport(maxFrameBytes: number, accept: (socket: Socket) => SocketHandlers): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Past it, ws closes with 1009 and no reason by itself, before it tells anyone: there is no way to give it one.
    maxPayload: maxFrameBytes,
  });
  return (request, stream, head) =>
    server.handleUpgrade(request, stream, head, (webSocket) => {
      const handlers = accept(socketOf(webSocket, stream));
      webSocket.on("message", (data: Buffer, isBinary) => {
        // A message that was read already when we closed is not worth answering.
        if (webSocket.readyState !== WebSocket.OPEN) return;
        if (isBinary) handlers.onBinary();
        else handlers.onText(data.toString("utf8"));
      });
      // ws has answered a broken frame with the fitting close code itself.
      webSocket.on("error", () => handlers.onBroken());
      webSocket.once("close", (code) => handlers.onClose(code));
    });
}

function socketOf(webSocket: WebSocket, stream: Duplex): Socket {
  return {
    get bufferedBytes() {
      return webSocket.bufferedAmount;
    },
    send(frames: readonly Frame[], onSent: () => void) {
      if (webSocket.readyState !== WebSocket.OPEN) return;
      // Corked, the stream passes all frames to the kernel in one system call.
      stream.cork();
      const last = frames.at(-1);
      for (const frame of frames) webSocket.send(frame, { binary: false }, frame === last ? onSent : ignore);
      stream.uncork();
    },
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    close(code, reason) {
      webSocket.close(code, reason);
      // Or the peer's answer to the close would stay unread behind its requests.
      webSocket.resume();
    },
    terminate: () => webSocket.terminate(),
  };
}

/** With a callback, ws reports a failed write here instead of throwing; `close` tells of it anyway. */
function ignore(): void {}
