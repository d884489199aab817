import { bars } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { WebSocket } from "../../rivals/websocket.mjs";

/** Subscribes a client with its default settings. @param {number} port @param {string} symbol @param {(bar: any) => void} onUpdate */
export function subscribe(port, symbol, onUpdate) {
  const client = createClient({ url: `ws://127.0.0.1:${port}/api/v1/ws`, WebSocket });
  return client.subscribe(bars, { symbol, resolution: "1" }, onUpdate).ready;
}
