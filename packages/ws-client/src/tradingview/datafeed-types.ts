import type { Bar, QuoteData } from "@trading/topic";
import type { DatafeedConfiguration, LibrarySymbolInfo, SearchSymbolResultItem } from "../rest/symbols.js";

/*
 * The part of the charting library's datafeed API that this adapter implements, with the library's names. Written after its
 * public documentation (tradingview.com/charting-library-docs), because its typings ship with the library only.
 */

/** The range of history that a chart requests. Times are Unix seconds; `to` is exclusive. */
export type PeriodParams = {
  readonly from: number;
  readonly to: number;
  /** Minimum number of bars before `to`, which can start the range before `from`. */
  readonly countBack: number;
  /** Whether this is the chart's first request, which includes the newest bars. */
  readonly firstDataRequest: boolean;
};

export type HistoryMetadata = {
  /** Whether the range has no bars. */
  readonly noData: boolean;
  /** Time of the newest older bar, if the range has no bars. Unix milliseconds, as the times of bars are. */
  readonly nextTime?: number;
};

export type HistoryCallback = (bars: Bar[], meta: HistoryMetadata) => void;
export type SubscribeBarsCallback = (bar: Bar) => void;
export type QuotesCallback = (quotes: QuoteData[]) => void;
/** One price level of an order book. */
export type DepthLevel = { readonly price: number; readonly volume: number };

/** An order book. Both sides are sorted by price, lowest first. */
export type Depth = {
  /** Always true: each update is the whole book. */
  readonly snapshot: boolean;
  readonly bids: DepthLevel[];
  readonly asks: DepthLevel[];
};
export type DepthCallback = (depth: Depth) => void;

/** A mark on a bar. */
export type Mark = {
  readonly id: string;
  /** The opening time of the bar. Unix seconds. */
  readonly time: number;
  readonly color: "green" | "red";
  readonly text: string;
  readonly label: string;
  readonly labelFontColor: string;
  readonly minSize: number;
};

/** A mark on the time scale. */
export type TimescaleMark = {
  readonly id: string;
  /** The opening time of the bar. Unix seconds. */
  readonly time: number;
  readonly color: string;
  readonly label: string;
  readonly tooltip: string[];
};

/** @param reason a message to show to a user */
export type ErrorCallback = (reason: string) => void;

/** The identifiers of a symbol in the library's calls, and its time zone, which dates its daily bars. */
export type SymbolName = Pick<LibrarySymbolInfo, "name" | "ticker"> & Partial<Pick<LibrarySymbolInfo, "timezone">>;

/**
 * A datafeed for the charting library, as its `IDatafeedChartApi`, `IExternalDatafeed` and `IDatafeedQuotesApi`.
 *
 * It calls no callback before the method has returned, and none after `destroy`.
 */
export interface Datafeed<
  Info extends LibrarySymbolInfo = LibrarySymbolInfo,
  Configuration extends DatafeedConfiguration = DatafeedConfiguration,
> {
  onReady(callback: (configuration: Configuration) => void): void;
  searchSymbols(
    userInput: string,
    exchange: string,
    symbolType: string,
    onResult: (items: SearchSymbolResultItem[]) => void,
  ): void;
  resolveSymbol(symbolName: string, onResolve: (info: Info) => void, onError: ErrorCallback): void;
  getBars(
    symbolInfo: SymbolName,
    resolution: string,
    periodParams: PeriodParams,
    onResult: HistoryCallback,
    onError: ErrorCallback,
  ): void;
  /** Replaces the existing subscription of a guid. */
  subscribeBars(
    symbolInfo: SymbolName,
    resolution: string,
    onTick: SubscribeBarsCallback,
    listenerGuid: string,
    onResetCacheNeededCallback: () => void,
  ): void;
  /** Does nothing for an unknown guid. */
  unsubscribeBars(listenerGuid: string): void;
  getQuotes(symbols: string[], onData: QuotesCallback, onError: ErrorCallback): void;
  /**
   * @param symbols updated about once a minute
   * @param fastSymbols updated on every change
   */
  subscribeQuotes(symbols: string[], fastSymbols: string[], onRealtime: QuotesCallback, listenerGuid: string): void;
  /** Does nothing for an unknown guid. */
  unsubscribeQuotes(listenerGuid: string): void;
  /** Calls back with the server's time, in Unix seconds. */
  getServerTime(callback: (time: number) => void): void;
  /**
   * Calls back once with the marks of a period, for which the option `executions` is needed.
   *
   * @param from Unix seconds, as `to`
   */
  getMarks(symbolInfo: SymbolName, from: number, to: number, onData: (marks: Mark[]) => void, resolution: string): void;
  getTimescaleMarks(
    symbolInfo: SymbolName,
    from: number,
    to: number,
    onData: (marks: TimescaleMark[]) => void,
    resolution: string,
  ): void;
  /** Subscribes to an order book. @returns the id to unsubscribe with */
  subscribeDepth(symbol: string, onDepth: DepthCallback): string;
  /** Does nothing for an unknown id. */
  unsubscribeDepth(id: string): void;
  /** Unsubscribes from all topics and aborts all requests. The client stays open. */
  destroy(): void;
}
