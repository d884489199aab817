import { type Bar, orders, type trades, type UpdateOf } from "@trading/topic";

/** Parameters of a `bars` topic. */
export interface BarsParams {
  readonly symbol: string;
  readonly resolution: "1" | "5" | "15" | "30" | "60" | "D" | "W" | "M";
}

/** The parameters of the topic {@link AAPL_TOPIC}. */
export const AAPL = { symbol: "AAPL", resolution: "1" } as const;
export const AAPL_TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';
export const ORDERS_OF_ANN = orders.buildTopic({ accountId: "ann" });

export type Order = UpdateOf<typeof orders>;
export type Trade = UpdateOf<typeof trades>;

export function bar(time: number, close = 1): Bar {
  return { time, open: 1, high: Math.max(1, close), low: Math.min(1, close), close, volume: 1 };
}

export function order(id: string, qty = 1, status: Order["status"] = 6): Order {
  return { id, symbol: "AAPL", type: 2, side: 1, qty, status };
}

export function trade(time: number): Trade {
  return { id: String(time), time, price: 1, qty: 1, side: 1 };
}
