import type { Bar, QuoteData } from "@trading/topic";

/*
 * What the charting library asks of a datafeed, as far as it is used here. Written after its public documentation
 * (tradingview.com/charting-library-docs), since its own typings come with the library alone; names are the library's.
 */

/** What `onReady` tells of a datafeed. A server may send more members of the library's. */
export type DatafeedConfiguration = {
  readonly supported_resolutions?: readonly string[];
  readonly exchanges?: readonly { readonly value: string; readonly name: string; readonly desc: string }[];
  readonly symbols_types?: readonly { readonly name: string; readonly value: string }[];
  readonly supports_marks?: boolean;
  readonly supports_time?: boolean;
};

/** One hit of a search. */
export type SearchSymbolResultItem = {
  readonly symbol: string;
  readonly description: string;
  readonly exchange: string;
  /** What the symbol is asked for by, where that is not its name. */
  readonly ticker?: string;
  readonly type: string;
};

/** What a symbol is. A server may send more members of the library's. */
export type LibrarySymbolInfo = {
  readonly name: string;
  /** What the symbol is asked for by. @default name */
  readonly ticker?: string;
  readonly description: string;
  readonly type: string;
  /** Trading hours, `0930-1600`; `24x7` for always. */
  readonly session: string;
  /** An Olson name, `America/New_York`. */
  readonly timezone: string;
  readonly exchange: string;
  readonly listed_exchange: string;
  readonly format: "price" | "volume";
  /** The least movement of the price is `minmov / pricescale`. */
  readonly minmov: number;
  readonly pricescale: number;
  readonly supported_resolutions?: readonly string[];
  readonly has_intraday?: boolean;
  readonly has_daily?: boolean;
  readonly has_weekly_and_monthly?: boolean;
  /** Decimal places of a quantity. @default 0 */
  readonly volume_precision?: number;
  readonly currency_code?: string;
  readonly data_status?: "streaming" | "endofday" | "delayed_streaming";
};

/** The part of the history that a chart asks for. Times are Unix seconds; `to` is not included. */
export type PeriodParams = {
  readonly from: number;
  readonly to: number;
  /** How many bars before `to` are needed, also where that is before `from`. */
  readonly countBack: number;
  /** The chart has nothing yet, so the newest bars are wanted. */
  readonly firstDataRequest: boolean;
};

export type HistoryMetadata = {
  /** There is nothing in the period. */
  readonly noData: boolean;
  /** Unix seconds: where older bars are, if the period lies in a hole. */
  readonly nextTime?: number;
};

export type HistoryCallback = (bars: Bar[], meta: HistoryMetadata) => void;
export type SubscribeBarsCallback = (bar: Bar) => void;
export type QuotesCallback = (quotes: QuoteData[]) => void;
/** @param reason a sentence for a person */
export type ErrorCallback = (reason: string) => void;

/** What names a symbol in the library's calls. */
export type SymbolName = Pick<LibrarySymbolInfo, "name" | "ticker">;

/**
 * A datafeed for the charting library: its `IDatafeedChartApi`, `IExternalDatafeed` and `IDatafeedQuotesApi`.
 *
 * No callback is called before the method has returned, and none after `destroy`.
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
  /** A guid that is subscribed already is subscribed to this instead. */
  subscribeBars(
    symbolInfo: SymbolName,
    resolution: string,
    onTick: SubscribeBarsCallback,
    listenerGuid: string,
    onResetCacheNeededCallback: () => void,
  ): void;
  /** Does nothing for a guid that is not known. */
  unsubscribeBars(listenerGuid: string): void;
  getQuotes(symbols: string[], onData: QuotesCallback, onError: ErrorCallback): void;
  /**
   * @param symbols told about once a minute
   * @param fastSymbols told about at every change
   */
  subscribeQuotes(symbols: string[], fastSymbols: string[], onRealtime: QuotesCallback, listenerGuid: string): void;
  /** Does nothing for a guid that is not known. */
  unsubscribeQuotes(listenerGuid: string): void;
  /** Final: gives up every topic and request. The client stays open. */
  destroy(): void;
}
