import type { QuoteData } from "@trading/topic";
import type { Position } from "../rest/trading.js";
import type { Clock } from "../timers.js";
import { Allowance } from "./allowance.js";

/** The symbols that are subscribed immediately, and the time in which one more is: a server can send positions without end. */
const MAX_SUBSCRIPTIONS = 200;
const SUBSCRIPTION_INTERVAL_MS = 100;

export interface ProfitsOptions {
  /** Subscribes to the quotes of a symbol and returns its unsubscribe function. */
  readonly subscribe: (symbol: string, onQuote: (quote: QuoteData) => void) => () => void;
  readonly onProfit: (positionId: string, profit: number) => void;
  readonly clock: Pick<Clock, "monotonic">;
}

/** A symbol with open positions, and its current prices. */
interface SymbolPositions {
  readonly positions: Map<string, Position>;
  stop(): void;
  bid?: number;
  ask?: number;
}

/** Calculates the unrealized profit of open positions from quotes, in the symbol's currency at a point value of 1. */
export class Profits {
  readonly #options: ProfitsOptions;
  readonly #subscriptions: Allowance;
  readonly #bySymbol = new Map<string, SymbolPositions>();

  constructor(options: ProfitsOptions) {
    this.#options = options;
    this.#subscriptions = new Allowance(options.clock, MAX_SUBSCRIPTIONS, SUBSCRIPTION_INTERVAL_MS);
  }

  /** Adds or updates a position; removes a flat one. Of too many new symbols, some wait for their position's next update. */
  set(position: Position): void {
    const { symbol, id, qty } = position;
    if (qty === 0) {
      this.remove(position);
      return;
    }
    if (!this.#bySymbol.has(symbol) && !this.#subscriptions.take()) return;
    const entry = this.#bySymbol.get(symbol) ?? this.#subscribe(symbol);
    entry.positions.set(id, position);
    this.#report(entry, position);
  }

  clear(): void {
    for (const { stop } of this.#bySymbol.values()) stop();
    this.#bySymbol.clear();
  }

  /** Removes a position, and ends the quotes of a symbol without one. */
  remove({ symbol, id }: Position): void {
    const entry = this.#bySymbol.get(symbol);
    entry?.positions.delete(id);
    if (entry?.positions.size !== 0) return;
    entry.stop();
    this.#bySymbol.delete(symbol);
  }

  #subscribe(symbol: string): SymbolPositions {
    const stop = this.#options.subscribe(symbol, ({ s, v }) => {
      if (s !== "ok") return;
      Object.assign(entry, { bid: v.bid, ask: v.ask });
      for (const position of entry.positions.values()) this.#report(entry, position);
    });
    const entry: SymbolPositions = { positions: new Map(), stop };
    this.#bySymbol.set(symbol, entry);
    return entry;
  }

  #report({ bid, ask }: SymbolPositions, { id, qty, side, avgPrice }: Position): void {
    // A long position is closed at the bid, a short one at the ask.
    const price = side === 1 ? bid : ask;
    if (price !== undefined) this.#options.onProfit(id, side * qty * (price - avgPrice));
  }
}
