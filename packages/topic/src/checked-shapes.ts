// Generated from src/routes by `npm run generate`. Change the routes instead.
import { type CheckedShape, defineCheckedShape } from "./checked-shape.js";
import type { ParamsOf, UpdateOf } from "./shape.js";
import * as shapes from "./shapes.js";

type CheckedShapeOf<R> = CheckedShape<ParamsOf<R>, UpdateOf<R>>;

export const account: CheckedShapeOf<typeof shapes.account> = /* @__PURE__ */ defineCheckedShape(
  shapes.account,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  {
    object: {
      id: { of: "string", min: 1, max: 64 },
      name: "string",
      currency: "string",
      balance: "number",
      equity: "number",
      marginUsed: "number",
      marginAvailable: "number",
      leverage: { of: "number", above: 0 },
    },
  },
);

export const bars: CheckedShapeOf<typeof shapes.bars> = /* @__PURE__ */ defineCheckedShape(
  shapes.bars,
  {
    object: {
      symbol: { of: "string", min: 1, max: 64 },
      resolution: { enum: ["1", "5", "15", "30", "60", "D", "W", "M"] },
    },
  },
  {
    object: {
      time: "int",
      open: "number",
      high: "number",
      low: "number",
      close: "number",
      volume: { of: "int", min: 0 },
    },
  },
);

export const brokerConnection: CheckedShapeOf<typeof shapes.brokerConnection> = /* @__PURE__ */ defineCheckedShape(
  shapes.brokerConnection,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  {
    object: {
      status: { enum: [1, 2, 3, 4] },
      message: { optional: "string" },
      disconnectType: { optional: "int" },
      timestamp: "int",
    },
  },
);

export const equity: CheckedShapeOf<typeof shapes.equity> = /* @__PURE__ */ defineCheckedShape(
  shapes.equity,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  { object: { equity: "number", balance: "number", unrealizedPL: "number", realizedPL: "number" } },
);

export const executions: CheckedShapeOf<typeof shapes.executions> = /* @__PURE__ */ defineCheckedShape(
  shapes.executions,
  { object: { accountId: { of: "string", min: 1, max: 64 }, symbol: { nullable: { of: "string", min: 1, max: 64 } } } },
  {
    object: {
      symbol: { of: "string", min: 1, max: 64 },
      price: "number",
      qty: { of: "number", above: 0 },
      side: { enum: [1, -1] },
      time: "int",
    },
  },
);

export const notifications: CheckedShapeOf<typeof shapes.notifications> = /* @__PURE__ */ defineCheckedShape(
  shapes.notifications,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  {
    object: {
      id: "string",
      time: "int",
      severity: { enum: ["info", "success", "warning", "error"] },
      title: "string",
      message: "string",
      orderId: { optional: "string" },
    },
  },
);

export const orderbook: CheckedShapeOf<typeof shapes.orderbook> = /* @__PURE__ */ defineCheckedShape(
  shapes.orderbook,
  { object: { symbol: { of: "string", min: 1, max: 64 }, depth: { of: "int", min: 1, max: 500 } } },
  {
    object: {
      time: "int",
      bids: { array: { object: { price: "number", qty: { of: "number", min: 0 } } } },
      asks: { array: { object: { price: "number", qty: { of: "number", min: 0 } } } },
    },
  },
);

export const orders: CheckedShapeOf<typeof shapes.orders> = /* @__PURE__ */ defineCheckedShape(
  shapes.orders,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  {
    object: {
      id: "string",
      symbol: { of: "string", min: 1, max: 64 },
      type: { enum: [1, 2, 3, 4] },
      side: { enum: [1, -1] },
      qty: { of: "number", above: 0 },
      status: { enum: [1, 2, 3, 4, 5, 6] },
      limitPrice: { optional: "number" },
      stopPrice: { optional: "number" },
      takeProfit: { optional: "number" },
      stopLoss: { optional: "number" },
      parentId: { optional: "string" },
      parentType: { optional: { enum: [1, 2] } },
      duration: {
        optional: { object: { type: { enum: ["GTC", "DAY", "GTD", "IOC", "FOK"] }, datetime: { optional: "int" } } },
      },
      filledQty: { optional: { of: "number", min: 0 } },
      avgPrice: { optional: "number" },
      updateTime: { optional: "int" },
    },
  },
);

export const positions: CheckedShapeOf<typeof shapes.positions> = /* @__PURE__ */ defineCheckedShape(
  shapes.positions,
  { object: { accountId: { of: "string", min: 1, max: 64 } } },
  {
    object: {
      id: "string",
      symbol: { of: "string", min: 1, max: 64 },
      qty: { of: "number", min: 0 },
      side: { enum: [1, -1] },
      avgPrice: "number",
    },
  },
);

export const quotes: CheckedShapeOf<typeof shapes.quotes> = /* @__PURE__ */ defineCheckedShape(
  shapes.quotes,
  {
    object: {
      symbols: { array: { of: "string", min: 1, max: 64 }, max: 500 },
      fast_symbols: { array: { of: "string", min: 1, max: 64 }, max: 500 },
    },
  },
  {
    by: "s",
    oneOf: [
      {
        object: {
          s: { enum: ["ok"] },
          n: { of: "string", min: 1, max: 64 },
          v: {
            object: {
              lp: "number",
              ask: "number",
              bid: "number",
              spread: "number",
              open_price: "number",
              high_price: "number",
              low_price: "number",
              prev_close_price: "number",
              volume: { of: "number", min: 0 },
              ch: "number",
              chp: "number",
              short_name: "string",
              exchange: "string",
              description: "string",
              original_name: "string",
            },
          },
        },
      },
      {
        object: {
          s: { enum: ["error"] },
          n: { of: "string", min: 1, max: 64 },
          v: { object: { message: { optional: "string" } } },
        },
      },
    ],
  },
);

export const trades: CheckedShapeOf<typeof shapes.trades> = /* @__PURE__ */ defineCheckedShape(
  shapes.trades,
  { object: { symbol: { of: "string", min: 1, max: 64 } } },
  { object: { id: "string", time: "int", price: "number", qty: { of: "number", min: 0 }, side: { enum: [1, -1] } } },
);

export type { CheckedShape } from "./checked-shape.js";
export {
  CONNECTION_STATUS,
  ORDER_STATUS,
  ORDER_TYPE,
  PARENT_TYPE,
  RESOLUTIONS,
  SIDE,
  TIMES_IN_FORCE,
} from "./constants.js";
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
