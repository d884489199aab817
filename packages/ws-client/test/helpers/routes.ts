import { compileTopic } from "../../../topic/src/fields.js";
import type { ClientRoute } from "../../src/index.js";

export interface Bar { time: number; open: number; high: number; low: number; close: number; volume: number }
function shape<P, U>(name: string, fields: Record<string, unknown>, key: string, snapshot: string) {
  return { name, fields, key, snapshot, buildTopic: compileTopic(name, fields as never) } as unknown as ClientRoute<P, U>;
}
export const bars = shape<{ symbol: string; resolution: string }, Bar>("bars", { symbol: "string", resolution: { enum: ["1", "5", "D"] } }, "time", "current");
export const quotes = shape<{ symbols: string[]; fast_symbols: string[] }, { n: string }>("quotes", { symbols: { array: "string" }, fast_symbols: { array: "string" } }, "n", "all");
export const trades = shape<{ symbol: string }, { price: number }>("trades", { symbol: "string" }, "", "none");
