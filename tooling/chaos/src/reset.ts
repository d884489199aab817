import type { Socket } from "node:net";

const done = new WeakSet<Socket>();

/**
 * Resets a socket, once it is connected; or ends it at once where it cannot be reset. Node never tells of the close where it
 * resets a socket twice, or one whose end is still under way; and what is still being written a reset would wait for, which
 * a peer that does not read never lets happen.
 */
export function reset(socket: Socket): void {
  if (done.has(socket)) return;
  done.add(socket);
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.writableLength > 0 || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
