import { once } from "node:events";
import { WebSocketServer } from "ws";
import { messageOf, topicOf } from "../src/workload.mjs";
import { Rooms } from "./rooms.mjs";

/** Starts a server with `ws` and one `send` per client. @param {{ stringify: "each" | "once" }} options */
export async function start({ stringify }) {
  const rooms = /** @type {Rooms<import("ws").WebSocket>} */ (new Rooms());
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, clientTracking: false });
  server.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(JSON.stringify(rooms.handle(socket, data.toString()))));
    socket.on("close", () => rooms.leave(socket));
    socket.on("error", () => {});
  });
  await once(server, "listening");
  const publish = {
    each(symbol, update) {
      for (const socket of rooms.of(symbol)) socket.send(JSON.stringify(messageOf(topicOf(symbol), update)));
    },
    once(symbol, update) {
      const text = JSON.stringify(messageOf(topicOf(symbol), update));
      for (const socket of rooms.of(symbol)) socket.send(text);
    },
  };
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { port, publish: publish[stringify] };
}
