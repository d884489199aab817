import type { AccountState, Bar, QuoteData, Trade } from "@trading/topic";
import type { DatafeedConfiguration, LibrarySymbolInfo, Resolution, SearchSymbolResultItem } from "./symbols.js";
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
} from "./trading.js";

/** A range of the bar history. Times are Unix milliseconds; `to` is exclusive. */
export interface BarsQuery {
  readonly symbol: string;
  readonly resolution: Resolution;
  readonly from: number;
  readonly to: number;
  /** Minimum number of bars before `to`, which can start the range before `from`. */
  readonly countBack: number;
}

export interface BarsReply {
  readonly bars: readonly Bar[];
  /** Time of the newest bar before `from`, if the range is empty. Unix milliseconds. @default there is none */
  readonly nextTime?: number | null;
}

/** A request for the last trades of a symbol. */
export interface TradesQuery {
  readonly symbol: string;
  /** Maximum number of trades. @default 100, which is the most */
  readonly limit?: number;
}

export interface TradesReply {
  /** Oldest first, with the ids that they have on the topic `trades`. */
  readonly trades: readonly Trade[];
}

export interface SearchQuery {
  readonly query: string;
  /** Empty matches every exchange. */
  readonly exchange: string;
  /** Empty matches every type. */
  readonly type: string;
}

/**
 * The datafeed's REST routes, under `datafeed/`. Every method rejects with an `Error` whose message can be shown to a user.
 */
export interface DatafeedRest {
  /** `GET config` */
  config(signal?: AbortSignal): Promise<DatafeedConfiguration>;
  /** `GET search?query&exchange&type` */
  search(query: SearchQuery, signal?: AbortSignal): Promise<SearchSymbolResultItem[]>;
  /** `GET resolve/{symbol}` */
  resolve(symbol: string, signal?: AbortSignal): Promise<LibrarySymbolInfo>;
  /** `GET bars?symbol&resolution&from&to&countBack` */
  bars(query: BarsQuery, signal?: AbortSignal): Promise<BarsReply>;
  /** `GET trades?symbol&limit`: the last trades */
  trades(query: TradesQuery, signal?: AbortSignal): Promise<TradesReply>;
  /** `GET time`: the server's time, in Unix milliseconds */
  time(signal?: AbortSignal): Promise<{ readonly time: number }>;
  /** `POST quotes` {symbols} */
  quotes(symbols: readonly string[], signal?: AbortSignal): Promise<QuoteData[]>;
}

/** An order with the `confirmId` of its preview. */
export type Confirmed<Sent> = Sent & { readonly confirmId?: string };

/**
 * The broker's REST routes, under `broker/`. Every request has `accountId` in its query. Every method rejects with an
 * `Error` whose message can be shown to a user.
 *
 * Commands take an idempotency key of at most 128 characters. The server executes requests with the same key once, so a command
 * whose reply was lost can be repeated with its key. `createRest` creates one for a command without a key.
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
  placeOrder(
    accountId: string,
    order: Confirmed<PreOrder>,
    signal?: AbortSignal,
    key?: string,
  ): Promise<PlaceOrderResult>;
  /** `POST orders/preview` */
  previewOrder(accountId: string, order: PreOrder, signal?: AbortSignal): Promise<OrderPreviewResult>;
  /** `PUT orders/{id}` */
  modifyOrder(accountId: string, order: Confirmed<Order>, signal?: AbortSignal, key?: string): Promise<void>;
  /** `DELETE orders/{id}` */
  cancelOrder(accountId: string, orderId: string, signal?: AbortSignal, key?: string): Promise<void>;
  /** `DELETE positions/{id}?amount`; without an amount it closes the whole position. */
  closePosition(
    accountId: string,
    positionId: string,
    amount?: number,
    signal?: AbortSignal,
    key?: string,
  ): Promise<void>;
  /** `PUT positions/{id}/brackets` */
  editPositionBrackets(
    accountId: string,
    positionId: string,
    brackets: Brackets,
    signal?: AbortSignal,
    key?: string,
  ): Promise<void>;
  /** `GET leverage/info?symbol&orderType&side` */
  leverageInfo(accountId: string, params: LeverageInfoParams, signal?: AbortSignal): Promise<LeverageInfo>;
  /** `PUT leverage/set` */
  setLeverage(
    accountId: string,
    params: LeverageSetParams,
    signal?: AbortSignal,
    key?: string,
  ): Promise<LeverageSetResult>;
  /** `POST leverage/preview` */
  previewLeverage(accountId: string, params: LeverageSetParams, signal?: AbortSignal): Promise<LeveragePreviewResult>;
}
