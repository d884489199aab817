/*
 * The charting library's interfaces that the adapters must be assignable to, declared after its public documentation: with
 * enums, branded strings and mutable arrays.
 */

declare const kind: unique symbol;
type Named<Name extends string> = string & { readonly [kind]: Name };

export type ResolutionString = Named<"ResolutionString">;
export type AccountId = Named<"AccountId">;

export declare enum ConnectionStatus {
  Connected = 1,
  Connecting = 2,
  Disconnected = 3,
  Error = 4,
}
export declare enum NotificationType {
  Error = 0,
  Success = 1,
}
export declare enum OrderType {
  Limit = 1,
  Market = 2,
  Stop = 3,
  StopLimit = 4,
}
export declare enum Side {
  Buy = 1,
  Sell = -1,
}
export declare enum OrderStatus {
  Canceled = 1,
  Filled = 2,
  Inactive = 3,
  Placing = 4,
  Rejected = 5,
  Working = 6,
}
export declare enum StandardFormatterName {
  Fixed = "fixed",
  Symbol = "symbol",
  Side = "side",
}

export interface LibrarySymbolInfo {
  name: string;
  ticker?: string;
  description: string;
  type: string;
  session: string;
  timezone: "Etc/UTC" | "America/New_York";
  exchange: string;
  listed_exchange: string;
  format: "price" | "volume";
  minmov: number;
  pricescale: number;
  supported_resolutions?: ResolutionString[];
  volume_precision?: number;
  currency_code?: string;
}

export interface DatafeedConfiguration {
  supported_resolutions?: ResolutionString[];
  exchanges?: { value: string; name: string; desc: string }[];
  symbols_types?: { name: string; value: string }[];
  supports_marks?: boolean;
  supports_time?: boolean;
  supports_timescale_marks?: boolean;
}

export interface Bar {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume?: number;
}

export type QuoteData =
  | { s: "ok"; n: string; v: { lp?: number; bid?: number; [name: string]: string | number | string[] | undefined } }
  | { s: "error"; n: string; v: object };

type ErrorCallback = (reason: string) => void;

type MarkConstColors = "red" | "green" | "blue" | "yellow";

export interface Mark {
  id: string | number;
  time: number;
  color: MarkConstColors | { border: string; background: string };
  text: string | { content: string; isSafeHtml: boolean };
  label: string;
  labelFontColor: string;
  minSize: number;
}

export interface TimescaleMark {
  id: string | number;
  time: number;
  color: MarkConstColors | string;
  label: string;
  tooltip: string[];
}

interface DOMLevel {
  price: number;
  volume: number;
}

interface DOMData {
  snapshot: boolean;
  asks: DOMLevel[];
  bids: DOMLevel[];
}

export interface IDatafeed {
  onReady(callback: (configuration: DatafeedConfiguration) => void): void;
  searchSymbols(
    userInput: string,
    exchange: string,
    symbolType: string,
    onResult: (
      items: { symbol: string; description: string; exchange: string; ticker?: string; type: string }[],
    ) => void,
  ): void;
  resolveSymbol(
    symbolName: string,
    onResolve: (symbolInfo: LibrarySymbolInfo) => void,
    onError: ErrorCallback,
    extension?: { currencyCode?: string },
  ): void;
  getBars(
    symbolInfo: LibrarySymbolInfo,
    resolution: ResolutionString,
    periodParams: { from: number; to: number; countBack: number; firstDataRequest: boolean },
    onResult: (bars: Bar[], meta?: { noData?: boolean; nextTime?: number | null }) => void,
    onError: ErrorCallback,
  ): void;
  subscribeBars(
    symbolInfo: LibrarySymbolInfo,
    resolution: ResolutionString,
    onTick: (bar: Bar) => void,
    listenerGuid: string,
    onResetCacheNeededCallback: () => void,
  ): void;
  unsubscribeBars(listenerGuid: string): void;
  getMarks?(
    symbolInfo: LibrarySymbolInfo,
    from: number,
    to: number,
    onDataCallback: (marks: Mark[]) => void,
    resolution: ResolutionString,
  ): void;
  getTimescaleMarks?(
    symbolInfo: LibrarySymbolInfo,
    from: number,
    to: number,
    onDataCallback: (marks: TimescaleMark[]) => void,
    resolution: ResolutionString,
  ): void;
  getServerTime?(callback: (serverTime: number) => void): void;
  subscribeDepth?(symbol: string, callback: (depth: DOMData) => void): string;
  unsubscribeDepth?(subscriberUID: string): void;
  getQuotes(symbols: string[], onDataCallback: (data: QuoteData[]) => void, onErrorCallback: ErrorCallback): void;
  subscribeQuotes(
    symbols: string[],
    fastSymbols: string[],
    onRealtimeCallback: (data: QuoteData[]) => void,
    listenerGUID: string,
  ): void;
  unsubscribeQuotes(listenerGUID: string): void;
}

/** The library allows applications to add members. */
interface CustomFields {
  // biome-ignore lint/suspicious/noExplicitAny: documented as any
  [name: string]: any;
}

interface Brackets {
  stopLoss?: number;
  takeProfit?: number;
  guaranteedStop?: number;
  trailingStopPips?: number;
}

export interface PreOrder extends Brackets {
  symbol: string;
  type: OrderType;
  side: Side;
  qty: number;
  limitPrice?: number;
  stopPrice?: number;
  isClose?: boolean;
  duration?: { type: string; datetime?: number };
}

export interface Order extends Brackets, CustomFields {
  id: string;
  symbol: string;
  type: OrderType;
  side: Side;
  qty: number;
  status: OrderStatus;
  limitPrice?: number;
  stopPrice?: number;
  filledQty?: number;
  avgPrice?: number;
  updateTime?: number;
}

export interface Position extends CustomFields {
  id: string;
  symbol: string;
  qty: number;
  side: Side;
  avgPrice: number;
}

export interface Execution extends CustomFields {
  symbol: string;
  price: number;
  qty: number;
  side: Side;
  time: number;
}

interface IWatchedValue<Value> {
  value(): Value;
  setValue(value: Value, forceUpdate?: boolean): void;
  subscribe(callback: (value: Value) => void, options?: { once?: boolean; callWithLast?: boolean }): void;
  unsubscribe(callback?: ((value: Value) => void) | null): void;
}

interface Column {
  id: string;
  label: string;
  dataFields: string[];
  formatter?: StandardFormatterName | Named<"CustomFormatter">;
}

interface AccountManagerInfo {
  accountTitle: string;
  summary: {
    text: string;
    wValue: Omit<IWatchedValue<number>, "setValue">;
    formatter?: StandardFormatterName;
    isDefault?: boolean;
  }[];
  orderColumns: Column[];
  historyColumns?: Column[];
  positionColumns?: Column[];
  pages: { id: string; title: string; tables: Column[] }[];
}

interface INumberFormatter {
  format(value?: number, options?: object): string;
}

interface TradeContext {
  symbol: string;
  value: number | null;
}

interface ActionMetaInfo {
  text: string;
  action(): void;
}

export interface IBrokerConnectionAdapterHost {
  factory: { createWatchedValue<Value>(value?: Value): IWatchedValue<Value>; createDelegate(): object };
  orderUpdate(order: Order): void;
  orderPartialUpdate(id: string, orderChanges: Partial<Order>): void;
  ordersFullUpdate(): void;
  positionUpdate(position: Position, isHistoryUpdate?: boolean): void;
  positionPartialUpdate(id: string, positionChanges: Partial<Position>): void;
  positionsFullUpdate(): void;
  plUpdate(positionId: string, pl: number): void;
  executionUpdate(execution: Execution): void;
  equityUpdate(equity: number): void;
  marginAvailableUpdate(marginAvailable: number): void;
  pipValueUpdate(symbol: string, pipValues: { buyPipValue: number; sellPipValue: number }): void;
  defaultFormatter(symbol: string, alignToMinMove: boolean): Promise<INumberFormatter>;
  realtimeUpdate(symbol: string, data: { trade?: number; bid?: number; ask?: number; spread?: number }): void;
  connectionStatusUpdate(status: ConnectionStatus, info?: { message?: string; disconnectType?: number }): void;
  currentAccountUpdate(): void;
  showNotification(title: string, text: string, notificationType?: NotificationType): void;
  defaultContextMenuActions(context: TradeContext, params?: { longName?: boolean }): Promise<ActionMetaInfo[]>;
  setQty(symbol: string, quantity: number): void;
}

interface LeverageInfoParams {
  symbol: string;
  orderType: OrderType;
  side: Side;
  customFields?: CustomFields;
}

interface LeverageSetParams extends LeverageInfoParams {
  leverage: number;
}

export interface IBrokerTerminal {
  chartContextMenuActions(context: TradeContext, options?: { longName?: boolean }): Promise<ActionMetaInfo[]>;
  isTradable(symbol: string): Promise<boolean | { tradable: boolean; reason?: string }>;
  connectionStatus(): ConnectionStatus;
  orders(): Promise<Order[]>;
  ordersHistory?(): Promise<Order[]>;
  positions?(): Promise<Position[]>;
  executions(symbol: string): Promise<Execution[]>;
  symbolInfo(symbol: string): Promise<{
    qty: { min: number; max: number; step: number };
    pipValue: number;
    pipSize: number;
    minTick: number;
    description: string;
    currency?: string;
  }>;
  accountManagerInfo(): AccountManagerInfo;
  accountsMetainfo(): Promise<{ id: AccountId; name: string; currency?: string }[]>;
  currentAccount(): AccountId;
  setCurrentAccount?(id: AccountId): void;
  formatter?(symbol: string, alignToMinMove: boolean): Promise<INumberFormatter>;
  getSymbolSpecificTradingOptions?(
    symbol: string,
  ): Promise<{ allowedOrderTypes?: OrderType[]; allowedDurations?: string[]; warningMessage?: string } | undefined>;
  placeOrder(order: PreOrder, confirmId?: string): Promise<{ orderId?: string }>;
  previewOrder?(order: PreOrder): Promise<{
    sections: { header?: string; rows: { title: string; value: string }[] }[];
    confirmId?: string;
    warnings?: string[];
    errors?: string[];
  }>;
  modifyOrder(order: Order, confirmId?: string): Promise<void>;
  cancelOrder(orderId: string): Promise<void>;
  cancelOrders(symbol: string, side: Side | undefined, ordersIds: string[]): Promise<void>;
  reversePosition?(positionId: string): Promise<void>;
  closePosition?(positionId: string, amount?: number, confirmId?: string): Promise<void>;
  editPositionBrackets?(positionId: string, brackets: Brackets, customFields?: CustomFields): Promise<void>;
  leverageInfo?(leverageInfoParams: LeverageInfoParams): Promise<{
    title: string;
    leverage: number;
    min: number;
    max: number;
    step: number;
  }>;
  setLeverage?(leverageSetParams: LeverageSetParams): Promise<{ leverage: number }>;
  previewLeverage?(
    leverageSetParams: LeverageSetParams,
  ): Promise<{ infos?: string[]; warnings?: string[]; errors?: string[] }>;
  subscribeRealtime(symbol: string): void;
  unsubscribeRealtime(symbol: string): void;
  subscribeEquity?(): void;
  unsubscribeEquity?(): void;
  subscribeMarginAvailable?(symbol: string): void;
  unsubscribeMarginAvailable?(symbol: string): void;
  subscribePipValue?(symbol: string): void;
  unsubscribePipValue?(symbol: string): void;
}

/** Options of the library's widget. */
export interface TradingTerminalWidgetOptions {
  datafeed: IDatafeed;
  broker_factory(host: IBrokerConnectionAdapterHost): IBrokerTerminal;
}
