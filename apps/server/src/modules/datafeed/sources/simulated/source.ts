import { RESOLUTIONS } from "@trading/topic";
import type {
  History,
  HistoryRequest,
  MarketListener,
  MarketSource,
  SourceClock,
  SourceLogger,
  Trade,
} from "../../market-source.js";
import type { Resolution } from "../../resolution.js";
import { INSTRUMENTS, type SimulatedInstrument } from "./instruments.js";
import { SimulatedMarket } from "./market.js";

/** Time before midnight at which the next day is simulated. */
const PREPARE_SECONDS = 60;

/** Delay up to which missed seconds are delivered one by one. A longer one means that the computer was suspended, or its clock set. */
const MAX_CATCH_UP_SECONDS = 60;

/** Time by which the clock can go back, as by a correction, before it means that it was set back. */
const MAX_BACK_SECONDS = 2;

/** The bars that the current bars of every resolution are built from: those of an hour, a day, and a month with the day before. */
const PREPARED: readonly (readonly [resolution: Resolution, countBack: number])[] = [
  ["1", 61],
  ["60", 27],
  ["D", 36],
];

/** Settings of a simulated market in addition to its seed and its clock. */
export interface SimulatedOptions {
  /** @default the ten instruments of the reference server */
  readonly instruments?: readonly SimulatedInstrument[];
  /** Logs jumps of the clock. @default not logged */
  readonly logger?: SourceLogger;
}

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
  readonly instruments: ReadonlyMap<string, SimulatedInstrument>;
  readonly resolutions = RESOLUTIONS;
  readonly description: string;
  readonly #clock: Pick<SourceClock, "now" | "after">;
  readonly #market: SimulatedMarket;
  readonly #watchers = new Set<Watcher>();
  readonly #logger: SourceLogger | undefined;
  /** The last second that was delivered to the watchers. */
  #ticked: number;
  #cancelTick: (() => void) | undefined;

  constructor(seed: string, clock: Pick<SourceClock, "now" | "after">, options: SimulatedOptions = {}) {
    const { instruments = INSTRUMENTS, logger } = options;
    this.#logger = logger;
    this.#ticked = Math.floor(clock.now() / 1_000);
    this.instruments = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
    this.description = `simulated, seed ${JSON.stringify(seed)}, ${this.instruments.size} symbols, never closes`;
    this.#clock = clock;
    this.#market = new SimulatedMarket(seed);
  }

  async history({ symbol, ...request }: HistoryRequest): Promise<History> {
    const now = this.#clock.now();
    return { bars: await this.#market.history(this.#instrument(symbol), request, now), through: now };
  }

  async recentTrades(symbol: string, count: number): Promise<readonly Required<Trade>[]> {
    const instrument = this.#instrument(symbol);
    const last = this.#second();
    await this.#market.prepare(instrument, last);
    return this.#market.trades(instrument, last, count);
  }

  /** Simulates the last days of every symbol, which takes about a second. */
  async prepare(): Promise<void> {
    const requests = [...this.instruments.keys()].flatMap((symbol) =>
      PREPARED.map(([resolution, countBack]) => this.history({ symbol, resolution, to: undefined, countBack })),
    );
    await Promise.all(requests);
  }

  watch(symbol: string, listener: MarketListener): () => void {
    const instrument = this.#instrument(symbol);
    const second = this.#second();
    const watcher: Watcher = { instrument, listener, second };
    this.#watchers.add(watcher);
    if (this.#market.isPrepared(instrument, second)) this.#sendBook(watcher);
    else void this.#market.prepare(instrument, second).then(() => this.#sendBook(watcher));
    if (this.#cancelTick === undefined) {
      this.#ticked = second;
      this.#cancelTick = this.#atNextSecond();
    }
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#cancelTick?.();
      this.#cancelTick = undefined;
    };
  }

  #sendBook(watcher: Watcher): void {
    const { instrument, listener } = watcher;
    if (this.#watchers.has(watcher)) listener.onTick({ book: this.#market.book(instrument, this.#second()) });
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
      const passed = second - this.#ticked;
      const hasJumped = passed > MAX_CATCH_UP_SECONDS || passed < -MAX_BACK_SECONDS;
      if (hasJumped)
        this.#logger?.warn("The system clock jumped: the market continues at the new time", { ms: passed * 1_000 });
      // A small correction is awaited.
      this.#ticked = hasJumped ? second : Math.max(this.#ticked, second);
      for (const watcher of this.#watchers) {
        if (hasJumped) this.#restart(watcher, second);
        else this.#catchUp(watcher, second);
        // Otherwise the days of all symbols would be simulated in one turn at midnight.
        const soon = second + PREPARE_SECONDS;
        if (!this.#market.isPrepared(watcher.instrument, soon)) void this.#market.prepare(watcher.instrument, soon);
      }
    });
  }

  /** Continues at another time. The seconds between are in the history, unless they have not happened yet. */
  #restart(watcher: Watcher, second: number): void {
    watcher.second = second;
    watcher.listener.onGap();
    void this.#market.prepare(watcher.instrument, second).then(() => this.#sendBook(watcher));
  }

  /** Delivers every second since the last one, including those during which the process was busy. */
  #catchUp(watcher: Watcher, through: number): void {
    const { instrument, listener } = watcher;
    const trades: Trade[] = [];
    while (watcher.second < through) trades.push(this.#market.trade(instrument, ++watcher.second));
    if (trades.length > 0) listener.onTick({ trades, book: this.#market.book(instrument, through) });
  }
}
