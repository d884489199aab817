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
  /** What every watch is refused with. */
  failure: Error | undefined;
  readonly #last = new Map<string, TopOfBook>();
  readonly #watchers = new Map<string, Set<(touch: TopOfBook) => void>>();

  /** The symbols that are watched, each as often as it is. */
  get watched(): string[] {
    return [...this.#watchers].flatMap(([symbol, watchers]) => [...watchers].map(() => symbol)).sort();
  }

  async watch(symbol: string, onTopOfBook: (touch: TopOfBook) => void): Promise<() => void> {
    if (this.failure) throw this.failure;
    // A real one takes its time.
    await new Promise((resolve) => setImmediate(resolve));
    const watchers = this.#watchers.get(symbol) ?? new Set();
    // Each watch is another, also of one callback.
    const watcher = (touch: TopOfBook) => onTopOfBook(touch);
    this.#watchers.set(symbol, watchers.add(watcher));
    const last = this.#last.get(symbol);
    if (last) onTopOfBook(last);
    return () => void watchers.delete(watcher);
  }

  /** A new touch: the last price is in the middle. @param qty on either side */
  touch(symbol: string, bid: number, ask: number, qty = 1_000): void {
    const last = Math.round((bid + ask) * 50) / 100;
    const touch = { symbol, time: 0, bid, bidQty: qty, ask, askQty: qty, last };
    this.#last.set(symbol, touch);
    for (const watcher of this.#watchers.get(symbol) ?? []) watcher(touch);
  }
}
