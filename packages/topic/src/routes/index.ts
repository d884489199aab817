import type * as core from "zod/v4/core";
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
  PARENT_TYPE,
  positions,
  TIMES_IN_FORCE,
} from "./broker.js";
export { bars, orderbook, quotes, RESOLUTIONS, trades } from "./datafeed.js";

export type Bar = core.output<typeof datafeed.bar>;
export type QuoteData = core.output<typeof datafeed.quoteData>;
/** A quote with prices. */
export type OkQuote = Extract<QuoteData, { readonly s: "ok" }>;
export type Trade = core.output<typeof datafeed.trade>;
export type OrderBook = core.output<typeof datafeed.orderBook>;
export type PlacedOrder = core.output<typeof broker.placedOrder>;
export type AccountPosition = core.output<typeof broker.position>;
export type Execution = core.output<typeof broker.execution>;
export type Equity = core.output<typeof broker.equityData>;
export type BrokerConnectionStatus = core.output<typeof broker.brokerConnectionStatus>;
export type AccountState = core.output<typeof broker.accountState>;
export type Notification = core.output<typeof broker.notification>;
