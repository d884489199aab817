import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { messageOf, replyOf, topicOf } from "../src/workload.mjs";

/**
 * Starts a server with Socket.IO rooms, on the WebSocket transport only and without pings.
 *
 * @param {{ redisUrl?: string, recovers?: boolean }} options the Redis of several nodes, for its adapter on Redis streams, and whether
 *   connections are recovered
 */
export async function start({ redisUrl, recovers = false }) {
  const http = createServer();
  const server = new Server(http, {
    transports: ["websocket"],
    pingInterval: 86_400_000,
    serveClient: false,
    ...(recovers && { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } }),
    ...(redisUrl && { adapter: await redisAdapter(redisUrl) }),
  });
  server.on("connection", (socket) => {
    socket.on("bars.subscribe", (params) => {
      socket.join(params.symbol);
      const { type, payload } = replyOf("bars.subscribe", topicOf(params.symbol));
      socket.emit(type, payload);
    });
    socket.on("bars.unsubscribe", (params) => {
      socket.leave(params.symbol);
      const { type, payload } = replyOf("bars.unsubscribe", topicOf(params.symbol));
      socket.emit(type, payload);
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
  return {
    port,
    publish(symbol, update) {
      const { type, payload } = messageOf(topicOf(symbol), update);
      server.to(symbol).emit(type, payload);
    },
  };
}

/** @param {string} url */
async function redisAdapter(url) {
  const [{ createAdapter }, { createClient }] = await Promise.all([
    import("@socket.io/redis-streams-adapter"),
    import("redis"),
  ]);
  return createAdapter(await createClient({ url }).connect());
}
