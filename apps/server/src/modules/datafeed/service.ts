import type { Bar, OkQuote } from "@trading/topic";
import { RESOLUTIONS } from "@trading/topic";
import type { TopOfBook } from "../../market/market.js";
import { DatafeedError } from "./errors.js";
import { loadHistory } from "./history.js";
import type { Book, HistoryRequest, Instrument, MarketSource, SourceLogger } from "./market-source.js";
import { isFiner, type Resolution } from "./resolution.js";
import { type FeedListener, SymbolFeed, type TapeTrade } from "./symbol-feed.js";

/** Who watches something. Neither may throw. */
export interface Watcher<Value> {
  onValue(value: Value): void;
  /** The watch has ended by itself: watch again. @default nothing is told */
  onEnd?(reason: DatafeedError): void;
}

/** Symbols that a refusal lists. */
const MAX_LISTED_SYMBOLS = 10;

/** One upstream, and how many watch it. */
interface OpenFeed {
  readonly feed: SymbolFeed;
  users: number;
}

/**
 * Market data: everything that is told of a symbol, made of its one tick stream. The first who watches a symbol starts
 * its upstream, the last who leaves stops it.
 *
 * The last bar of `history` is the one that `watchBars` goes on with, and at any moment the present bars of all
 * resolutions have one close, which is the quote's last price. Each watch calls back with the present state before it
 * resolves, where there is one, and then at every change; what it resolves with stops it, and may be called twice.
 */
export class Datafeed {
  /** What it has data of, by symbol. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Resolutions it can emit, finest first. */
  readonly resolutions: readonly Resolution[];
  /** One line for the log: what is played, from what, and how it ends. */
  readonly description: string;
  readonly #source: MarketSource;
  readonly #logger: SourceLogger | undefined;
  readonly #feeds = new Map<string, OpenFeed>();
  #isClosed = false;

  /** @param logger is told of a source that fails. @default nobody */
  constructor(source: MarketSource, logger?: SourceLogger) {
    const [finest] = source.resolutions;
    if (finest === undefined) throw new TypeError("A source has at least one resolution: name its finest.");
    this.#source = source;
    this.#logger = logger;
    this.instruments = source.instruments;
    this.resolutions = RESOLUTIONS.filter((resolution) => !isFiner(resolution, finest));
    this.description = source.description;
  }

  /** Symbols that are watched at present: as many upstreams are open. */
  get watched(): readonly string[] {
    return [...this.#feeds.keys()];
  }

  isReady(): boolean {
    return !this.#isClosed && (this.#source.isReady?.() ?? true);
  }

  /**
   * Past bars and the present one as far as it has come, ascending by time.
   *
   * @throws DatafeedError for a symbol or resolution it does not have
   */
  async history(request: HistoryRequest): Promise<Bar[]> {
    const { symbol, resolution, to, countBack } = request;
    this.instrument(symbol);
    this.#assertResolution(symbol, resolution);
    const past = await loadHistory(this.#source, request);
    // What has been told of a watched symbol stands, though its source may be ahead of it or behind.
    const told = this.#feeds.get(symbol)?.feed.recent(resolution) ?? [];
    const first = told[0]?.time ?? Number.POSITIVE_INFINITY;
    const recent = told.filter(({ time }) => to === undefined || time < to);
    return [...past.filter(({ time }) => time < first), ...recent].slice(-countBack);
  }

  /** The present quote; undefined where nothing was traded yet. @throws DatafeedError `unknown_symbol` */
  async quote(symbol: string): Promise<OkQuote | undefined> {
    const { feed, release } = await this.#acquire(symbol);
    release();
    return feed.quote;
  }

  /** When a bar is over, its last state comes before the first of the next. @throws DatafeedError */
  async watchBars(symbol: string, resolution: Resolution, watcher: Watcher<Bar>): Promise<() => void> {
    this.#assertResolution(symbol, resolution);
    return this.#watch(symbol, (feed) => {
      const present = feed.recent(resolution).at(-1);
      if (present !== undefined) watcher.onValue(present);
      return {
        onChange({ bars }) {
          for (const bar of bars.get(resolution) ?? []) watcher.onValue(bar);
        },
        onEnd: (reason) => watcher.onEnd?.(reason),
      };
    });
  }

  /** @throws DatafeedError */
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

  /** Every trade from now on. Where some were missed the watch ends with `feed_gap`: a tape has no hole. @throws DatafeedError */
  watchTrades(symbol: string, watcher: Watcher<TapeTrade>): Promise<() => void> {
    return this.#watch(symbol, (_feed, stop) => ({
      onChange({ trades, isGap }) {
        if (isGap) {
          stop();
          const told = `Trades of ${symbol} may have been missed.`;
          watcher.onEnd?.(new DatafeedError("feed_gap", told, { retryable: true }));
        }
        for (const trade of trades) watcher.onValue(trade);
      },
      onEnd: (reason) => watcher.onEnd?.(reason),
    }));
  }

  /** @param depth levels a side, at most @throws DatafeedError */
  watchBook(symbol: string, depth: number, watcher: Watcher<Book>): Promise<() => void> {
    return this.#watch(symbol, (feed) => {
      let told: Book | undefined;
      const emit = () => {
        const { book } = feed;
        if (book === undefined || book === told) return;
        told = book;
        watcher.onValue({ time: book.time, bids: book.bids.slice(0, depth), asks: book.asks.slice(0, depth) });
      };
      emit();
      return { onChange: emit, onEnd: (reason) => watcher.onEnd?.(reason) };
    });
  }

  /** The best prices, what they are good for, and the last price. @throws DatafeedError */
  watchTopOfBook(symbol: string, watcher: Watcher<TopOfBook>): Promise<() => void> {
    return this.#watch(symbol, (feed) => {
      const emit = () => {
        const { topOfBook } = feed;
        if (topOfBook !== undefined) watcher.onValue(topOfBook);
      };
      emit();
      return { onChange: emit, onEnd: (reason) => watcher.onEnd?.(reason) };
    });
  }

  /** Ends every watch with `feed_closed`, then the source. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { feed } of this.#feeds.values()) feed.end(closed());
    await this.#source.close?.();
  }

  /** @throws DatafeedError `unknown_symbol` */
  instrument(symbol: string): Instrument {
    const instrument = this.instruments.get(symbol);
    if (instrument === undefined) {
      const known = [...this.instruments.keys()];
      const more = known.length > MAX_LISTED_SYMBOLS ? ` and ${known.length - MAX_LISTED_SYMBOLS} more` : "";
      const told = `There are: ${known.slice(0, MAX_LISTED_SYMBOLS).join(", ")}${more}.`;
      throw new DatafeedError("unknown_symbol", `There is no symbol ${JSON.stringify(symbol)} here. ${told}`);
    }
    return instrument;
  }

  #assertResolution(symbol: string, resolution: Resolution): void {
    if (this.resolutions.includes(resolution)) return;
    const choices = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(this.resolutions);
    const told = `${symbol} has no bars of resolution ${resolution}: they would be finer than its data. Choose ${choices}.`;
    throw new DatafeedError("resolution_too_fine", told);
  }

  async #watch(symbol: string, open: (feed: SymbolFeed, stop: () => void) => FeedListener): Promise<() => void> {
    const { feed, release } = await this.#acquire(symbol);
    let unlisten = () => {};
    const stop = () => {
      unlisten();
      release();
    };
    try {
      const listener = open(feed, stop);
      unlisten = feed.listen({
        onChange: (change) => listener.onChange(change),
        onEnd(reason) {
          release();
          listener.onEnd(reason);
        },
      });
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
    const feed: SymbolFeed = new SymbolFeed(this.#source, this.instrument(symbol), this.resolutions, (reason) => {
      this.#forget(symbol, feed);
      if (reason.code === "feed_lost")
        this.#logger?.warn("A symbol's source has failed", { symbol, error: reason.cause });
    });
    const open = { feed, users: 0 };
    this.#feeds.set(symbol, open);
    return open;
  }

  #forget(symbol: string, feed: SymbolFeed): void {
    if (this.#feeds.get(symbol)?.feed === feed) this.#feeds.delete(symbol);
  }
}

function closed(): DatafeedError {
  return new DatafeedError("feed_closed", "The datafeed is closed.", { retryable: true });
}
