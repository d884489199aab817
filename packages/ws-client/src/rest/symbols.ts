import type { Resolution } from "@trading/topic/shapes";

/*
 * Symbols as the REST routes carry them. Member names are those of TradingView's charting library, written after its public
 * documentation (tradingview.com/charting-library-docs) because its typings ship with the library only.
 */

export type { Resolution };

/** The capabilities of a datafeed. A server can send further members of the library's type. */
export type DatafeedConfiguration = {
  readonly supported_resolutions?: readonly string[];
  readonly exchanges?: readonly { readonly value: string; readonly name: string; readonly desc: string }[];
  readonly symbols_types?: readonly { readonly name: string; readonly value: string }[];
  readonly supports_marks?: boolean;
  readonly supports_timescale_marks?: boolean;
  readonly supports_time?: boolean;
};

/** One search result. */
export type SearchSymbolResultItem = {
  readonly symbol: string;
  readonly description: string;
  readonly exchange: string;
  /** The identifier to use in requests, if it is not `symbol`. */
  readonly ticker?: string;
  readonly type: string;
};

/** The properties of a symbol. A server can send further members of the library's type. */
export type LibrarySymbolInfo = {
  readonly name: string;
  /** The identifier to use in requests. @default name */
  readonly ticker?: string;
  readonly description: string;
  readonly type: string;
  /** Trading hours, `0930-1600`; `24x7` for always. */
  readonly session: string;
  /** An IANA time zone, `America/New_York`. */
  readonly timezone: string;
  readonly exchange: string;
  readonly listed_exchange: string;
  readonly format: "price" | "volume";
  /** The tick size is `minmov / pricescale`. */
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
  /** `ended` if the data is over for good, as that of a replay at its end. Not a member of the library's type. @default open */
  readonly market_status?: "open" | "ended";
};
