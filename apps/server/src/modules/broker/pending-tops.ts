import type { TopOfBook } from "../../market/market.js";

/** Maximum number of waiting updates per symbol; above it only the extremes and the last one are kept. */
const MAX_PENDING = 64;

interface Pending {
  tops: TopOfBook[];
  isQueued: boolean;
}

/**
 * The updates of prices that wait for the engine, conflated per symbol, so that a fast market takes one place in the queue
 * of commands and not one per update. Extremes are kept, because they trigger and fill orders.
 */
export class PendingTops {
  readonly #bySymbol = new Map<string, Pending>();

  /** Adds an update. @returns whether a command has to be queued that takes the symbol's updates */
  add(top: TopOfBook): boolean {
    const pending = this.#bySymbol.get(top.symbol) ?? { tops: [], isQueued: false };
    this.#bySymbol.set(top.symbol, pending);
    pending.tops.push(top);
    if (pending.tops.length > MAX_PENDING) pending.tops = extremesOf(pending.tops);
    const isFirst = !pending.isQueued;
    pending.isQueued = true;
    return isFirst;
  }

  /** Removes and returns the updates of a symbol, in order. */
  take(symbol: string): TopOfBook[] {
    const pending = this.#bySymbol.get(symbol);
    this.#bySymbol.delete(symbol);
    return pending?.tops ?? [];
  }

  /** Notes that the command was not accepted: the updates wait for the next one. */
  reject(symbol: string): void {
    const pending = this.#bySymbol.get(symbol);
    if (pending) pending.isQueued = false;
  }

  clear(): void {
    this.#bySymbol.clear();
  }
}

/** Returns the updates with the lowest and the highest prices and the last one, in their order. */
function extremesOf(tops: readonly TopOfBook[]): TopOfBook[] {
  const lowest = extreme(tops, (top) => Math.min(top.last, top.ask, ...pricesOf(top)));
  const highest = extreme(tops, (top) => -Math.max(top.last, top.bid, ...pricesOf(top)));
  return tops.filter((top, at) => top === lowest || top === highest || at === tops.length - 1);
}

function pricesOf({ moves = [] }: TopOfBook): number[] {
  return moves.map(({ price }) => price);
}

function extreme(tops: readonly TopOfBook[], rank: (top: TopOfBook) => number): TopOfBook | undefined {
  let best: { readonly top: TopOfBook; readonly rank: number } | undefined;
  for (const top of tops) {
    const ranked = { top, rank: rank(top) };
    if (best === undefined || ranked.rank < best.rank) best = ranked;
  }
  return best?.top;
}
