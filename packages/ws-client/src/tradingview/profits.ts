import type { QuoteData } from "@trading/topic";
import type { Position } from "./broker-types.js";

export interface ProfitsOptions {
  /** Subscribes to the quotes of a symbol. */
  readonly watch: (symbol: string, onQuote: (quote: QuoteData) => void) => () => void;
  readonly tell: (positionId: string, profit: number) => void;
}

/** One symbol in which there are positions. */
interface Watched {
  readonly positions: Map<string, Position>;
  stop(): void;
  bid?: number;
  ask?: number;
}

/** What open positions would yield now, from quotes: in the symbol's currency, at a value of 1 a point. */
export class Profits {
  readonly #options: ProfitsOptions;
  readonly #bySymbol = new Map<string, Watched>();

  constructor(options: ProfitsOptions) {
    this.#options = options;
  }

  set(position: Position): void {
    const { symbol, id, qty } = position;
    if (qty === 0) {
      this.#remove(symbol, id);
      return;
    }
    const watched = this.#bySymbol.get(symbol) ?? this.#watch(symbol);
    watched.positions.set(id, position);
    this.#tell(watched, position);
  }

  clear(): void {
    for (const { stop } of this.#bySymbol.values()) stop();
    this.#bySymbol.clear();
  }

  #remove(symbol: string, id: string): void {
    const watched = this.#bySymbol.get(symbol);
    watched?.positions.delete(id);
    if (watched?.positions.size !== 0) return;
    watched.stop();
    this.#bySymbol.delete(symbol);
  }

  #watch(symbol: string): Watched {
    const stop = this.#options.watch(symbol, ({ s, v }) => {
      if (s !== "ok") return;
      Object.assign(watched, { bid: v.bid, ask: v.ask });
      for (const position of watched.positions.values()) this.#tell(watched, position);
    });
    const watched: Watched = { positions: new Map(), stop };
    this.#bySymbol.set(symbol, watched);
    return watched;
  }

  #tell({ bid, ask }: Watched, { id, qty, side, avgPrice }: Position): void {
    // What is long is sold at the bid, what is short is bought back at the ask.
    const price = side === 1 ? bid : ask;
    if (price !== undefined) this.#options.tell(id, side * qty * (price - avgPrice));
  }
}
