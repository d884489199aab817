import * as z from "zod/mini";
import { createRoute } from "../route.js";
import { SINGLE_KEY } from "../shape.js";

const accountId = z.string().check(z.minLength(1), z.maxLength(64));
const symbol = z.string().check(z.minLength(1), z.maxLength(64));
const price = z.number();
const money = z.number();

/** 1 buy, -1 sell. */
const side = z.literal([1, -1]);

/** Unix milliseconds. */
const time = z.int();

/** TradingView's order types: 1 limit, 2 market, 3 stop, 4 stop-limit. */
export const ORDER_TYPE = { limit: 1, market: 2, stop: 3, stopLimit: 4 } as const;

/** TradingView's order states. */
export const ORDER_STATUS = { cancelled: 1, filled: 2, inactive: 3, placing: 4, rejected: 5, working: 6 } as const;

/** TradingView's connection states. The origin used 0 and 1, which its own charting library reads otherwise. */
export const CONNECTION_STATUS = { connected: 1, connecting: 2, disconnected: 3, error: 4 } as const;

/** An order as it stands. */
export const placedOrder = z.object({
  id: z.string(),
  symbol,
  type: z.enum(ORDER_TYPE),
  side,
  qty: z.number().check(z.positive()),
  status: z.enum(ORDER_STATUS),
  limitPrice: z.optional(price),
  stopPrice: z.optional(price),
  /** Bracket: closes the position at a profit. */
  takeProfit: z.optional(price),
  /** Bracket: closes the position at a loss. */
  stopLoss: z.optional(price),
  filledQty: z.optional(z.number().check(z.nonnegative())),
  avgPrice: z.optional(price),
  updateTime: z.optional(time),
});

/** A position as it stands; flat at `qty` 0. */
export const position = z.object({
  id: z.string(),
  symbol,
  qty: z.number().check(z.nonnegative()),
  side,
  avgPrice: price,
});

/** One fill. */
export const execution = z.object({ symbol, price, qty: z.number().check(z.positive()), side, time });

/** The account's worth. */
export const equityData = z.object({ equity: money, balance: money, unrealizedPL: money, realizedPL: money });

/** The broker's connection to its market. */
export const brokerConnectionStatus = z.object({
  status: z.enum(CONNECTION_STATUS),
  message: z.optional(z.string()),
  disconnectType: z.optional(z.int()),
  timestamp: time,
});

/** What an account is and what it may still risk. */
export const accountState = z.object({
  id: accountId,
  name: z.string(),
  currency: z.string(),
  balance: money,
  equity: money,
  marginUsed: money,
  marginAvailable: money,
  leverage: z.number().check(z.positive()),
});

/** Something a person should read. */
export const notification = z.object({
  id: z.string(),
  time,
  severity: z.enum(["info", "success", "warning", "error"]),
  title: z.string(),
  message: z.string(),
  orderId: z.optional(z.string()),
});

const FINISHED: ReadonlySet<number> = new Set([ORDER_STATUS.cancelled, ORDER_STATUS.filled, ORDER_STATUS.rejected]);

const ofAccount = z.object({ accountId });

export const orders = createRoute({
  name: "orders",
  params: ofAccount,
  update: placedOrder,
  key: "id",
  keep: { isFinished: (order) => FINISHED.has(order.status), finishedForMs: 600_000 },
  access: "private",
  summary: "The orders of one account, each update an order as it stands.",
});

export const positions = createRoute({
  name: "positions",
  params: ofAccount,
  update: position,
  key: "id",
  keep: { isFinished: ({ qty }) => qty === 0, finishedForMs: 600_000 },
  access: "private",
  summary: "The positions of one account; flat ones are told once, with qty 0.",
});

export const executions = createRoute({
  name: "executions",
  params: z.object({
    accountId,
    /** Null: all of the account. */
    symbol: z.nullable(symbol),
  }),
  update: execution,
  access: "private",
  summary: "Every fill of one account, of one symbol or of all.",
});

export const equity = createRoute({
  name: "equity",
  params: ofAccount,
  update: equityData,
  key: SINGLE_KEY,
  access: "private",
  summary: "What one account is worth.",
});

export const brokerConnection = createRoute({
  name: "broker-connection",
  params: ofAccount,
  update: brokerConnectionStatus,
  key: SINGLE_KEY,
  access: "private",
  summary: "Whether the broker of one account is connected to its market.",
});

export const account = createRoute({
  name: "account",
  params: ofAccount,
  update: accountState,
  key: SINGLE_KEY,
  access: "private",
  summary: "The state of one account: balance, margin, leverage.",
});

export const notifications = createRoute({
  name: "notifications",
  params: ofAccount,
  update: notification,
  access: "private",
  summary: "What the holder of one account should read.",
});
