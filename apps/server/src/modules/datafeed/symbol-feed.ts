import type { Bar, OkQuote } from "@trading/topic";
import type { TopOfBook } from "../../market/market.js";
import { startOfBars } from "./calendar.js";
import type { Deliveries, Delivery } from "./deliveries.js";
import { DatafeedError } from "./errors.js";
import { loadHistory } from "./history.js";
import type { Book, Instrument, MarketSource, Tick, Trade } from "./market-source.js";
import { type BarsByResolution, PresentBars } from "./present-bars.js";
import { movesOf } from "./price-moves.js";
import { buildQuote, synthesizeBook } from "./quote.js";
import { isFiner, type Resolution } from "./resolution.js";
import { loadSeed, type Seed } from "./seed.js";

/** Maximum number of trades on a tape. */
export const TAPE_LENGTH = 100;

/** A trade with an id, as the `trades` route publishes it. */
export type TapeTrade = Required<Trade>;

/** The changes of one moment. */
export interface Change {
  readonly trades: readonly TapeTrade[];
  readonly bars: BarsByResolution;
  /** Whether trades may be missing before this change; the bars are complete again. */
  readonly isGap: boolean;
  /** Whether the price passed through every value between the trades. */
  readonly isContinuous: boolean;
}

/** Listener of a symbol's changes. Its methods must not throw. */
export interface FeedListener {
  onChange(change: Change): void;
  /** The last call. */
  onEnd(reason: DatafeedError): void;
}

/**
 * The state of one symbol, derived from one upstream watch: current bars, quote, order book. The constructor starts it.
 */
export class SymbolFeed {
  /** Resolves when the current state is loaded; rejects if the source fails, which ends the feed. */
  readonly ready: Promise<void>;
  readonly instrument: Instrument;
  readonly #source: MarketSource;
  readonly #resolutions: readonly Resolution[];
  readonly #bars: PresentBars;
  readonly #deliveries: Deliveries;
  readonly #onEnd: (reason: DatafeedError) => void;
  #listeners = new Set<FeedListener>();
  /** The delivery of the last change, unless it is finished. */
  #delivery: Delivery | undefined;
  /** Resolution of the bar behind the quote: a day, or the finest one if that is coarser. */
  readonly #quoteResolution: Resolution;
  #stopSource = () => {};
  /**
   * Ticks received while the history loads; undefined otherwise. The history determines which trades are already in the
   * bars.
   */
  #pending: Tick[] | undefined = [];
  /** The loaded history includes trades up to this time; the source may still deliver them as ticks. */
  #through = Number.NEGATIVE_INFINITY;
  /** Whether the source reported a gap since the history was last requested. */
  #isGap = false;
  #isStopped = false;
  #ended: DatafeedError | undefined;
  /** The bar before the quote's first one, for its previous close. */
  #before: Bar | undefined;
  #book: Book | undefined;
  /** Derived values of the current state; empty after a change. */
  #quote: OkQuote | undefined;
  readonly #bookByDepth = new Map<number, Book>();
  #hasBooks = false;
  #isClosed = false;
  /** Unix milliseconds of the latest trade or book, negative before 1970; `-Infinity` before the first. */
  #time = Number.NEGATIVE_INFINITY;
  #tapeTime = Number.NEGATIVE_INFINITY;
  /** Number of trades with the time `#tapeTime`. */
  #tapeCount = 0;

  /** The last trades, oldest first: at least as many as a tape has, if there were as many. */
  #tape: TapeTrade[] = [];
  /** The tape that the source returned has the trades up to this time; the source may still deliver them as ticks. */
  #tapeThrough = Number.NEGATIVE_INFINITY;

  /** @param onEnd called before the listeners when the feed ends without `stop` */
  constructor(
    source: MarketSource,
    instrument: Instrument,
    resolutions: readonly Resolution[],
    deliveries: Deliveries,
    onEnd: (reason: DatafeedError) => void,
  ) {
    this.instrument = instrument;
    this.#source = source;
    this.#resolutions = resolutions;
    this.#bars = new PresentBars(resolutions, startOfBars(source, instrument));
    this.#deliveries = deliveries;
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
    // Callers that await `ready` get the error; without them it must not count as unhandled.
    this.ready.catch(() => {});
  }

  /** Returns the last bars including the current one; empty before `ready`. */
  recent(resolution: Resolution): readonly Bar[] {
    return this.#bars.recent(resolution);
  }

  /** The last trades, oldest first: those since the last gap, and those before that the source knows. */
  get tape(): readonly TapeTrade[] {
    return this.#tape.slice(-TAPE_LENGTH);
  }

  /** Whether the source has reported that nothing will be traded any more. */
  get hasEnded(): boolean {
    return this.#isClosed;
  }

  /**
   * The current order book, or one level per side from the last trade if the source has no books; undefined before the
   * first data.
   */
  get book(): Book | undefined {
    return this.#book;
  }

  /**
   * The current quote; undefined before the first trade. The same frozen object until it changes, so it is encoded once.
   */
  get quote(): OkQuote | undefined {
    this.#quote ??= this.#buildQuote();
    return this.#quote;
  }

  #buildQuote(): OkQuote | undefined {
    const bars = this.#bars.recent(this.#quoteResolution);
    const [before, day] = [bars.at(-2) ?? this.#before, bars.at(-1)];
    return day && Object.freeze(buildQuote(this.instrument, day, before?.close ?? day.open, this.#book));
  }

  /**
   * Returns the book down to a depth; undefined before the first data. The same frozen object for every depth that shows
   * the same levels, until the book changes.
   *
   * @param depth maximum number of levels per side
   */
  bookTo(depth: number): Book | undefined {
    const book = this.#book;
    if (book === undefined) return undefined;
    if (depth >= Math.max(book.bids.length, book.asks.length)) return Object.freeze(book);
    const known = this.#bookByDepth.get(depth);
    if (known !== undefined) return known;
    const [bids, asks] = [book.bids.slice(0, depth), book.asks.slice(0, depth)];
    const part = Object.freeze({ time: book.time, bids, asks });
    this.#bookByDepth.set(depth, part);
    return part;
  }

  /** The best prices; undefined before the first trade. */
  get topOfBook(): TopOfBook | undefined {
    const { quote, book, instrument } = this;
    if (quote === undefined) return undefined;
    const { bid, ask, lp: last } = quote.v;
    const [bidQty, askQty] = [book?.bids[0]?.qty ?? 0, book?.asks[0]?.qty ?? 0];
    const base = {
      symbol: instrument.symbol,
      time: this.#time,
      bid,
      ask,
      last,
      ...(this.#isClosed && { isClosed: true }),
    };
    // Without volumes any quantity can be traded.
    if (instrument.hasVolume === false) return { ...base, bidQty: instrument.maxQty, askQty: instrument.maxQty };
    return { ...base, bidQty, askQty };
  }

  /** The best prices, and how the price moved to them in the last change. */
  topOfBookAfter({ trades, isContinuous }: Change): TopOfBook | undefined {
    const top = this.topOfBook;
    if (top === undefined || trades.length < 2) return top;
    return { ...top, moves: movesOf(this.instrument, trades, isContinuous, this.#hasBooks) };
  }

  /** @throws DatafeedError the reason, if the feed has ended */
  assertLive(): void {
    if (this.#ended) throw this.#ended;
  }

  /**
   * Adds a listener of the changes from now on.
   *
   * @param isFirst whether it gets a change before the others
   * @returns removes the listener; idempotent
   */
  listen(listener: FeedListener, isFirst = false): () => void {
    if (isFirst) this.#listeners = new Set([listener, ...this.#listeners]);
    else this.#listeners.add(listener);
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
      if (to !== undefined) [this.#before] = await loadHistory(this.#source, this.instrument, request);
      this.#quote = undefined;
    } catch (error) {
      this.end(error);
      throw this.#ended ?? error;
    }
  }

  /**
   * Loads the current bars from the source and continues from there.
   *
   * @param first opening time of the first bar to load if none is known; undefined: only the current bar
   */
  async #synchronize(first: number | undefined): Promise<void> {
    const since = (resolution: Resolution) => this.recent(resolution).at(-1)?.time ?? first;
    let seed: Seed;
    let tape: readonly TapeTrade[];
    do {
      this.#isGap = false;
      seed = await loadSeed(this.#source, this.instrument, this.#resolutions, since);
      tape = (await this.#source.recentTrades?.(this.instrument.symbol, TAPE_LENGTH)) ?? [];
    } while (this.#isGap);
    this.#finishDelivery();
    this.#bars.seed(seed.bars);
    this.#tape = [...tape];
    this.#tapeThrough = tape.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    // A book made from the last trade before the gap has its price.
    if (!this.#hasBooks) this.#book = undefined;
    // After a gap the time can be earlier: the system clock may have been set back.
    this.#time = Number.isFinite(seed.through) ? seed.through : this.#time;
    this.#emit({ trades: [], bars: seed.bars, isGap: true, isContinuous: false });
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    this.#through = seed.through;
    for (const tick of pending) this.#apply(tick);
  }

  #resync(): void {
    this.#isGap = true;
    if (this.#pending !== undefined || this.#isStopped) return;
    this.#pending = [];
    this.#synchronize(Number.NEGATIVE_INFINITY).catch((error: unknown) => this.end(error));
  }

  #take(tick: Tick): void {
    if (this.#pending === undefined) this.#apply(tick);
    else this.#pending.push(tick);
  }

  #apply({ trades = [], book, isContinuous = false, isClosed = false }: Tick): void {
    const isEmpty = trades.length === 0 && book === undefined && isClosed === this.#isClosed;
    if (this.#isStopped || isEmpty) return;
    this.#finishDelivery();
    this.#isClosed = isClosed;
    this.#hasBooks ||= book !== undefined;
    const isSynthetic = !this.#hasBooks && trades.length > 0;
    this.#book = book ?? (isSynthetic ? synthesizeBook(this.instrument, trades) : this.#book);
    this.#time = Math.max(this.#time, book?.time ?? this.#time, trades.at(-1)?.time ?? this.#time);
    const bars = this.#bars.take(this.#notInHistory(trades));
    this.#emit({ trades: trades.map((trade) => this.#onTape(trade)), bars, isGap: false, isContinuous });
  }

  /** Returns the trades that are not in the loaded history, which may have been ahead of the ticks. */
  #notInHistory(trades: readonly Trade[]): readonly Trade[] {
    const first = trades.findIndex(({ time }) => time > this.#through);
    if (first === -1) return [];
    this.#through = Number.NEGATIVE_INFINITY;
    return trades.slice(first);
  }

  #onTape(trade: Trade): TapeTrade {
    this.#tapeCount = trade.time === this.#tapeTime ? this.#tapeCount + 1 : 0;
    this.#tapeTime = trade.time;
    const onTape = { ...trade, id: trade.id ?? `${trade.time}-${this.#tapeCount}` };
    if (trade.time > this.#tapeThrough) this.#tape.push(onTape);
    // Rarely, because it copies the tape.
    if (this.#tape.length > 2 * TAPE_LENGTH) this.#tape = this.#tape.slice(-TAPE_LENGTH);
    return onTape;
  }

  #emit(change: Change): void {
    this.#quote = undefined;
    this.#bookByDepth.clear();
    // A copy, because listeners that are added meanwhile have read the current state.
    this.#delivery = this.#deliveries.start([...this.#listeners], (listener) => {
      if (this.#listeners.has(listener)) listener.onChange(change);
    });
  }

  /** Before the state changes, because listeners read it. */
  #finishDelivery(): void {
    // mutant: finish-delivery
    this.#delivery?.finish();
    this.#delivery = undefined;
  }

  /** Ends the feed and passes the reason to its listeners. */
  end(error: unknown): void {
    if (this.#isStopped) return;
    this.#finishDelivery();
    const message = `The market data source of ${this.instrument.symbol} failed. Subscribe again.`;
    const lost = new DatafeedError("feed_lost", message, { retryable: true, cause: error });
    this.#ended = error instanceof DatafeedError ? error : lost;
    this.stop();
    this.#onEnd(this.#ended);
    for (const listener of this.#listeners) listener.onEnd(this.#ended);
    this.#listeners.clear();
  }
}
