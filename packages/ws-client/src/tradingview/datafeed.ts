import type { Bar } from "@trading/topic";
import type { Client } from "../client.js";
import type { Clock } from "../options.js";
import type { BarsReply, DatafeedRest } from "../rest/rest.js";
import { BarFeed, type Series } from "./bar-feed.js";
import type {
  Datafeed,
  DatafeedConfiguration,
  HistoryMetadata,
  LibrarySymbolInfo,
  PeriodParams,
  SymbolName,
} from "./datafeed-types.js";
import { platformTimers } from "./platform-timers.js";
import { QuoteFeed } from "./quote-feed.js";
import { LEAST_MS, LIBRARY_RESOLUTIONS, resolutionOf } from "./resolution.js";

export interface DatafeedOptions {
  /**
   * Makes the charts ask for their data anew, after their caches were dropped: `() => widget.activeChart().resetData()`.
   * Called once for all charts of one moment.
   * @default nothing: a chart has a repaired history when it next asks by itself
   */
  readonly resetData?: () => void;
  /**
   * How long after a reset further corrections of older bars wait for the next one; gaps never wait. In milliseconds; 0 =
   * each correction resets.
   * @default 5_000
   */
  readonly resetIntervalMs?: number;
  /** Gets what the library has no callback for, as a search that failed. @default console.error */
  readonly onError?: (error: unknown) => void;
  /** @default the platform's timers */
  readonly clock?: Pick<Clock, "after">;
}

/**
 * A datafeed for the charting library: history and symbols over REST, what is live over the client, which stays the
 * caller's. Charts of one series share one subscription.
 *
 * Written where the library expects a datafeed, its types are taken over from there; elsewhere give the library's
 * `LibrarySymbolInfo` and `DatafeedConfiguration` as type arguments.
 */
export function createDatafeed<
  Info extends LibrarySymbolInfo = LibrarySymbolInfo,
  Configuration extends DatafeedConfiguration = DatafeedConfiguration,
>(client: Client, rest: DatafeedRest, options: DatafeedOptions = {}): Datafeed<Info, Configuration> {
  const {
    resetData = () => {},
    resetIntervalMs = 5_000,
    onError = (error) => console.error(error),
    clock = platformTimers,
  } = options;
  const ended = new AbortController();
  const { signal } = ended;
  const history = async ({ symbol, resolution }: Series, from: number, to: number) => {
    const countBack = Math.ceil((to - from) / LEAST_MS[resolution]);
    const reply = await rest.bars({ symbol, resolution, from, to, countBack }, signal);
    return inOrder(reply.bars);
  };
  const bars = new BarFeed(client, { resetData, resetIntervalMs, history, clock, onError });
  const quotes = new QuoteFeed(client, onError);

  /** Hands an answer to one callback, later: a promise never calls back at once. What a callback throws is not an answer's failure. */
  function answer<Answer>(ask: () => Promise<Answer>, give: (answer: Answer) => void, fail: (error: unknown) => void) {
    const unlessEnded =
      <Value>(call: (value: Value) => void) =>
      (value: Value) => {
        if (!signal.aborted) call(value);
      };
    Promise.resolve().then(ask).then(unlessEnded(give), unlessEnded(fail)).catch(unlessEnded(onError));
  }
  /** The library wants to hear why as text. */
  const inWords = (tell: (reason: string) => void) => (error: unknown) =>
    tell(error instanceof Error ? error.message : String(error));

  return {
    onReady(callback) {
      answer(
        () => rest.config(signal),
        (configuration) => callback(configuration as Configuration),
        (error) => {
          onError(error);
          // Without an answer there would be no chart at all, and nothing to see of why.
          callback({ supported_resolutions: LIBRARY_RESOLUTIONS } as Configuration);
        },
      );
    },

    searchSymbols(query, exchange, type, onResult) {
      answer(
        () => rest.search({ query, exchange, type }, signal),
        onResult,
        (error) => {
          onError(error);
          onResult([]);
        },
      );
    },

    resolveSymbol(symbolName, onResolve, onFailure) {
      answer(
        () => rest.resolve(symbolName, signal),
        (info) => onResolve(info as Info),
        inWords(onFailure),
      );
    },

    getBars(symbolInfo, resolution, period, onResult, onFailure) {
      answer(
        async () => {
          const series = { symbol: idOf(symbolInfo), resolution: resolutionOf(resolution) };
          const { countBack } = period;
          const from = Math.max(0, Math.floor(period.from * 1_000));
          const to = Math.ceil(period.to * 1_000);
          const reply = await rest.bars({ ...series, from, to, countBack }, signal);
          return { series, history: historyOf(reply, period) };
        },
        ({ series, history }) => {
          if (period.firstDataRequest) bars.loaded(series, history.bars);
          onResult(history.bars, history.meta);
        },
        inWords(onFailure),
      );
    },

    subscribeBars(symbolInfo, resolution, onTick, guid, onReset) {
      try {
        bars.subscribe({ symbol: idOf(symbolInfo), resolution: resolutionOf(resolution) }, onTick, guid, onReset);
      } catch (error) {
        onError(error);
      }
    },
    unsubscribeBars: (guid) => bars.unsubscribe(guid),

    getQuotes(symbols, onData, onFailure) {
      answer(() => rest.quotes(symbols, signal), onData, inWords(onFailure));
    },
    subscribeQuotes: (symbols, fast, onRealtime, guid) => quotes.subscribe(symbols, fast, onRealtime, guid),
    unsubscribeQuotes: (guid) => quotes.unsubscribe(guid),

    destroy() {
      ended.abort();
      bars.destroy();
      quotes.destroy();
    },
  };
}

function idOf({ name, ticker }: SymbolName): string {
  return ticker ?? name;
}

/** Oldest first, each time once. */
function inOrder(bars: readonly Bar[]): Bar[] {
  const byTime = new Map(bars.map((bar) => [bar.time, bar]));
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

/** A reply as the library wants it. */
function historyOf({ bars, nextTime }: BarsReply, { from, to, firstDataRequest }: PeriodParams): History {
  // A chart that has newer bars is given none of them again.
  const wanted = inOrder(bars).filter(({ time }) => firstDataRequest || time < to * 1_000);
  if (wanted.length > 0) return { bars: wanted, meta: { noData: false } };
  // A time that is not before the period would make the library ask for the same again, without end.
  const isOlder = nextTime != null && nextTime < from * 1_000;
  return { bars: [], meta: { noData: true, ...(isOlder && { nextTime: nextTime / 1_000 }) } };
}

interface History {
  readonly bars: Bar[];
  readonly meta: HistoryMetadata;
}
