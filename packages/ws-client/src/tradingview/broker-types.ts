import type {
  Brackets,
  Execution,
  LeverageInfo,
  LeverageInfoParams,
  LeveragePreviewResult,
  LeverageSetParams,
  LeverageSetResult,
  Order,
  OrderPreviewResult,
  OrderType,
  PlaceOrderResult,
  Position,
  PreOrder,
  Side,
} from "../rest/trading.js";

/*
 * The part of the charting library's broker API that this adapter uses, with the library's names. Written after its public
 * documentation (tradingview.com/charting-library-docs). Data are types and not interfaces, because only types are
 * assignable to the library's own types with index signatures.
 */

/** The library's connection statuses, which the route `broker-connection` also uses. */
export const CONNECTION_STATUS = { connected: 1, connecting: 2, disconnected: 3, error: 4 } as const;
export type ConnectionStatus = (typeof CONNECTION_STATUS)[keyof typeof CONNECTION_STATUS];

/** The library's notification types. */
export const NOTIFICATION_TYPE = { error: 0, success: 1 } as const;
export type NotificationType = (typeof NOTIFICATION_TYPE)[keyof typeof NOTIFICATION_TYPE];

/** Valid quantities of an order. */
export type QuantityLimits = { readonly min: number; readonly max: number; readonly step: number };

export type InstrumentInfo = {
  readonly qty: QuantityLimits;
  readonly pipSize: number;
  /** Value of one pip at a quantity of 1. */
  readonly pipValue: number;
  readonly minTick: number;
  readonly description: string;
  readonly currency?: string;
};

export type IsTradableResult = { readonly tradable: boolean; readonly reason?: string };

/** Prices for the order ticket. */
export type TradingQuotes = {
  readonly trade: number;
  readonly bid: number;
  readonly ask: number;
  readonly spread: number;
};

/** Values of one pip at a quantity of 1, in the symbol's currency. */
export type PipValues = { readonly buyPipValue: number; readonly sellPipValue: number };

/** The order types and durations that the order ticket offers for a symbol. @default for each member: what the widget's `broker_config` allows */
export type SymbolTradingOptions = {
  readonly allowedOrderTypes?: OrderType[];
  /** Values of the widget's durations: `GTC`, `DAY`, `GTD`, `IOC`, `FOK`. */
  readonly allowedDurations?: string[];
};

export type AccountMetainfo<Id extends string = string> = {
  readonly id: Id;
  readonly name: string;
  readonly currency?: string;
};

/**
 * A value of a type that only the library declares: a member of its enum of formatters, or a watched value from its
 * factory. `never` is assignable to both in every version of the library.
 */
export type Foreign = never;

export type AccountManagerColumn = {
  readonly id: string;
  readonly label: string;
  readonly dataFields: string[];
  readonly formatter: Foreign;
};

export type AccountManagerInfo = {
  readonly accountTitle: string;
  readonly summary: {
    readonly text: string;
    readonly wValue: Foreign;
    readonly formatter: Foreign;
    readonly isDefault: boolean;
  }[];
  readonly orderColumns: AccountManagerColumn[];
  readonly historyColumns: AccountManagerColumn[];
  readonly positionColumns: AccountManagerColumn[];
  readonly pages: never[];
};

/** The members of the library's `IBrokerConnectionAdapterHost` that this adapter calls. */
export interface BrokerHost {
  readonly factory: { createWatchedValue(value: number): { setValue(value: number): void } };
  orderUpdate(order: Order): void;
  orderPartialUpdate(id: string, changes: Partial<Order>): void;
  /** Discards the known orders and requests them again. */
  ordersFullUpdate(): void;
  positionUpdate(position: Position): void;
  /** Discards the known positions and requests them again. */
  positionsFullUpdate(): void;
  plUpdate(positionId: string, pl: number): void;
  executionUpdate(execution: Execution): void;
  equityUpdate(equity: number): void;
  marginAvailableUpdate(marginAvailable: number): void;
  pipValueUpdate(symbol: string, pipValues: PipValues): void;
  realtimeUpdate(symbol: string, quotes: TradingQuotes): void;
  connectionStatusUpdate(status: ConnectionStatus, info?: { message?: string }): void;
  /** Requests all data of the account again. */
  currentAccountUpdate(): void;
  showNotification(title: string, text: string, type?: NotificationType): void;
  defaultContextMenuActions(context: never, options?: never): Promise<unknown[]>;
  /** Returns the price format of a symbol. */
  defaultFormatter(symbol: string, alignToMinMove: boolean): Promise<unknown>;
}

/**
 * A broker for the charting library, as its `IBrokerTerminal`. Methods that return a promise call the REST routes; a
 * promise rejects with an `Error` whose message can be shown to a user.
 */
export interface Broker<Id extends string = string, Host extends BrokerHost = BrokerHost> {
  orders(): Promise<Order[]>;
  /** Returns the finished orders that the server still has. */
  ordersHistory(): Promise<Order[]>;
  positions(): Promise<Position[]>;
  executions(symbol: string): Promise<Execution[]>;
  placeOrder(order: PreOrder, confirmId?: string): Promise<PlaceOrderResult>;
  previewOrder(order: PreOrder): Promise<OrderPreviewResult>;
  modifyOrder(order: Order, confirmId?: string): Promise<void>;
  cancelOrder(orderId: string): Promise<void>;
  /** Cancels all of the orders that can be cancelled. Rejects if one cannot. */
  cancelOrders(symbol: string, side: Side | undefined, orderIds: string[]): Promise<void>;
  /** Turns a position around with one market order of twice its quantity. */
  reversePosition(positionId: string): Promise<void>;
  /** @param amount the quantity to close. @default the whole position */
  closePosition(positionId: string, amount?: number): Promise<void>;
  editPositionBrackets(positionId: string, brackets: Brackets): Promise<void>;
  leverageInfo(params: LeverageInfoParams): Promise<LeverageInfo>;
  setLeverage(params: LeverageSetParams): Promise<LeverageSetResult>;
  previewLeverage(params: LeverageSetParams): Promise<LeveragePreviewResult>;
  accountsMetainfo(): Promise<AccountMetainfo<Id>[]>;
  currentAccount(): Id;
  /** Shows another account, and trades on it. @throws Error for an account that is not in the option `accounts` */
  setCurrentAccount(id: Id): void;
  connectionStatus(): ConnectionStatus;
  isTradable(symbol: string): Promise<boolean | IsTradableResult>;
  symbolInfo(symbol: string): Promise<InstrumentInfo>;
  getSymbolSpecificTradingOptions(symbol: string): Promise<SymbolTradingOptions>;
  formatter: Host["defaultFormatter"];
  accountManagerInfo(): AccountManagerInfo;
  chartContextMenuActions: Host["defaultContextMenuActions"];
  subscribeRealtime(symbol: string): void;
  unsubscribeRealtime(symbol: string): void;
  /** Sends the current equity to the host, which receives its changes in any case. */
  subscribeEquity(): void;
  unsubscribeEquity(): void;
  /** Sends the available margin to the host: now, and when it changes. It is the same for all symbols. */
  subscribeMarginAvailable(symbol: string): void;
  unsubscribeMarginAvailable(symbol: string): void;
  /** Sends the value of a symbol's pip to the host, which does not change. */
  subscribePipValue(symbol: string): void;
  unsubscribePipValue(symbol: string): void;
  /** Unsubscribes from all topics and stops calling the host. Requests that were already sent can still be executed. */
  destroy(): void;
}
