// Connects with the built `@trading/ws-client`: `outages.mjs <url of a refused port> <url of a server that never closes>`. Prints
// a line once two attempts were refused, one before it closes the other connection, and at its exit the milliseconds since. It does not exit explicitly: a socket
// that waits for the server would keep the process alive.
//
// The first connection uses the platform's WebSocket if it has one. The second uses `ws`: the WebSockets of Node.js and Deno
// have no way to end a close that the server does not confirm.
import process from "node:process";
import { trades } from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { WebSocket as WsWebSocket } from "ws";

const [, , refused = "", silent = ""] = process.argv;

/** @param {string} url @param {import("@trading/ws-client").SocketConstructor} WebSocket */
const create = (url, WebSocket) =>
  createClient({
    url,
    WebSocket,
    random: () => 0,
    connectTimeoutMs: 0,
    onError: ({ message }) => console.log(message),
  });

const first = create(refused, globalThis.WebSocket ?? WsWebSocket);
let attempts = 0;
first.onState(({ reason }) => {
  if (!reason.startsWith("Could not connect")) return;
  attempts++;
  if (attempts < 2) return;
  first.close();
  console.log("2 attempts");
  const second = create(silent, WsWebSocket);
  second.onState(({ status }) => {
    if (status !== "connected") return;
    console.log("connected");
    const closedAt = performance.now();
    process.on("exit", () => console.log(performance.now() - closedAt));
    second.close();
  });
  second.connect();
});
first.subscribe(trades, { symbol: "AAPL" }, () => {});
