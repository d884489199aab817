import type { Bar, OkQuote } from "@trading/topic";
import type { TopOfBook } from "../../market/market.js";
import { DatafeedError } from "./errors.js";
import { loadHistory } from "./history.js";
import type { Book, Instrument, MarketSource, Tick, Trade } from "./market-source.js";
import { type BarsByResolution, PresentBars } from "./present-bars.js";
import { buildQuote, synthesizeBook } from "./quote.js";
import { isFiner, type Resolution } from "./resolution.js";
import { loadSeed, type Seed } from "./seed.js";

/** A trade as the tape tells it. */
export type TapeTrade = Required<Trade>;

/** What one moment changed. */
export interface Change {
  readonly trades: readonly TapeTrade[];
  readonly bars: BarsByResolution;
  /** Trades may be missing before this; the bars are right again. */
  readonly isGap: boolean;
}

/** Who is told of a symbol. Neither may throw. */
export interface FeedListener {
  onChange(change: Change): void;
  /** The last call. */
  onEnd(reason: DatafeedError): void;
}

/** Everything about one symbol, made of one upstream: the present bars, the quote, the book. Made started. */
export class SymbolFeed {
  /** Settles when the present is known; rejects where the source fails, and the feed has ended. */
  readonly ready: Promise<void>;
  readonly instrument: Instrument;
  readonly #source: MarketSource;
  readonly #resolutions: readonly Resolution[];
  readonly #bars: PresentBars;
  readonly #onEnd: (reason: DatafeedError) => void;
  readonly #listeners = new Set<FeedListener>();
  /** The bar a quote speaks of: the day's, or the finest where that is longer. */
  readonly #quoteResolution: Resolution;
  #stopSource = () => {};
  /** Ticks that wait until it is known which of them the history has. */
  #pending: Tick[] | undefined = [];
  /** Trades up to this moment are in the bars, though some may still be told. */
  #through = Number.NEGATIVE_INFINITY;
  /** The source has missed something since the history was last asked for. */
  #isGap = false;
  #isStopped = false;
  #ended: DatafeedError | undefined;
  /** The bar before the one that the first quote speaks of. */
  #before: Bar | undefined;
  #book: Book | undefined;
  #hasBooks = false;
  /** Unix milliseconds of what was heard last. */
  #time = 0;
  #tapeTime = Number.NEGATIVE_INFINITY;
  /** Trades of the tape's last moment. */
  #tapeCount = 0;

  /** @param onEnd it has ended by itself; called before anybody else is told */
  constructor(
    source: MarketSource,
    instrument: Instrument,
    resolutions: readonly Resolution[],
    onEnd: (reason: DatafeedError) => void,
  ) {
    this.instrument = instrument;
    this.#source = source;
    this.#resolutions = resolutions;
    this.#bars = new PresentBars(resolutions, source.barStart);
    this.#onEnd = onEnd;
    this.#quoteResolution = resolutions.find((each) => !isFiner(each, "D")) ?? (resolutions[0] as Resolution);
    const stop = source.watch(instrument.symbol, {
      onTick: (tick) => this.#take(tick),
      onGap: () => this.#resync(),
      onEnd: (reason) => this.end(reason),
    });
    if (this.#isStopped) stop();
    else this.#stopSource = stop;
    this.ready = this.#start();
    // Whoever waits for it is told; nobody may be waiting any more.
    this.ready.catch(() => {});
  }

  /** The last bars, the present one included; empty before it is ready. */
  recent(resolution: Resolution): readonly Bar[] {
    return this.#bars.recent(resolution);
  }

  /** The present book, or one level made of the last price and trade where the source has none; undefined: nothing is known. */
  get book(): Book | undefined {
    return this.#book;
  }

  /** Undefined before the first trade. */
  get quote(): OkQuote | undefined {
    const bars = this.#bars.recent(this.#quoteResolution);
    const [before, day] = [bars.at(-2) ?? this.#before, bars.at(-1)];
    return day && buildQuote(this.instrument, day, before?.close ?? day.open, this.#book);
  }

  /** Undefined before the first trade. */
  get topOfBook(): TopOfBook | undefined {
    const { quote, book, instrument } = this;
    if (quote === undefined) return undefined;
    const { bid, ask, lp: last } = quote.v;
    const [bidQty, askQty] = [book?.bids[0]?.qty ?? 0, book?.asks[0]?.qty ?? 0];
    return { symbol: instrument.symbol, time: this.#time, bid, bidQty, ask, askQty, last };
  }

  /** @throws DatafeedError why it has ended, where it has */
  assertLive(): void {
    if (this.#ended) throw this.#ended;
  }

  /** @returns stops it; calling that twice does nothing */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#stopSource();
  }

  async #start(): Promise<void> {
    const { symbol } = this.instrument;
    try {
      await this.#synchronize(undefined);
      const to = this.recent(this.#quoteResolution)[0]?.time;
      const request = { symbol, resolution: this.#quoteResolution, to, countBack: 1 };
      if (to !== undefined) [this.#before] = await loadHistory(this.#source, request);
    } catch (error) {
      this.end(error);
      throw this.#ended ?? error;
    }
  }

  /**
   * Asks where the line of trades stands, and goes on from there.
   *
   * @param first which bars are wanted where none is known; undefined: the present one
   */
  async #synchronize(first: number | undefined): Promise<void> {
    const since = (resolution: Resolution) => this.recent(resolution).at(-1)?.time ?? first;
    let seed: Seed;
    do {
      this.#isGap = false;
      seed = await loadSeed(this.#source, this.instrument.symbol, this.#resolutions, since);
    } while (this.#isGap);
    this.#bars.seed(seed.bars);
    this.#time = Math.max(this.#time, Number.isFinite(seed.through) ? seed.through : 0);
    this.#emit({ trades: [], bars: seed.bars, isGap: true });
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    this.#through = seed.through;
    for (const tick of pending) this.#apply(tick);
  }

  #resync(): void {
    this.#isGap = true;
    if (this.#pending !== undefined || this.#isStopped) return;
    this.#pending = [];
    this.#synchronize(0).catch((error: unknown) => this.end(error));
  }

  #take(tick: Tick): void {
    if (this.#pending === undefined) this.#apply(tick);
    else this.#pending.push(tick);
  }

  #apply({ trades = [], book }: Tick): void {
    if (this.#isStopped || (trades.length === 0 && book === undefined)) return;
    this.#hasBooks ||= book !== undefined;
    this.#book = book ?? (this.#hasBooks ? this.#book : synthesizeBook(this.instrument, trades));
    this.#time = Math.max(this.#time, book?.time ?? 0, trades.at(-1)?.time ?? 0);
    const bars = this.#bars.take(this.#notInHistory(trades));
    this.#emit({ trades: trades.map((trade) => this.#onTape(trade)), bars, isGap: false });
  }

  /** Those that the history did not have: it may have been ahead of what is told. */
  #notInHistory(trades: readonly Trade[]): readonly Trade[] {
    const first = trades.findIndex(({ time }) => time > this.#through);
    if (first === -1) return [];
    this.#through = Number.NEGATIVE_INFINITY;
    return trades.slice(first);
  }

  #onTape(trade: Trade): TapeTrade {
    this.#tapeCount = trade.time === this.#tapeTime ? this.#tapeCount + 1 : 0;
    this.#tapeTime = trade.time;
    return { ...trade, id: trade.id ?? `${trade.time}-${this.#tapeCount}` };
  }

  #emit(change: Change): void {
    for (const listener of this.#listeners) listener.onChange(change);
  }

  /** Ends it, and tells everybody why. */
  end(error: unknown): void {
    if (this.#isStopped) return;
    const told = `The source of ${this.instrument.symbol} has failed: ask again.`;
    const lost = new DatafeedError("feed_lost", told, { retryable: true, cause: error });
    this.#ended = error instanceof DatafeedError ? error : lost;
    this.stop();
    this.#onEnd(this.#ended);
    for (const listener of this.#listeners) listener.onEnd(this.#ended);
    this.#listeners.clear();
  }
}
