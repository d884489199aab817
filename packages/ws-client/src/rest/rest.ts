import type { AccountState, Bar, QuoteData } from "@trading/topic";
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
  PlaceOrderResult,
  Position,
  PreOrder,
} from "../tradingview/broker-types.js";
import type {
  DatafeedConfiguration,
  LibrarySymbolInfo,
  SearchSymbolResultItem,
} from "../tradingview/datafeed-types.js";
import type { Resolution } from "../tradingview/resolution.js";

/** A part of the history. Times are Unix milliseconds; `to` is not included. */
export interface BarsQuery {
  readonly symbol: string;
  readonly resolution: Resolution;
  readonly from: number;
  readonly to: number;
  /** How many bars before `to` are wanted, also where that is before `from`. */
  readonly countBack: number;
}

export interface BarsReply {
  readonly bars: readonly Bar[];
  /** Unix milliseconds of the newest bar before `from`, where there is none in the period. @default there are none */
  readonly nextTime?: number | null;
}

export interface SearchQuery {
  readonly query: string;
  /** Empty: all. */
  readonly exchange: string;
  /** Empty: all. */
  readonly type: string;
}

/** What a datafeed asks over REST, below `datafeed/`. Each rejects with an `Error` whose message is for a person. */
export interface DatafeedRest {
  /** `GET config` */
  config(signal?: AbortSignal): Promise<DatafeedConfiguration>;
  /** `GET search?query&exchange&type` */
  search(query: SearchQuery, signal?: AbortSignal): Promise<SearchSymbolResultItem[]>;
  /** `GET resolve/{symbol}` */
  resolve(symbol: string, signal?: AbortSignal): Promise<LibrarySymbolInfo>;
  /** `GET bars?symbol&resolution&from&to&countBack` */
  bars(query: BarsQuery, signal?: AbortSignal): Promise<BarsReply>;
  /** `POST quotes` {symbols} */
  quotes(symbols: readonly string[], signal?: AbortSignal): Promise<QuoteData[]>;
}

/** An order with what confirms its preview. */
export type Confirmed<Sent> = Sent & { readonly confirmId?: string };

/**
 * What a broker asks over REST, below `broker/`; every request has `accountId` in its query. Each rejects with an `Error`
 * whose message is for a person.
 */
export interface BrokerRest {
  /** `GET account` */
  account(accountId: string, signal?: AbortSignal): Promise<AccountState>;
  /** `GET orders` */
  orders(accountId: string, signal?: AbortSignal): Promise<Order[]>;
  /** `GET positions` */
  positions(accountId: string, signal?: AbortSignal): Promise<Position[]>;
  /** `GET executions/{symbol}` */
  executions(accountId: string, symbol: string, signal?: AbortSignal): Promise<Execution[]>;
  /** `POST orders` */
  placeOrder(accountId: string, order: Confirmed<PreOrder>, signal?: AbortSignal): Promise<PlaceOrderResult>;
  /** `POST orders/preview` */
  previewOrder(accountId: string, order: PreOrder, signal?: AbortSignal): Promise<OrderPreviewResult>;
  /** `PUT orders/{id}` */
  modifyOrder(accountId: string, order: Confirmed<Order>, signal?: AbortSignal): Promise<void>;
  /** `DELETE orders/{id}` */
  cancelOrder(accountId: string, orderId: string, signal?: AbortSignal): Promise<void>;
  /** `DELETE positions/{id}?amount`; without an amount, all of it. */
  closePosition(accountId: string, positionId: string, amount?: number, signal?: AbortSignal): Promise<void>;
  /** `PUT positions/{id}/brackets` */
  editPositionBrackets(accountId: string, positionId: string, brackets: Brackets, signal?: AbortSignal): Promise<void>;
  /** `GET leverage/info?symbol&orderType&side` */
  leverageInfo(accountId: string, params: LeverageInfoParams, signal?: AbortSignal): Promise<LeverageInfo>;
  /** `PUT leverage/set` */
  setLeverage(accountId: string, params: LeverageSetParams, signal?: AbortSignal): Promise<LeverageSetResult>;
  /** `POST leverage/preview` */
  previewLeverage(accountId: string, params: LeverageSetParams, signal?: AbortSignal): Promise<LeveragePreviewResult>;
}
