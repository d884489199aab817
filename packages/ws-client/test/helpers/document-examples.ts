import * as routes from "@trading/topic/shapes";
import type { Routes } from "../../src/index.js";
import { MemoryServer } from "../../src/testing/index.js";
import { AAPL } from "./subscribed.js";

const isRoute = ([, value]: [string, unknown]) => typeof value === "object" && value !== null && "buildTopic" in value;

/** Returns a server with the data that the examples of docs/vue.md and docs/svelte.md show. */
export function exampleServer(): MemoryServer {
  const all = Object.fromEntries(Object.entries(routes).filter(isRoute)) as unknown as Routes;
  const server = new MemoryServer({ routes: all });
  const bar = { time: 1_760_000_060_000, open: 187, high: 187.5, low: 186.9, close: 187.2, volume: 10 };
  server.publish(routes.bars, AAPL, bar);
  const order = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
  server.publish(routes.orders, { accountId: "DEMO-1" }, { ...order, id: "1", status: 6 });
  server.publish(routes.orders, { accountId: "DEMO-1" }, { ...order, id: "2", status: 2 });
  return server;
}

/** The properties of the examples. */
export const EXAMPLE_PROPS = { symbol: "AAPL", accountId: "DEMO-1" };
