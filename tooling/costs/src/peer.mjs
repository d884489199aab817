import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

/** Time that the server has to reply, in milliseconds. */
const REPLY_MS = 20_000;

/** A plain client of the server's WebSocket, which sends any frames. */
export class Peer {
  socket;
  /** Frames that were received, by type; replies also by their code. @type {Map<string, number>} */
  replies = new Map();
  /** @type {number | undefined} the code of the close */
  closeCode;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => this.#received(String(data)));
    socket.on("close", (code) => {
      this.closeCode = code;
    });
    socket.on("error", () => {});
  }

  /**
   * Connects. Rejects if the server refuses.
   *
   * @param {number} port @param {{ localAddress?: string, headers?: Record<string, string> }} [options]
   */
  static async connect(port, options = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws?protocol=2`, options);
    const peer = new Peer(socket);
    const opened = once(socket, "open");
    await Promise.race([
      opened,
      sleep(REPLY_MS, undefined, { ref: false }).then(() => fail("No reply to the handshake")),
    ]);
    return peer;
  }

  /** Bytes that were written to the socket. */
  get bytesSent() {
    return /** @type {any} */ (this.socket)._socket?.bytesWritten ?? 0;
  }

  /** Sends a frame. @param {string} type @param {unknown} payload @param {object} [members] */
  send(type, payload, members = {}) {
    this.raw(JSON.stringify({ type, payload, ...members }));
  }

  /** Sends a text. @param {string} text */
  raw(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  /** Waits until the server has handled everything that was sent, or has closed the connection. */
  async handled() {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const pong = new Promise((resolve) => {
      this.socket.once("pong", resolve);
      this.socket.once("close", resolve);
    });
    this.socket.ping();
    await Promise.race([pong, sleep(REPLY_MS, undefined, { ref: false })]);
  }

  close() {
    this.socket.terminate();
  }

  /** @param {string} text */
  #received(text) {
    const [, type = "?"] = /^\{"type":"([^"]*)"/.exec(text) ?? [];
    const [, code] = type.endsWith("response") || type === "error" ? (/"code":"([^"]*)"/.exec(text) ?? []) : [];
    const name = code === undefined ? type : `${type} ${code}`;
    this.replies.set(name, (this.replies.get(name) ?? 0) + 1);
  }
}

/**
 * Sends an HTTP request. Returns its status, its body, and the bytes of the request.
 *
 * @param {number} port
 * @param {{ method?: string, path: string, headers?: Record<string, string>, body?: string, localAddress?: string }} request
 * @returns {Promise<{ status: number, body: string, bytes: number }>}
 */
export function send(port, { method = "GET", path, headers = {}, body, localAddress }) {
  return new Promise((resolve, reject) => {
    const all = { ...(body !== undefined && { "content-type": "application/json" }), ...headers };
    const options = { host: "127.0.0.1", port, method, path, headers: all, agent: false, timeout: REPLY_MS };
    const sent = httpRequest({ ...options, ...(localAddress !== undefined && { localAddress }) }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body: text, bytes: bytesOf(sent, path, body) }));
      reply.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`No reply to ${method} ${path} within ${REPLY_MS} ms`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Opens a TCP connection, and writes a text. @param {number} port @param {string} text @param {string} [localAddress] */
export async function dial(port, text, localAddress) {
  const socket = connect({ host: "127.0.0.1", port, ...(localAddress !== undefined && { localAddress }) });
  socket.on("error", () => {});
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  if (text !== "" && !socket.destroyed) socket.write(text);
  return socket;
}

/** @param {import("node:http").ClientRequest} sent @param {string} path @param {string | undefined} body */
function bytesOf(sent, path, body = "") {
  const headers = Object.entries(sent.getHeaders()).reduce(
    (sum, [name, value]) => sum + name.length + String(value).length + 4,
    0,
  );
  return path.length + headers + Buffer.byteLength(body) + 20;
}

/** @param {string} problem @returns {never} */
function fail(problem) {
  throw new Error(problem);
}
