import type { SocketLike } from "../options.js";

/** Time that the peer has to confirm a close, in milliseconds. */
const CLOSE_WAIT_MS = 1_000;

/**
 * Detaches the handlers of a socket, if there is one, and closes it. `onerror` keeps a handler, because `ws` throws an error
 * without one.
 *
 * `ws` waits 30 s for a peer that does not confirm the close, which keeps a Node.js process alive. The wait is shortened with
 * a platform timer that does not itself keep the process alive, so that nothing is left on the client's clock.
 */
export function closeSocket(socket: (SocketLike & { terminate?(): void }) | undefined): void {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {};
  socket.close(1000);
  if (!socket.terminate) return;
  const timer: unknown = setTimeout(() => socket.terminate?.(), CLOSE_WAIT_MS);
  (timer as { unref?(): void }).unref?.();
}
