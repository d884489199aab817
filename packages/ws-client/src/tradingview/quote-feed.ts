import type { QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { QuotesCallback } from "./datafeed-types.js";
import { soon } from "./soon.js";

/** The live quotes of watchlists and panels, by the guids the library gives them. */
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
    const fastSymbols = asSet(fast);
    const symbols = asSet(slow.filter((symbol) => !fast.includes(symbol)));
    if (symbols.length + fastSymbols.length === 0) return;
    const refused = (message: string) =>
      onRealtime([...symbols, ...fastSymbols].map((n) => ({ s: "error", n, v: { message } })));
    const start = () =>
      this.#client.subscribe(
        quotes,
        { symbols, fast_symbols: fastSymbols },
        {
          onUpdate: gathered(onRealtime, this.#onError, () => this.#stops.get(guid) === stop),
          onStatus: ({ error }) => error && !error.retryable && refused(error.message),
        },
      );
    const stop = soon(start, this.#onError);
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

/** Lists that mean sets: one topic for one set. */
function asSet(symbols: readonly string[]): string[] {
  return [...new Set(symbols)].sort();
}

/** Hands over what comes at one moment in one call, as the state on subscribing does; the latest of each symbol. */
function gathered(onRealtime: QuotesCallback, onError: (error: unknown) => void, isWanted: () => boolean) {
  const waiting = new Map<string, QuoteData>();
  return (quote: QuoteData): void => {
    waiting.set(quote.n, quote);
    if (waiting.size > 1) return;
    queueMicrotask(() => {
      const data = [...waiting.values()];
      waiting.clear();
      if (!isWanted() || data.length === 0) return;
      try {
        onRealtime(data);
      } catch (error) {
        onError(error);
      }
    });
  };
}
