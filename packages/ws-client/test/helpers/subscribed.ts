import { bars } from "@trading/topic/shapes";
import { setUp } from "./harness.js";
import { tick } from "./memory-network.js";

export const AAPL = { symbol: "AAPL", resolution: "1" } as const;
export const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';
export const bar = (close: number, time = 1_697_097_600_000) => ({ time, open: 1, high: 9, low: 1, close, volume: 10 });

/** Returns a client with a confirmed subscription to the AAPL bars. */
export async function subscribed(options: Parameters<typeof setUp>[0] = {}) {
  const set = setUp(options);
  const received: unknown[] = [];
  set.network.socket.accept();
  const handle = set.client.subscribe(bars, AAPL, (update) => received.push(update));
  await tick();
  set.network.socket.confirm(set.network.socket.sent[0], TOPIC);
  return { ...set, handle, received, socket: set.network.socket };
}
