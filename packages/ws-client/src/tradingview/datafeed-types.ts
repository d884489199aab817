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
  /** Time of the newest older bar, if the range has no bars. Unix seconds. */
  readonly nextTime?: number;
};

export type HistoryCallback = (bars: Bar[], meta: HistoryMetadata) => void;
export type SubscribeBarsCallback = (bar: Bar) => void;
export type QuotesCallback = (quotes: QuoteData[]) => void;
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
  /** Unsubscribes from all topics and aborts all requests. The client stays open. */
  destroy(): void;
}
