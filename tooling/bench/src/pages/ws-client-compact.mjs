import { createClient } from "@trading/ws-client";
import { compact } from "@trading/ws-client/compact";

export { Provider, subscribe, useLatest } from "./ws-client.mjs";

/** @param {number} port */
export function connect(port) {
  return createClient({ url: `ws://127.0.0.1:${port}/api/v1/ws`, codec: compact() });
}
