import type { QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import { startInMicrotask } from "./start-in-microtask.js";

/** Subscribes to the quote of one symbol, in a microtask. Returns a function that unsubscribes. */
export function subscribeQuote(
  client: Client,
  symbol: string,
  onQuote: (quote: QuoteData) => void,
  onError: (error: unknown) => void,
): () => void {
  const params = { symbols: [], fast_symbols: [symbol] };
  return startInMicrotask(() => client.subscribe(quotes, params, onQuote), onError);
}
