import type {
  CONNECTION_STATUS,
  ORDER_STATUS,
  ORDER_TYPE,
  PARENT_TYPE,
  RESOLUTIONS,
  SIDE,
  TIMES_IN_FORCE,
} from "./constants.js";

/*
 * The updates of the protocol's routes, without zod. A test compares them with the schemas. They are types and not interfaces,
 * because only types are assignable to the charting library's types with index signatures. Prices are in the currency of the
 * symbol, amounts of money in that of the account, times in Unix milliseconds.
 */

/** 1 buy, -1 sell: a value of `SIDE`. */
export type Side = (typeof SIDE)[keyof typeof SIDE];
/** 1 limit, 2 market, 3 stop, 4 stop-limit: a value of `ORDER_TYPE`. */
export type OrderType = (typeof ORDER_TYPE)[keyof typeof ORDER_TYPE];
/** 1 cancelled, 2 filled, 3 inactive, 4 placing, 5 rejected, 6 working: a value of `ORDER_STATUS`. */
export type OrderStatus = (typeof ORDER_STATUS)[keyof typeof ORDER_STATUS];
/** 1 order, 2 position: a value of `PARENT_TYPE`. */
export type ParentType = (typeof PARENT_TYPE)[keyof typeof PARENT_TYPE];
/** 1 connected, 2 connecting, 3 disconnected, 4 error: a value of `CONNECTION_STATUS`. */
export type ConnectionStatus = (typeof CONNECTION_STATUS)[keyof typeof CONNECTION_STATUS];
/** The time in force of an order: one of `TIMES_IN_FORCE`. */
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];
/** The length of a bar: one of `RESOLUTIONS`. */
export type Resolution = (typeof RESOLUTIONS)[number];

/** One candle. The route `bars` sends the current one on each change until it closes. */
export type Bar = {
  /** The opening time, in Unix milliseconds. It identifies the bar. */
  time: number;
  /** The first price. */
  open: number;
  /** The highest price. */
  high: number;
  /** The lowest price. */
  low: number;
  /** The last price: of the current bar, the present one. */
  close: number;
  /** The traded quantity, a whole number of units. */
  volume: number;
};

/** A quote with prices, in the format of TradingView's QuoteData. */
export type OkQuote = {
  s: "ok";
  /** The symbol's name. */
  n: string;
  v: {
    /** The last price. */
    lp: number;
    /** The lowest price at which one can buy. */
    ask: number;
    /** The highest price at which one can sell. */
    bid: number;
    /** `ask` minus `bid`. */
    spread: number;
    /** The first price of the trading day. */
    open_price: number;
    /** The highest price of the trading day. */
    high_price: number;
    /** The lowest price of the trading day. */
    low_price: number;
    /** The last price of the previous trading day. */
    prev_close_price: number;
    /** The quantity traded on the trading day, in units. */
    volume: number;
    /** The change since `prev_close_price`, as a price. */
    ch: number;
    /** The same in percent. */
    chp: number;
    /** The symbol without its exchange. */
    short_name: string;
    exchange: string;
    /** The name of the company or instrument. */
    description: string;
    /** The symbol as it was requested. */
    original_name: string;
  };
};

/** A quote of a symbol that has no prices, such as an unknown one. */
export type ErrorQuote = {
  s: "error";
  /** The symbol's name. */
  n: string;
  v: {
    /** The reason, for people. */
    message?: string | undefined;
  };
};

/** A quote: the prices of a symbol, or an error. `s` distinguishes them. */
export type QuoteData = OkQuote | ErrorQuote;

/** One trade on the tape. */
export type Trade = {
  id: string;
  /** Unix milliseconds. */
  time: number;
  price: number;
  /** The quantity, in units. */
  qty: number;
  /** The aggressor: 1 bought, -1 sold. */
  side: Side;
};

/** The quantity offered at one price. */
export type BookLevel = {
  price: number;
  /** The quantity of all orders at the price, in units. */
  qty: number;
};

/** The whole book down to the requested depth. */
export type OrderBook = {
  /** The time of the last change, in Unix milliseconds. */
  time: number;
  /** Offers to buy, the highest price first. */
  bids: BookLevel[];
  /** Offers to sell, the lowest price first. */
  asks: BookLevel[];
};

/** The current state of an order. */
export type PlacedOrder = {
  id: string;
  symbol: string;
  /** A value of `ORDER_TYPE`: 1 limit, 2 market, 3 stop, 4 stop-limit. */
  type: OrderType;
  /** 1 buy, -1 sell. */
  side: Side;
  /** The whole quantity, in units; `filledQty` is the part that is filled. */
  qty: number;
  /** A value of `ORDER_STATUS`: 1 cancelled, 2 filled, 3 inactive, 4 placing, 5 rejected, 6 working. */
  status: OrderStatus;
  /** The worst price at which it is filled; of limit and stop-limit orders. */
  limitPrice?: number | undefined;
  /** The price at which it is triggered; of stop and stop-limit orders. */
  stopPrice?: number | undefined;
  /** Bracket: the price that closes the position at a profit. */
  takeProfit?: number | undefined;
  /** Bracket: the price that closes the position at a loss. */
  stopLoss?: number | undefined;
  /** For a bracket: the id of the order that it came with, or of the position that it was set on. */
  parentId?: string | undefined;
  /** A value of `PARENT_TYPE`: 1 order, 2 position. */
  parentType?: ParentType | undefined;
  /** The time in force, with its end for GTD in Unix milliseconds. @default until it is cancelled */
  duration?: { type: TimeInForce; datetime?: number | undefined } | undefined;
  /** The filled quantity, in units. */
  filledQty?: number | undefined;
  /** The average price of the fills. */
  avgPrice?: number | undefined;
  /** The time of the last change, in Unix milliseconds. */
  updateTime?: number | undefined;
};

/** The current state of a position; flat if `qty` is 0. */
export type AccountPosition = {
  id: string;
  symbol: string;
  /** The quantity, in units, without a sign; 0 after it was closed. */
  qty: number;
  /** 1 long, -1 short. */
  side: Side;
  /** The average price at which it was opened. */
  avgPrice: number;
};

/** One fill. */
export type Execution = {
  symbol: string;
  price: number;
  /** The quantity, in units. */
  qty: number;
  /** 1 bought, -1 sold. */
  side: Side;
  /** Unix milliseconds. */
  time: number;
};

/** The equity of an account, in the account's currency. */
export type Equity = {
  /** The balance with the profit and loss of open positions. */
  equity: number;
  /** The money without open positions. */
  balance: number;
  /** Profit, or loss below 0, of open positions at present prices. */
  unrealizedPL: number;
  /** Profit, or loss below 0, of closed positions. */
  realizedPL: number;
};

/** The broker's connection to its market. */
export type BrokerConnectionStatus = {
  /** A value of `CONNECTION_STATUS`: 1 connected, 2 connecting, 3 disconnected, 4 error. */
  status: ConnectionStatus;
  /** The reason, for people. */
  message?: string | undefined;
  /** TradingView's kind of disconnection. */
  disconnectType?: number | undefined;
  /** The time of the change, in Unix milliseconds. */
  timestamp: number;
};

/** The account's name, currency, balance and margin. Money is in the account's currency. */
export type AccountState = {
  id: string;
  /** The name to display. */
  name: string;
  /** The currency's code, `USD`. */
  currency: string;
  /** The money without open positions. */
  balance: number;
  /** The balance with the profit and loss of open positions. */
  equity: number;
  /** The margin of open positions. */
  marginUsed: number;
  /** The margin that is left for new orders. */
  marginAvailable: number;
  /** The factor by which a position can exceed its margin; 1 = none. */
  leverage: number;
};

/** A message for the account holder. */
export type Notification = {
  id: string;
  /** Unix milliseconds. */
  time: number;
  severity: "info" | "success" | "warning" | "error";
  title: string;
  message: string;
  /** The order that it is about. */
  orderId?: string | undefined;
};
