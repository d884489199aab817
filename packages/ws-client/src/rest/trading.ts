import type { OrderStatus, OrderType, Side } from "@trading/topic/shapes";

/*
 * Orders, positions and executions as the REST routes carry them. Member names and numeric codes are those of TradingView's
 * charting library (tradingview.com/charting-library-docs), so that its adapter passes them through. They are types and not
 * interfaces, because only types are assignable to the library's own types with index signatures.
 */

export type { OrderStatus, OrderType, Side };

/** Prices at which a position is closed. */
export type Brackets = {
  readonly takeProfit?: number;
  readonly stopLoss?: number;
  readonly guaranteedStop?: number;
  readonly trailingStopPips?: number;
};

/** An order to place. Additional members that the library sets are sent unchanged. */
export type PreOrder = Brackets & {
  readonly symbol: string;
  readonly type: OrderType;
  readonly side: Side;
  readonly qty: number;
  readonly limitPrice?: number;
  readonly stopPrice?: number;
  /** The time in force. @default until it is cancelled */
  readonly duration?: OrderDuration;
};

/** The time in force of an order: `GTC`, `DAY`, `GTD`, `IOC` or `FOK`. `datetime` is for `GTD`, Unix milliseconds. */
export type OrderDuration = { readonly type: string; readonly datetime?: number };

/** The current state of an order. */
export type Order = PreOrder & {
  readonly id: string;
  readonly status: OrderStatus;
  /** For a bracket: the id of the order (`parentType` 1) or position (2) that it belongs to. */
  readonly parentId?: string;
  readonly parentType?: 1 | 2;
  readonly filledQty?: number;
  readonly avgPrice?: number;
  /** Unix milliseconds. */
  readonly updateTime?: number;
};

/** The current state of a position; `qty` 0 is flat. */
export type Position = {
  readonly id: string;
  readonly symbol: string;
  readonly qty: number;
  readonly side: Side;
  readonly avgPrice: number;
};

/** One fill. */
export type Execution = {
  readonly symbol: string;
  readonly price: number;
  readonly qty: number;
  readonly side: Side;
  /** Unix milliseconds. */
  readonly time: number;
};

export type PlaceOrderResult = { readonly orderId?: string };

export type OrderPreviewResult = {
  readonly sections: {
    readonly header?: string;
    readonly rows: { readonly title: string; readonly value: string }[];
  }[];
  /** Sent with the order when it is placed. */
  readonly confirmId?: string;
  readonly warnings?: string[];
  /** Reasons why the order would be rejected. */
  readonly errors?: string[];
};

export type LeverageInfoParams = {
  readonly symbol: string;
  readonly orderType: OrderType;
  readonly side: Side;
};

export type LeverageSetParams = LeverageInfoParams & { readonly leverage: number };

export type LeverageInfo = {
  readonly title: string;
  readonly leverage: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
};

export type LeverageSetResult = { readonly leverage: number };

export type LeveragePreviewResult = {
  readonly infos?: string[];
  readonly warnings?: string[];
  readonly errors?: string[];
};
