import { io } from "socket.io-client";

/**
 * Subscribes a client with its default settings. As its documentation says, it joins its room again unless the server has recovered
 * its connection.
 *
 * @param {number} port @param {string} symbol @param {(bar: any) => void} onUpdate
 */
export function subscribe(port, symbol, onUpdate) {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  socket.on("bars.update", ({ payload }) => onUpdate(payload));
  socket.on("connect", () => {
    if (!socket.recovered) socket.emit("bars.subscribe", { symbol, resolution: "1" });
  });
  return new Promise((resolve) => socket.once("bars.subscribe.response", resolve));
}
