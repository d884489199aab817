/*
 * What the charting library asks of a broker and gives it to tell of changes, as far as it is used here. Written after
 * its public documentation (tradingview.com/charting-library-docs); names are the library's. They are types and not
 * interfaces, so that they also fit where the library allows for further members.
 */

/** The library's connection states, which the route `broker-connection` shares. */
export const CONNECTION_STATUS = { connected: 1, connecting: 2, disconnected: 3, error: 4 } as const;
export type ConnectionStatus = (typeof CONNECTION_STATUS)[keyof typeof CONNECTION_STATUS];

/** The library's kinds of notification. */
export const NOTIFICATION_TYPE = { error: 0, success: 1 } as const;
export type NotificationType = (typeof NOTIFICATION_TYPE)[keyof typeof NOTIFICATION_TYPE];

/** 1 buy, -1 sell. */
export type Side = 1 | -1;
/** 1 limit, 2 market, 3 stop, 4 stop-limit. */
export type OrderType = 1 | 2 | 3 | 4;
/** 1 cancelled, 2 filled, 3 inactive, 4 placing, 5 rejected, 6 working. */
export type OrderStatus = 1 | 2 | 3 | 4 | 5 | 6;

/** Prices at which a position is closed. */
export type Brackets = {
  readonly takeProfit?: number;
  readonly stopLoss?: number;
  readonly guaranteedStop?: number;
  readonly trailingStopPips?: number;
};

/** An order that is to be placed. The library may give more members; they are sent on. */
export type PreOrder = Brackets & {
  readonly symbol: string;
  readonly type: OrderType;
  readonly side: Side;
  readonly qty: number;
  readonly limitPrice?: number;
  readonly stopPrice?: number;
};

/** An order as it stands. */
export type Order = PreOrder & {
  readonly id: string;
  readonly status: OrderStatus;
  readonly filledQty?: number;
  readonly avgPrice?: number;
  /** Unix milliseconds. */
  readonly updateTime?: number;
};

/** A position as it stands; flat at `qty` 0. */
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
  /** Given back with the order that is then placed. */
  readonly confirmId?: string;
  readonly warnings?: string[];
  /** Why it may not be placed. */
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

/** What one may order of a symbol. */
export type QuantityLimits = { readonly min: number; readonly max: number; readonly step: number };

export type InstrumentInfo = {
  readonly qty: QuantityLimits;
  readonly pipSize: number;
  /** What a pip is worth for a quantity of 1. */
  readonly pipValue: number;
  readonly minTick: number;
  readonly description: string;
  readonly currency?: string;
};

export type IsTradableResult = { readonly tradable: boolean; readonly reason?: string };

/** Quotes for the order ticket. */
export type TradingQuotes = {
  readonly trade: number;
  readonly bid: number;
  readonly ask: number;
  readonly spread: number;
};

export type AccountMetainfo<Id extends string = string> = {
  readonly id: Id;
  readonly name: string;
  readonly currency?: string;
};

/**
 * A value of a type that only the library has: a name of its enum of formatters, a watched value of its factory. `never`
 * fits both, whatever the library's version calls them; nobody but the library reads it.
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
  readonly positionColumns: AccountManagerColumn[];
  readonly pages: never[];
};

/** The library's trading host, as far as it is used here: its `IBrokerConnectionAdapterHost` is one. */
export interface BrokerHost {
  readonly factory: { createWatchedValue(value: number): { setValue(value: number): void } };
  orderUpdate(order: Order): void;
  orderPartialUpdate(id: string, changes: Partial<Order>): void;
  /** Drops what is known of the orders, and asks for them again. */
  ordersFullUpdate(): void;
  positionUpdate(position: Position): void;
  /** Drops what is known of the positions, and asks for them again. */
  positionsFullUpdate(): void;
  plUpdate(positionId: string, pl: number): void;
  executionUpdate(execution: Execution): void;
  equityUpdate(equity: number): void;
  realtimeUpdate(symbol: string, quotes: TradingQuotes): void;
  connectionStatusUpdate(status: ConnectionStatus, info?: { message?: string }): void;
  /** Asks for all that is shown again. */
  currentAccountUpdate(): void;
  showNotification(title: string, text: string, type?: NotificationType): void;
  defaultContextMenuActions(context: never, options?: never): Promise<unknown[]>;
}

/**
 * A broker for the charting library: its `IBrokerTerminal`. What it promises is answered over REST; a promise that is
 * rejected has an `Error` whose message is for a person.
 */
export interface Broker<Id extends string = string, Host extends BrokerHost = BrokerHost> {
  orders(): Promise<Order[]>;
  positions(): Promise<Position[]>;
  executions(symbol: string): Promise<Execution[]>;
  placeOrder(order: PreOrder, confirmId?: string): Promise<PlaceOrderResult>;
  previewOrder(order: PreOrder): Promise<OrderPreviewResult>;
  modifyOrder(order: Order, confirmId?: string): Promise<void>;
  cancelOrder(orderId: string): Promise<void>;
  /** @param amount how much of it. @default all */
  closePosition(positionId: string, amount?: number): Promise<void>;
  editPositionBrackets(positionId: string, brackets: Brackets): Promise<void>;
  leverageInfo(params: LeverageInfoParams): Promise<LeverageInfo>;
  setLeverage(params: LeverageSetParams): Promise<LeverageSetResult>;
  previewLeverage(params: LeverageSetParams): Promise<LeveragePreviewResult>;
  accountsMetainfo(): Promise<AccountMetainfo<Id>[]>;
  currentAccount(): Id;
  connectionStatus(): ConnectionStatus;
  isTradable(symbol: string): Promise<boolean | IsTradableResult>;
  symbolInfo(symbol: string): Promise<InstrumentInfo>;
  accountManagerInfo(): AccountManagerInfo;
  chartContextMenuActions: Host["defaultContextMenuActions"];
  subscribeRealtime(symbol: string): void;
  unsubscribeRealtime(symbol: string): void;
  /** Final: gives up every topic; the host is told nothing more. What was sent may be done all the same. */
  destroy(): void;
}
