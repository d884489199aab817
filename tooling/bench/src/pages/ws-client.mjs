import { bars } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { ClientProvider, useTopic } from "@trading/ws-client/react";

export { ClientProvider as Provider };

/** @param {number} port */
export function connect(port) {
  return createClient({ url: `ws://127.0.0.1:${port}/api/v1/ws` });
}

/** @param {import("@trading/ws-client").Client} client @param {string} symbol @param {(bar: any) => void} onUpdate */
export function subscribe(client, symbol, onUpdate) {
  return client.subscribe(bars, { symbol, resolution: "1" }, onUpdate).ready;
}

/** @param {string} symbol */
export function useLatest(symbol) {
  return useTopic(bars, { symbol, resolution: "1" }).value;
}
