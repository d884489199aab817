import { dial, Peer } from "./peer.mjs";
import { API, LIMITS, onSocket, repeat } from "./runs.mjs";

/** @typedef {import("./runs.mjs").Context} Context */
/** @typedef {import("./runs.mjs").Request} Request */

/** Handshakes, TCP connections and control frames. @type {Request[]} */
export const CONNECTIONS = [
  {
    name: "handshake of a socket, 20",
    login: false,
    limits: LIMITS.connections,
    run: async ({ port }) => {
      const peers = await Promise.all(Array.from({ length: 20 }, () => Peer.connect(port).catch(() => undefined)));
      const open = peers.flatMap((peer) => peer ?? []);
      await Promise.all(open.map((peer) => peer.handled()));
      return {
        bytes: open.reduce((sum, peer) => sum + peer.bytesSent, 0) || 20 * 300,
        requests: 20,
        replies: `open ${open.length}`,
        leave: () => close(open),
      };
    },
  },
  ...[
    { name: "handshake of a foreign origin", headers: { origin: "https://attacker.example" } },
    { name: "handshake with an invalid token", headers: { authorization: `Bearer ${"x".repeat(400)}.y.z` } },
  ].map(({ name, headers }) => ({
    name: `${name}, 20`,
    login: false,
    limits: LIMITS.connections,
    run: async (/** @type {Context} */ { port }) => {
      const peers = await Promise.all(
        Array.from({ length: 20 }, () =>
          Peer.connect(port, { headers }).catch((/** @type {Error} */ { message }) => message),
        ),
      );
      const open = peers.flatMap((peer) => (typeof peer === "string" ? [] : [peer]));
      const refused = peers.filter((peer) => typeof peer === "string");
      return {
        bytes: 20 * (250 + JSON.stringify(headers).length),
        requests: 20,
        replies: refused.length > 0 ? `refused ${refused.length}: ${refused[0]}` : `open ${open.length}`,
        leave: () => close(open),
      };
    },
  })),
  ...[
    { name: "silent TCP connections", text: "" },
    { name: "half a request", text: "GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nx-a: " },
  ].map(({ name, text }) => ({
    name: `${name}, 50`,
    login: false,
    limits: LIMITS.connections,
    run: async (/** @type {Context} */ { port }) => {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => dial(port, text)));
      return {
        // A connection costs the peer a few packets even if it sends nothing.
        bytes: 50 * (text.length + 180),
        requests: 50,
        replies: "",
        leave: () => destroy(sockets),
      };
    },
  })),
  {
    name: "HTTP replies that are not read, 20",
    login: false,
    limits: LIMITS.connections,
    run: async ({ port }) => {
      const request = `GET ${API}/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(20);
      const sockets = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const socket = await dial(port, request);
          socket.pause();
          return socket;
        }),
      );
      return {
        bytes: sockets.length * request.length,
        requests: sockets.length * 20,
        replies: "",
        leave: () => destroy(sockets),
      };
    },
  },
  {
    name: "pings (control frames), 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.ping(Buffer.alloc(125)))),
  },
  {
    name: "pongs (control frames), 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.pong(Buffer.alloc(125)))),
  },
  {
    name: "fragments without an end, 1,000",
    login: false,
    limits: LIMITS.frames,
    run: onSocket(false, (peer) => repeat(1_000, () => peer.socket.send("x", { fin: false }))),
  },
];

/** @param {readonly Peer[]} peers */
function close(peers) {
  for (const peer of peers) peer.close();
}

/** @param {readonly import("node:net").Socket[]} sockets */
function destroy(sockets) {
  for (const socket of sockets) socket.destroy();
}
