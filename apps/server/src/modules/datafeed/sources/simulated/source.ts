import { RESOLUTIONS } from "@trading/topic";
import type { History, HistoryRequest, MarketListener, MarketSource, SourceClock, Trade } from "../../market-source.js";
import { INSTRUMENTS, type SimulatedInstrument } from "./instruments.js";
import { SimulatedMarket } from "./market.js";

/** A watcher of a symbol, and the last second that was delivered to it. */
interface Watcher {
  readonly instrument: SimulatedInstrument;
  readonly listener: MarketListener;
  second: number;
}

/**
 * A simulated market that never closes: every second one trade of each symbol, and an order book around it. Time comes
 * from the clock, so two servers with the same seed show the same data at the same time.
 */
export class SimulatedSource implements MarketSource {
  readonly instruments: ReadonlyMap<string, SimulatedInstrument> = new Map(
    INSTRUMENTS.map((instrument) => [instrument.symbol, instrument]),
  );
  readonly resolutions = RESOLUTIONS;
  readonly description: string;
  readonly #clock: Pick<SourceClock, "now" | "after">;
  readonly #market: SimulatedMarket;
  readonly #watchers = new Set<Watcher>();
  #cancelTick: (() => void) | undefined;

  constructor(seed: string, clock: Pick<SourceClock, "now" | "after">) {
    this.description = `simulated, seed ${JSON.stringify(seed)}, ${this.instruments.size} symbols, never closes`;
    this.#clock = clock;
    this.#market = new SimulatedMarket(seed);
  }

  async history({ symbol, ...request }: HistoryRequest): Promise<History> {
    const now = this.#clock.now();
    return { bars: await this.#market.history(this.#instrument(symbol), request, now), through: now };
  }

  watch(symbol: string, listener: MarketListener): () => void {
    const instrument = this.#instrument(symbol);
    const second = this.#second();
    const watcher: Watcher = { instrument, listener, second };
    listener.onTick({ book: this.#market.book(instrument, second) });
    this.#watchers.add(watcher);
    this.#cancelTick ??= this.#atNextSecond();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#cancelTick?.();
      this.#cancelTick = undefined;
    };
  }

  #instrument(symbol: string): SimulatedInstrument {
    return this.instruments.get(symbol) as SimulatedInstrument;
  }

  #second(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }

  #atNextSecond(): () => void {
    return this.#clock.after(1_000 - (this.#clock.now() % 1_000), () => {
      this.#cancelTick = this.#atNextSecond();
      const second = this.#second();
      for (const watcher of this.#watchers) this.#catchUp(watcher, second);
    });
  }

  /** Delivers every second since the last one, including those during which the process was busy. */
  #catchUp(watcher: Watcher, through: number): void {
    const { instrument, listener } = watcher;
    const trades: Trade[] = [];
    while (watcher.second < through) trades.push(this.#market.trade(instrument, ++watcher.second));
    if (trades.length > 0) listener.onTick({ trades, book: this.#market.book(instrument, through) });
  }
}
