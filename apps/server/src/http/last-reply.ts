import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "@trading/ws-server";
import { PROBLEM_TYPE, Problem } from "./problem.js";

/** Time for a client to take the last reply of its connection. */
const LAST_REPLY_MS = 1_000;

/**
 * Replies to data that Node's HTTP parser rejects, before there is a request, and closes the connection. A client that
 * neither reads nor closes it would keep the socket forever.
 *
 * @param clock limits the time for the reply
 * @returns the reason of the rejection; undefined if there is nothing to reply to
 */
export function replyToBadRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  clock: Pick<Clock, "after">,
): "tls_handshake" | "request_timeout" | undefined {
  const { code = "" } = error;
  // More of the same invalid data, after the reply.
  if (socket.writableEnded) return undefined;
  const isTimeout = code === "ERR_HTTP_REQUEST_TIMEOUT";
  if (!socket.writable || !(isTimeout || code.startsWith("HPE_"))) {
    // Before the handshake has ended, an encrypted connection cannot be replied to; `end` would wait for it forever.
    socket.destroy();
    return /^ERR_(?:SSL|TLS)_/.test(code) ? "tls_handshake" : undefined;
  }
  sendLast(socket, badMessage(code), clock);
  return isTimeout ? "request_timeout" : undefined;
}

/** Sends the last reply of a connection. */
function sendLast(socket: Duplex, { statusCode, headers, body }: Problem, clock: Pick<Clock, "after">): void {
  const length = Buffer.byteLength(body);
  const all = { ...headers, "content-type": PROBLEM_TYPE, "content-length": length, connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${lines.join("")}\r\n${body}`);
  socket.once(
    "close",
    clock.after(LAST_REPLY_MS, () => socket.destroy()),
  );
}

function badMessage(code: string): Problem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new Problem(408, "The request took too long to arrive.");
  if (code === "HPE_HEADER_OVERFLOW") return new Problem(431, "The headers are larger than 16 KiB.");
  return new Problem(400, "Not a valid HTTP request.");
}
