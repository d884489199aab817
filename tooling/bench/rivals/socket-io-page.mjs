import { io } from "socket.io-client";

/** An application's own table of listeners, because Socket.IO's rooms exist only on the server. @type {Map<string, (bar: any) => void>} */
const listeners = new Map();

/** @param {number} port */
export function connect(port) {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  socket.on("bars.update", ({ topic, payload }) => listeners.get(topic)?.(payload));
  return socket;
}

/** @param {import("socket.io-client").Socket} socket @param {string} symbol @param {(bar: any) => void} onUpdate */
export function subscribe(socket, symbol, onUpdate) {
  listeners.set(`bars:{"resolution":"1","symbol":"${symbol}"}`, onUpdate);
  socket.emit("bars.subscribe", { symbol, resolution: "1" });
  return new Promise((resolve) => socket.once("bars.subscribe.response", resolve));
}
