// Generated from src/routes by `npm run generate`. Change the routes instead.
import type * as routes from "./routes/index.js";
import { defineShape, type ParamsOf, type RouteShape, type UpdateOf } from "./shape.js";

type ShapeOf<R> = RouteShape<ParamsOf<R>, UpdateOf<R>>;

export const account: ShapeOf<typeof routes.account> = /* @__PURE__ */ defineShape({
  name: "account",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const bars: ShapeOf<typeof routes.bars> = /* @__PURE__ */ defineShape({
  name: "bars",
  fields: { symbol: "string", resolution: { enum: ["1", "5", "15", "30", "60", "D", "W", "M"] } },
  key: "time",
  snapshot: "current",
  keep: { count: 100 },
  access: "public",
});

export const brokerConnection: ShapeOf<typeof routes.brokerConnection> = /* @__PURE__ */ defineShape({
  name: "broker-connection",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const equity: ShapeOf<typeof routes.equity> = /* @__PURE__ */ defineShape({
  name: "equity",
  fields: { accountId: "string" },
  key: "*",
  snapshot: "all",
  access: "private",
});

export const executions: ShapeOf<typeof routes.executions> = /* @__PURE__ */ defineShape({
  name: "executions",
  fields: { accountId: "string", symbol: { nullable: "string" } },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "private",
});

export const notifications: ShapeOf<typeof routes.notifications> = /* @__PURE__ */ defineShape({
  name: "notifications",
  fields: { accountId: "string" },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "private",
});

export const orderbook: ShapeOf<typeof routes.orderbook> = /* @__PURE__ */ defineShape({
  name: "orderbook",
  fields: { symbol: "string", depth: "int" },
  key: "*",
  snapshot: "all",
  access: "public",
});

export const orders: ShapeOf<typeof routes.orders> = /* @__PURE__ */ defineShape({
  name: "orders",
  fields: { accountId: "string" },
  key: "id",
  snapshot: "all",
  keep: { finished: { field: "status", values: [1, 2, 5] }, finishedForMs: 600000 },
  access: "private",
});

export const positions: ShapeOf<typeof routes.positions> = /* @__PURE__ */ defineShape({
  name: "positions",
  fields: { accountId: "string" },
  key: "id",
  snapshot: "all",
  keep: { finished: { field: "qty", values: [0] }, finishedForMs: 600000 },
  access: "private",
});

export const quotes: ShapeOf<typeof routes.quotes> = /* @__PURE__ */ defineShape({
  name: "quotes",
  fields: { symbols: { array: "string" }, fast_symbols: { array: "string" } },
  key: "n",
  snapshot: "all",
  access: "public",
});

export const trades: ShapeOf<typeof routes.trades> = /* @__PURE__ */ defineShape({
  name: "trades",
  fields: { symbol: "string" },
  key: undefined,
  snapshot: "none",
  keep: { count: 1000 },
  access: "public",
});

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
