import { CONNECTION_STATUS, ORDER_STATUS, ORDER_TYPE, PARENT_TYPE, TIMES_IN_FORCE } from "../constants.js";
import { createRoute } from "../route.js";
import { SINGLE_KEY } from "../shape.js";
import {
  above,
  atLeast,
  int,
  maxLength,
  minLength,
  nullable,
  number,
  object,
  oneOf,
  optional,
  string,
} from "./schemas.js";

const accountId = string(minLength(1), maxLength(64));
const symbol = string(minLength(1), maxLength(64));
const price = number();
const money = number();

/** 1 buy, -1 sell. */
const side = oneOf(1, -1);

/** Unix milliseconds. */
const time = int();

/** The current state of an order. */
export const placedOrder = object({
  id: string(),
  symbol,
  type: oneOf(...Object.values(ORDER_TYPE)),
  side,
  qty: number(above(0)),
  status: oneOf(...Object.values(ORDER_STATUS)),
  limitPrice: optional(price),
  stopPrice: optional(price),
  /** Bracket: closes the position at a profit. */
  takeProfit: optional(price),
  /** Bracket: closes the position at a loss. */
  stopLoss: optional(price),
  /** For a bracket: the id of the order that it came with, or of the position that it was set on. */
  parentId: optional(string()),
  parentType: optional(oneOf(...Object.values(PARENT_TYPE))),
  /** The time in force, with its end for GTD. @default until it is cancelled */
  duration: optional(object({ type: oneOf(...TIMES_IN_FORCE), datetime: optional(time) })),
  filledQty: optional(number(atLeast(0))),
  avgPrice: optional(price),
  updateTime: optional(time),
});

/** The current state of a position; flat if `qty` is 0. */
export const position = object({
  id: string(),
  symbol,
  qty: number(atLeast(0)),
  side,
  avgPrice: price,
});

/** One fill. */
export const execution = object({ symbol, price, qty: number(above(0)), side, time });

/** The equity of an account. */
export const equityData = object({ equity: money, balance: money, unrealizedPL: money, realizedPL: money });

/** The broker's connection to its market. */
export const brokerConnectionStatus = object({
  status: oneOf(...Object.values(CONNECTION_STATUS)),
  message: optional(string()),
  disconnectType: optional(int()),
  timestamp: time,
});

/** The account's name, currency, balance and margin. */
export const accountState = object({
  id: accountId,
  name: string(),
  currency: string(),
  balance: money,
  equity: money,
  marginUsed: money,
  marginAvailable: money,
  leverage: number(above(0)),
});

/** A message for the account holder. */
export const notification = object({
  id: string(),
  time,
  severity: oneOf("info", "success", "warning", "error"),
  title: string(),
  message: string(),
  orderId: optional(string()),
});

const ofAccount = object({ accountId });

export const orders = createRoute({
  name: "orders",
  params: ofAccount,
  update: placedOrder,
  key: "id",
  keep: {
    finished: { field: "status", values: [ORDER_STATUS.cancelled, ORDER_STATUS.filled, ORDER_STATUS.rejected] },
    finishedForMs: 600_000,
  },
  access: "private",
  summary: "The orders of one account. Each update is the current state of an order.",
});

export const positions = createRoute({
  name: "positions",
  params: ofAccount,
  update: position,
  key: "id",
  keep: { finished: { field: "qty", values: [0] }, finishedForMs: 600_000 },
  access: "private",
  summary: "The positions of one account. A closed position is sent once, with qty 0.",
});

export const executions = createRoute({
  name: "executions",
  params: object({
    accountId,
    /** Null for all symbols of the account. */
    symbol: nullable(symbol),
  }),
  update: execution,
  access: "private",
  summary: "All fills of one account, for one symbol or for all.",
});

export const equity = createRoute({
  name: "equity",
  params: ofAccount,
  update: equityData,
  key: SINGLE_KEY,
  access: "private",
  summary: "The equity of one account.",
});

export const brokerConnection = createRoute({
  name: "broker-connection",
  params: ofAccount,
  update: brokerConnectionStatus,
  key: SINGLE_KEY,
  access: "private",
  summary: "The state of the connection between the broker of one account and its market.",
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
  summary: "Messages for the holder of one account.",
});
