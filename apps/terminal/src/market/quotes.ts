import type { OkQuote, QuoteData } from "@trading/topic";

/** The latest quotes of the watchlist. */
export type QuotesBySymbol = ReadonlyMap<string, QuoteData>;

/** Returns the prices of a quote; undefined without a quote, and for an error quote. */
export function quoteValues(quote: QuoteData | undefined): OkQuote["v"] | undefined {
  return quote?.s === "ok" ? quote.v : undefined;
}

/** Returns the server's message of an error quote. */
export function quoteError(quote: QuoteData | undefined): string | undefined {
  return quote?.s === "error" ? (quote.v.message ?? "No quote available.") : undefined;
}
