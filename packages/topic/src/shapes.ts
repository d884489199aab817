// Generated from src/routes by `npm run generate`. Change the routes instead.
import type * as routes from "./routes/index.js";
import { defineShape, type ParamsOf, type RouteShape } from "./shape.js";
import type {
  AccountPosition,
  AccountState,
  Bar,
  BrokerConnectionStatus,
  Equity,
  Execution,
  Notification,
  OrderBook,
  PlacedOrder,
  QuoteData,
  Trade,
} from "./update-types.js";

export const account: RouteShape<ParamsOf<typeof routes.account>, AccountState> = /* @__PURE__ */ defineShape({
  name: "account",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const bars: RouteShape<ParamsOf<typeof routes.bars>, Bar> = /* @__PURE__ */ defineShape({
  name: "bars",
  fields: { symbol: "string", resolution: { enum: ["1", "5", "15", "30", "60", "D", "W", "M"] } },
  key: "time",
  snapshot: "current",
  keep: { count: 100 },
  access: "public",
});

export const brokerConnection: RouteShape<
  ParamsOf<typeof routes.brokerConnection>,
  BrokerConnectionStatus
> = /* @__PURE__ */ defineShape({
  name: "broker-connection",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const equity: RouteShape<ParamsOf<typeof routes.equity>, Equity> = /* @__PURE__ */ defineShape({
  name: "equity",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const executions: RouteShape<ParamsOf<typeof routes.executions>, Execution> = /* @__PURE__ */ defineShape({
  name: "executions",
  fields: { accountId: "string", symbol: { nullable: "string" } },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "private",
});

export const notifications: RouteShape<
  ParamsOf<typeof routes.notifications>,
  Notification
> = /* @__PURE__ */ defineShape({
  name: "notifications",
  fields: { accountId: "string" },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "private",
});

export const orderbook: RouteShape<ParamsOf<typeof routes.orderbook>, OrderBook> = /* @__PURE__ */ defineShape({
  name: "orderbook",
  fields: { symbol: "string", depth: "int" },
  key: "*",
  snapshot: "all",
  access: "public",
});

export const orders: RouteShape<ParamsOf<typeof routes.orders>, PlacedOrder> = /* @__PURE__ */ defineShape({
  name: "orders",
  fields: { accountId: "string" },
  key: "id",
  snapshot: "all",
  keep: { finished: { field: "status", values: [1, 2, 5] }, finishedForMs: 600000 },
  access: "private",
});

export const positions: RouteShape<ParamsOf<typeof routes.positions>, AccountPosition> = /* @__PURE__ */ defineShape({
  name: "positions",
  fields: { accountId: "string" },
  key: "id",
  snapshot: "all",
  keep: { finished: { field: "qty", values: [0] }, finishedForMs: 600000 },
  access: "private",
});

export const quotes: RouteShape<ParamsOf<typeof routes.quotes>, QuoteData> = /* @__PURE__ */ defineShape({
  name: "quotes",
  fields: { symbols: { array: "string" }, fast_symbols: { array: "string" } },
  key: "n",
  snapshot: "all",
  access: "public",
});

export const trades: RouteShape<ParamsOf<typeof routes.trades>, Trade> = /* @__PURE__ */ defineShape({
  name: "trades",
  fields: { symbol: "string" },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "public",
});

export {
  CONNECTION_STATUS,
  ORDER_STATUS,
  ORDER_TYPE,
  PARENT_TYPE,
  RESOLUTIONS,
  SIDE,
  TIMES_IN_FORCE,
} from "./constants.js";
export {
  type Access,
  defineOperationShape,
  defineShape,
  excessOf,
  FINISHED_FOR_MS,
  type Fields,
  isFinished,
  type Keep,
  type OperationShape,
  type ParamsOf,
  type ParseLimits,
  type RouteShape,
  SINGLE_KEY,
  type Snapshot,
  type UpdateOf,
} from "./shape.js";
export type {
  AccountPosition,
  AccountState,
  Bar,
  BookLevel,
  BrokerConnectionStatus,
  ConnectionStatus,
  Equity,
  ErrorQuote,
  Execution,
  Notification,
  OkQuote,
  OrderBook,
  OrderStatus,
  OrderType,
  ParentType,
  PlacedOrder,
  QuoteData,
  Resolution,
  Side,
  TimeInForce,
  Trade,
} from "./update-types.js";
