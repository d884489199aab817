import type { QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import { defer } from "../defer.js";
import type { QuotesCallback } from "./datafeed-types.js";
import { startInMicrotask } from "./start-in-microtask.js";

/** The quote subscriptions of the library's watchlists and panels, by listener guid. */
export class QuoteFeed {
  readonly #client: Client;
  readonly #onError: (error: unknown) => void;
  readonly #stops = new Map<string, () => void>();

  constructor(client: Client, onError: (error: unknown) => void) {
    this.#client = client;
    this.#onError = onError;
  }

  subscribe(slow: readonly string[], fast: readonly string[], onRealtime: QuotesCallback, guid: string): void {
    this.unsubscribe(guid);
    const fastSymbols = toSortedSet(fast);
    const symbols = toSortedSet(slow.filter((symbol) => !fast.includes(symbol)));
    if (symbols.length + fastSymbols.length === 0) return;
    const reportRefusal = (message: string) =>
      onRealtime([...symbols, ...fastSymbols].map((n) => ({ s: "error", n, v: { message } })));
    const start = () =>
      this.#client.subscribe(
        quotes,
        { symbols, fast_symbols: fastSymbols },
        {
          onUpdate: batched(onRealtime, this.#onError, () => this.#stops.get(guid) === stop),
          onStatus: ({ error }) => error && !error.retryable && reportRefusal(error.message),
        },
      );
    const stop = startInMicrotask(start, this.#onError);
    this.#stops.set(guid, stop);
  }

  unsubscribe(guid: string): void {
    this.#stops.get(guid)?.();
    this.#stops.delete(guid);
  }

  destroy(): void {
    for (const guid of this.#stops.keys()) this.unsubscribe(guid);
  }
}

/** Removes duplicates and sorts, so that lists of the same symbols share one topic. */
function toSortedSet(symbols: readonly string[]): string[] {
  return [...new Set(symbols)].sort();
}

/** Batches the quotes of one microtask into one call with the latest quote of each symbol. A snapshot arrives this way. */
function batched(onRealtime: QuotesCallback, onError: (error: unknown) => void, isSubscribed: () => boolean) {
  const pending = new Map<string, QuoteData>();
  return (quote: QuoteData): void => {
    pending.set(quote.n, quote);
    if (pending.size > 1) return;
    defer(() => {
      const data = [...pending.values()];
      pending.clear();
      if (!isSubscribed() || data.length === 0) return;
      try {
        onRealtime(data);
      } catch (error) {
        onError(error);
      }
    });
  };
}
