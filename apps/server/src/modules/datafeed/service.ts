import type { Bar, OkQuote } from "@trading/topic";
import { RESOLUTIONS } from "@trading/topic";
import type { Clock } from "@trading/ws-server";
import type { TopOfBook } from "../../market/market.js";
import { TimeZone } from "../../market/time-zone.js";
import { Deliveries } from "./deliveries.js";
import { DatafeedError } from "./errors.js";
import { loadHistory } from "./history.js";
import type { Book, HistoryRequest, Instrument, MarketSource, SourceClock, SourceLogger } from "./market-source.js";
import type { Present, Watcher } from "./present.js";
import { tidy } from "./quote.js";
import { isFiner, type Resolution } from "./resolution.js";
import { type FeedListener, SymbolFeed, type TapeTrade } from "./symbol-feed.js";

/** Time limit for preparing the source. */
const MAX_PREPARE_MS = 30_000;

/** Maximum number of symbols that an error message lists. */
const MAX_LISTED_SYMBOLS = 10;

/** One upstream feed and the number of its users. */
interface OpenFeed {
  readonly feed: SymbolFeed;
  users: number;
}

/**
 * Market data of all symbols, derived from one tick stream per symbol. The first watcher of a symbol opens its upstream
 * feed, the last one closes it.
 *
 * `watchBars` continues with the last bar of `history`. At any moment the current bars of all resolutions have the same
 * close, which is the quote's last price. Each watch calls back with the current state, if there is one, before its
 * promise resolves, and then at every change. It resolves with an idempotent function that stops it.
 */
export class Datafeed implements Present {
  /** Available instruments by symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Available resolutions, finest first. */
  readonly resolutions: readonly Resolution[];
  /** One line for the log: the source and its settings. */
  readonly description: string;
  readonly #source: MarketSource;
  readonly #logger: SourceLogger | undefined;
  readonly #deliveries: Deliveries;
  readonly #feeds = new Map<string, OpenFeed>();
  #isClosed = false;

  /**
   * @param logger logs failures of the source. @default not logged
   * @param clock limits the time that watchers take in one turn of the event loop. @default no limit
   * @throws TypeError for a source without resolutions, or with an unknown time zone
   */
  constructor(source: MarketSource, logger?: SourceLogger, clock?: Pick<Clock, "monotonic" | "endOfTurn">) {
    const [finest] = source.resolutions;
    if (finest === undefined) throw new TypeError("Invalid source: expected at least one resolution in resolutions.");
    for (const { symbol, timezone } of source.instruments.values()) {
      if (timezone === undefined || TimeZone.isKnown(timezone)) continue;
      const expected = "expected an IANA name, such as America/New_York";
      throw new TypeError(`Invalid timezone ${JSON.stringify(timezone)} of ${symbol}: ${expected}.`);
    }
    this.#source = source;
    this.#logger = logger;
    this.#deliveries = new Deliveries(clock);
    this.instruments = source.instruments;
    this.resolutions = RESOLUTIONS.filter((resolution) => !isFiner(resolution, finest));
    this.description = source.description;
  }

  /** Symbols with an open upstream feed. */
  get watched(): readonly string[] {
    return [...this.#feeds.keys()];
  }

  /**
   * Prepares the source for its first subscribers, for at most 30 seconds. If it fails, that is logged, and they load what
   * they need.
   */
  async prepare(clock: Pick<SourceClock, "after">): Promise<void> {
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(MAX_PREPARE_MS, () => reject(new Error(`It takes longer than ${MAX_PREPARE_MS} ms`)));
    });
    try {
      await Promise.race([this.#source.prepare?.(), late]);
    } catch (error) {
      this.#logger?.warn("The market source is not prepared: its first subscribers wait longer", { error });
    } finally {
      cancel();
    }
  }

  /** Returns whether the data of a symbol is over for good, so that its prices do not change any more. */
  hasEnded(symbol: string): boolean {
    return this.#source.hasEnded?.(symbol) ?? this.#feeds.get(symbol)?.feed.hasEnded ?? false;
  }

  isReady(): boolean {
    return !this.#isClosed && (this.#source.isReady?.() ?? true);
  }

  /**
   * Returns past bars and the current, incomplete one, ascending by time.
   *
   * @param publishedBars returns the last bars that were published. @default those of this server
   * @throws DatafeedError for an unknown symbol or an unavailable resolution
   */
  async history(request: HistoryRequest, publishedBars: Present["bars"] = (...of) => this.bars(...of)): Promise<Bar[]> {
    const { symbol, resolution, to, countBack } = request;
    const instrument = this.instrument(symbol);
    this.#assertResolution(symbol, resolution);
    const past = await loadHistory(this.#source, instrument, request);
    // Bars that were already published take precedence: the source's own history may be ahead of them or behind.
    const published = await publishedBars(symbol, resolution);
    const first = published[0]?.time ?? Number.POSITIVE_INFINITY;
    const recent = published.filter(({ time }) => to === undefined || time < to);
    return [...past.filter(({ time }) => time < first), ...recent].slice(-countBack).map(withWholeVolume);
  }

  /** Returns the last bars that were published, the current one included; empty if the symbol is not watched. */
  async bars(symbol: string, resolution: Resolution): Promise<readonly Bar[]> {
    return this.#feeds.get(symbol)?.feed.recent(resolution) ?? [];
  }

  /** Returns the current quote; undefined before the first trade. @throws DatafeedError `unknown_symbol` */
  async quote(symbol: string): Promise<OkQuote | undefined> {
    const { feed, release } = await this.#acquire(symbol);
    release();
    return feed.quote;
  }

  /** Returns the last trades, oldest first, at most {@link TAPE_LENGTH}. @throws DatafeedError `unknown_symbol` */
  async trades(symbol: string): Promise<readonly TapeTrade[]> {
    const { feed, release } = await this.#acquire(symbol);
    release();
    return feed.tape;
  }

  /**
   * Watches the bars of one resolution. The final state of a finished bar is delivered before the next bar. @throws
   * DatafeedError
   */
  async watchBars(symbol: string, resolution: Resolution, watcher: Watcher<Bar>): Promise<() => void> {
    this.#assertResolution(symbol, resolution);
    return this.#watch(symbol, (feed) => {
      const present = feed.recent(resolution).at(-1);
      if (present !== undefined) watcher.onValue(withWholeVolume(present));
      return {
        onChange({ bars }) {
          for (const bar of bars.get(resolution) ?? []) watcher.onValue(withWholeVolume(bar));
        },
        onEnd: (reason) => watcher.onEnd?.(reason),
      };
    });
  }

  /** Watches the quote of a symbol. @throws DatafeedError */
  watchQuotes(symbol: string, watcher: Watcher<OkQuote>): Promise<() => void> {
    return this.#watch(symbol, (feed) => {
      const emit = () => {
        const { quote } = feed;
        if (quote !== undefined) watcher.onValue(quote);
      };
      emit();
      return { onChange: emit, onEnd: (reason) => watcher.onEnd?.(reason) };
    });
  }

  /**
   * Watches every trade from now on. If trades were missed, the watch ends with `feed_gap`, because a tape must be
   * complete. @throws DatafeedError
   */
  watchTrades(symbol: string, watcher: Watcher<TapeTrade>): Promise<() => void> {
    return this.#watch(symbol, (_feed, stop) => onTrades(symbol, watcher, stop));
  }

  /** Watches the tape: the last trades, then every one. It ends as `watchTrades` does. @throws DatafeedError */
  watchTape(symbol: string, watcher: Watcher<TapeTrade>): Promise<() => void> {
    return this.#watch(symbol, (feed, stop) => {
      for (const trade of feed.tape) watcher.onValue(trade);
      return onTrades(symbol, watcher, stop);
    });
  }

  /** Watches the order book. @param depth maximum number of levels per side @throws DatafeedError */
  watchBook(symbol: string, depth: number, watcher: Watcher<Book>): Promise<() => void> {
    return this.#watch(symbol, (feed) => {
      let published: Book | undefined;
      const emit = () => {
        if (feed.book === undefined || feed.book === published) return;
        published = feed.book;
        watcher.onValue(feed.bookTo(depth) as Book);
      };
      emit();
      return { onChange: emit, onEnd: (reason) => watcher.onEnd?.(reason) };
    });
  }

  /**
   * Watches the best prices with their quantities, and the last price. Orders are filled at them, so they are delivered before
   * everything else. @throws DatafeedError
   */
  watchTopOfBook(symbol: string, watcher: Watcher<TopOfBook>): Promise<() => void> {
    return this.#watch(
      symbol,
      (feed) => {
        const emit = (topOfBook: TopOfBook | undefined) => {
          if (topOfBook !== undefined) watcher.onValue(topOfBook);
        };
        emit(feed.topOfBook);
        return {
          onChange: (change) => emit(feed.topOfBookAfter(change)),
          onEnd: (reason) => watcher.onEnd?.(reason),
        };
      },
      true,
    );
  }

  /** Ends every watch with `feed_closed`, then closes the source. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { feed } of this.#feeds.values()) feed.end(closed());
    await this.#source.close?.();
  }

  /** Returns an instrument. @throws DatafeedError `unknown_symbol` */
  instrument(symbol: string): Instrument {
    const instrument = this.instruments.get(symbol);
    if (instrument === undefined) {
      const known = [...this.instruments.keys()];
      const more = known.length > MAX_LISTED_SYMBOLS ? ` and ${known.length - MAX_LISTED_SYMBOLS} more` : "";
      const available = `Available symbols: ${known.slice(0, MAX_LISTED_SYMBOLS).join(", ")}${more}.`;
      throw new DatafeedError("unknown_symbol", `Unknown symbol ${JSON.stringify(symbol)}. ${available}`);
    }
    return instrument;
  }

  #assertResolution(symbol: string, resolution: Resolution): void {
    if (this.resolutions.includes(resolution)) return;
    const choices = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(this.resolutions);
    const message = `${symbol} has no bars of resolution ${resolution}: its data is coarser. Use ${choices}.`;
    throw new DatafeedError("resolution_too_fine", message);
  }

  async #watch(
    symbol: string,
    open: (feed: SymbolFeed, stop: () => void) => FeedListener,
    isFirst = false,
  ): Promise<() => void> {
    const { feed, release } = await this.#acquire(symbol);
    let unlisten = () => {};
    const stop = () => {
      unlisten();
      release();
    };
    try {
      const listener = open(feed, stop);
      const ending = (reason: DatafeedError) => {
        release();
        listener.onEnd(reason);
      };
      unlisten = feed.listen({ onChange: (change) => listener.onChange(change), onEnd: ending }, isFirst);
    } catch (error) {
      release();
      throw error;
    }
    return stop;
  }

  async #acquire(symbol: string): Promise<{ feed: SymbolFeed; release: () => void }> {
    if (this.#isClosed) throw closed();
    const open = this.#feeds.get(symbol) ?? this.#open(symbol);
    open.users++;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      if (--open.users > 0) return;
      open.feed.stop();
      this.#forget(symbol, open.feed);
    };
    try {
      await open.feed.ready;
      open.feed.assertLive();
    } catch (error) {
      release();
      throw error;
    }
    return { feed: open.feed, release };
  }

  #open(symbol: string): OpenFeed {
    const instrument = this.instrument(symbol);
    const feed: SymbolFeed = new SymbolFeed(this.#source, instrument, this.resolutions, this.#deliveries, (reason) => {
      this.#forget(symbol, feed);
      if (reason.code === "feed_lost")
        this.#logger?.warn("The market source failed for a symbol", { symbol, error: reason.cause });
    });
    const open = { feed, users: 0 };
    this.#feeds.set(symbol, open);
    return open;
  }

  #forget(symbol: string, feed: SymbolFeed): void {
    if (this.#feeds.get(symbol)?.feed === feed) this.#feeds.delete(symbol);
  }
}

/** Returns the listener of a watch of trades, which stops after a gap. */
function onTrades(symbol: string, watcher: Watcher<TapeTrade>, stop: () => void): FeedListener {
  return {
    onChange({ trades, isGap }) {
      if (isGap) {
        stop();
        const message = `Trades of ${symbol} may have been missed.`;
        watcher.onEnd?.(new DatafeedError("feed_gap", message, { retryable: true }));
      }
      for (const trade of trades) watcher.onValue(trade);
    },
    onEnd: (reason) => watcher.onEnd?.(reason),
  };
}

/** Returns a bar as clients get it: volumes of bars are integers. Sums are rounded once, here. */
function withWholeVolume(bar: Bar): Bar {
  return Number.isInteger(bar.volume) ? bar : { ...bar, volume: Math.round(tidy(bar.volume)) };
}

function closed(): DatafeedError {
  return new DatafeedError("feed_closed", "The datafeed is closed.", { retryable: true });
}
