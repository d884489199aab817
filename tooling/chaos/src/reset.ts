import type { Socket } from "node:net";

/**
 * Resets a socket once it is connected, or destroys it if it cannot be reset. Node never emits "close" after
 * `resetAndDestroy` on a socket whose end is still pending. A reset also waits for pending writes, which never finish if the
 * peer does not read.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.writableLength > 0 || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
