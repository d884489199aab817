import type * as z from "zod/mini";
import type * as broker from "./broker.js";
import type * as datafeed from "./datafeed.js";

export {
  account,
  brokerConnection,
  CONNECTION_STATUS,
  equity,
  executions,
  notifications,
  ORDER_STATUS,
  ORDER_TYPE,
  orders,
  positions,
} from "./broker.js";
export { bars, orderbook, quotes, RESOLUTIONS, trades } from "./datafeed.js";

export type Bar = z.output<typeof datafeed.bar>;
export type QuoteData = z.output<typeof datafeed.quoteData>;
/** A quote that has prices. */
export type OkQuote = Extract<QuoteData, { readonly s: "ok" }>;
export type Trade = z.output<typeof datafeed.trade>;
export type OrderBook = z.output<typeof datafeed.orderBook>;
export type PlacedOrder = z.output<typeof broker.placedOrder>;
export type AccountPosition = z.output<typeof broker.position>;
export type Execution = z.output<typeof broker.execution>;
export type Equity = z.output<typeof broker.equityData>;
export type BrokerConnectionStatus = z.output<typeof broker.brokerConnectionStatus>;
export type AccountState = z.output<typeof broker.accountState>;
export type Notification = z.output<typeof broker.notification>;
