import type { Socket } from "node:net";

/**
 * Resets a socket once it is connected, or destroys it if it cannot be reset, as a Unix socket. Node never emits "close" after
 * `resetAndDestroy` on a socket whose end is still pending. A reset also waits for pending writes, which never finish if the
 * peer does not read.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  try {
    if (socket.writableLength === 0 && !isEnding) return void socket.resetAndDestroy();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_INVALID_HANDLE_TYPE") throw error;
  }
  socket.destroy();
}
