import type { Market, TopOfBook, TradableInstrument } from "../../../src/market/market.js";

function instrument(symbol: string): TradableInstrument {
  return {
    symbol,
    description: symbol,
    exchange: "NASDAQ",
    currency: "USD",
    priceStep: 0.01,
    qtyStep: 1,
    minQty: 1,
    maxQty: 10_000,
  };
}

/** A market whose prices a test sets. */
export class FakeMarket implements Market {
  readonly instruments = new Map(["AAPL", "MSFT"].map((symbol) => [symbol, instrument(symbol)]));
  /** The error with which every watch fails. */
  failure: Error | undefined;
  readonly #last = new Map<string, TopOfBook>();
  readonly #watchers = new Map<string, Set<(top: TopOfBook) => void>>();

  /** The watched symbols: one entry per watch. */
  get watched(): string[] {
    return [...this.#watchers].flatMap(([symbol, watchers]) => [...watchers].map(() => symbol)).sort();
  }

  async watch(symbol: string, onTopOfBook: (top: TopOfBook) => void): Promise<() => void> {
    if (this.failure) throw this.failure;
    // A real market is asynchronous, too.
    await new Promise((resolve) => setImmediate(resolve));
    const watchers = this.#watchers.get(symbol) ?? new Set();
    // Several watches can have the same callback.
    const watcher = (top: TopOfBook) => onTopOfBook(top);
    this.#watchers.set(symbol, watchers.add(watcher));
    const last = this.#last.get(symbol);
    if (last) onTopOfBook(last);
    return () => void watchers.delete(watcher);
  }

  /** Sets the top of book, with the last price in the middle. @param qty on each side */
  setTopOfBook(symbol: string, bid: number, ask: number, qty = 1_000, given: Partial<TopOfBook> = {}): void {
    const last = Math.round((bid + ask) * 50) / 100;
    const top: TopOfBook = { symbol, time: 0, bid, bidQty: qty, ask, askQty: qty, last, ...given };
    // A new watch gets the present prices only.
    const { moves, ...present } = top;
    this.#last.set(symbol, present);
    for (const watcher of this.#watchers.get(symbol) ?? []) watcher(top);
  }
}
