import { type Bar, bars, type OkQuote, type QuoteData, quotes, type Trade } from "@trading/topic";
import { type EndReason, type StreamServer, WsServerError } from "@trading/ws-server";
import { DatafeedError } from "./errors.js";
import type { Present, Watcher } from "./present.js";
import type { Resolution } from "./resolution.js";
import { tape } from "./tape.js";

/** The part of a streaming server that reads topics of the cluster. */
export type TopicReader = Pick<StreamServer, "follow" | "read">;

/** Returns the parameters of the topic with the quote of one symbol, at every change. */
function quoteOf(symbol: string) {
  return { symbols: [], fast_symbols: [symbol] };
}

/** The quote of one symbol, which this server follows for all lists that contain it. */
interface FollowedQuote {
  readonly watchers: Set<Watcher<QuoteData>>;
  /** Resolves when the current quote has arrived. */
  readonly ready: Promise<void>;
  latest: QuoteData | undefined;
  stop(): void;
}

/**
 * The present in a cluster: that of the topics of one symbol, whichever server runs their source. So all servers have the same
 * bars and quotes, and each symbol has one upstream feed.
 */
export class ClusterPresent implements Present {
  readonly #quotes = new Map<string, FollowedQuote>();
  #stream: TopicReader | undefined;

  connect(stream: TopicReader): void {
    this.#stream = stream;
  }

  /** Returns the current bar; nothing if no server can be reached that has it, because the history has its past. */
  async bars(symbol: string, resolution: Resolution): Promise<readonly Bar[]> {
    try {
      return await this.#topics.read(bars, { symbol, resolution });
    } catch (error) {
      if (error instanceof WsServerError && error.retryable) return [];
      throw error;
    }
  }

  async quote(symbol: string): Promise<OkQuote | undefined> {
    const [quote] = await this.#topics.read(quotes, quoteOf(symbol));
    return quote?.s === "ok" ? quote : undefined;
  }

  trades(symbol: string): Promise<readonly Trade[]> {
    return this.#topics.read(tape, { symbol });
  }

  async watchQuotes(symbol: string, watcher: Watcher<QuoteData>): Promise<() => void> {
    const known = this.#quotes.get(symbol);
    const followed = known ?? this.#follow(symbol);
    followed.watchers.add(watcher);
    const stop = () => {
      if (followed.watchers.delete(watcher) && followed.watchers.size === 0) followed.stop();
    };
    if (known?.latest !== undefined) watcher.onValue(known.latest);
    try {
      await followed.ready;
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  #follow(symbol: string): FollowedQuote {
    const watchers = new Set<Watcher<QuoteData>>();
    let start = () => {};
    let fail: (reason: DatafeedError) => void = () => {};
    const ready = new Promise<void>((resolve, reject) => {
      start = resolve;
      fail = reject;
    });
    // Without a watcher that waits, nothing handles the rejection.
    ready.catch(() => {});
    const end = ({ code, message, retryable }: EndReason) => {
      followed.stop();
      const reason = new DatafeedError(code, message, { retryable });
      fail(reason);
      for (const watcher of watchers) watcher.onEnd?.(reason);
    };
    const unfollow = this.#topics.follow(quotes, quoteOf(symbol), {
      onUpdate(quote) {
        // A frozen quote is encoded once for all lists.
        followed.latest = Object.freeze(quote);
        for (const watcher of watchers) watcher.onValue(quote);
      },
      onCurrent: () => start(),
      // The subscribers of a list have to know that a part of it is not up to date.
      onInterrupted: end,
      onEnded: end,
    });
    const followed: FollowedQuote = {
      watchers,
      ready,
      latest: undefined,
      stop: () => {
        if (this.#quotes.get(symbol) === followed) this.#quotes.delete(symbol);
        unfollow();
      },
    };
    this.#quotes.set(symbol, followed);
    return followed;
  }

  get #topics(): TopicReader {
    if (this.#stream === undefined) throw new Error("The datafeed has no streaming server yet: call connect first");
    return this.#stream;
  }
}
