import type { Socket } from "node:net";

/**
 * Resets a socket, once it is connected; or ends it at once where it cannot be reset. Of one whose end is still under way Node
 * would never tell that it has closed; and what is still being written a reset would wait for, which a peer that does not
 * read never lets happen.
 */
export function reset(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.writableLength > 0 || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
