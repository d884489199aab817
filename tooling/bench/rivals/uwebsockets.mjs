import uWebSockets from "uwebsockets";
import { messageOf, replyOf, topicOf } from "../src/workload.mjs";

/** Starts a server with the built-in publish and subscribe of uWebSockets, in C++. */
export async function start() {
  const app = uWebSockets.App();
  app.ws("/*", {
    compression: uWebSockets.DISABLED,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxBackpressure: 16 * 1024 * 1024,
    message(socket, data) {
      const { type, payload } = JSON.parse(Buffer.from(data).toString());
      if (type === "bars.subscribe") socket.subscribe(payload.symbol);
      else socket.unsubscribe(payload.symbol);
      socket.send(JSON.stringify(replyOf(type, topicOf(payload.symbol))));
    },
  });
  const listening = await new Promise((resolve) => app.listen("127.0.0.1", 0, resolve));
  if (!listening) throw new Error("uWebSockets could not listen on 127.0.0.1");
  return {
    port: uWebSockets.us_socket_local_port(listening),
    publish(symbol, update) {
      app.publish(symbol, JSON.stringify(messageOf(topicOf(symbol), update)));
    },
  };
}
