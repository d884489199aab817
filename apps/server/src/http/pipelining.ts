import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Refusals } from "./refusals.js";

/** Maximum number of requests of one connection that wait for the reply to an earlier one. */
const MAX_WAITING = 16;

/**
 * Returns a listener that handles the pipelined requests of a connection one after the other, each in a separate turn of the
 * event loop: the next one when the reply to the last one has been sent. Otherwise all requests that arrive in one packet
 * would run in one turn, and all their replies would be kept for a client that reads none of them.
 *
 * A connection with too many waiting requests is closed.
 */
export function handleInOrder(handle: RequestListener, refusals: Refusals): RequestListener {
  /** The waiting requests of connections with a pending reply. */
  const waiting = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>();

  function start(request: IncomingMessage, response: ServerResponse): void {
    response.once("close", () => setImmediate(startNext, request.socket));
    handle(request, response);
  }

  function startNext(socket: Socket): void {
    const next = socket.destroyed ? undefined : waiting.get(socket)?.shift();
    if (next === undefined) waiting.delete(socket);
    else start(...next);
  }

  return (request, response) => {
    const { socket } = request;
    const queue = waiting.get(socket);
    if (socket.destroyed) return;
    if (queue === undefined) {
      waiting.set(socket, []);
      start(request, response);
    } else if (queue.length < MAX_WAITING) queue.push([request, response]);
    else {
      refusals.record("pipelined_requests", { address: socket.remoteAddress });
      socket.destroy();
    }
  };
}
