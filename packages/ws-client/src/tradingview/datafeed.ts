import type { Bar } from "@trading/topic";
import { bars as barsRoute } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { BarsReply, DatafeedRest } from "../rest/rest.js";
import type { DatafeedConfiguration, LibrarySymbolInfo } from "../rest/symbols.js";
import type { Execution } from "../rest/trading.js";
import { type Clock, systemClock } from "../timers.js";
import { BarFeed, type Series } from "./bar-feed.js";
import { chartDays } from "./chart-days.js";
import { ChartMarks } from "./chart-marks.js";
import type { Datafeed, PeriodParams, SymbolName } from "./datafeed-types.js";
import { DepthFeed } from "./depth-feed.js";
import { type ExecutionOnBar, marksOf, timescaleMarksOf } from "./execution-marks.js";
import { PagedBars } from "./paged-bars.js";
import { QuoteFeed } from "./quote-feed.js";
import { LIBRARY_RESOLUTIONS, MIN_DURATION_MS, resolutionOf } from "./resolution.js";

export interface DatafeedOptions {
  /**
   * Makes the charts reload their data: `() => widget.activeChart().resetData()`. Called after the caches of one or more
   * charts were dropped.
   * @default none: a chart shows the corrected history when it next requests data
   */
  readonly resetData?: () => void;
  /**
   * Minimum interval between two resets because of corrected bars. A gap resets immediately. In milliseconds; 0 = every
   * correction resets.
   * @default 5_000
   */
  readonly resetIntervalMs?: number;
  /** Number of price levels on each side of the depth of market, 1 to 500. @default 20 */
  readonly depth?: number;
  /**
   * Loads the executions to mark on charts: `(symbol, signal) => rest.executions("DEMO-1", symbol, signal)`.
   * @default charts have no marks
   */
  readonly executions?: (symbol: string, signal: AbortSignal) => Promise<readonly Execution[]>;
  /** The place of the marks of executions. @default "bars" */
  readonly executionMarks?: "bars" | "timescale" | "both";
  /** Receives errors that the library has no callback for, such as a failed search. @default console.error */
  readonly onError?: (error: unknown) => void;
  /** Timers for `resetIntervalMs`. @default the platform's */
  readonly clock?: Pick<Clock, "after">;
}

/**
 * Creates a datafeed for the charting library: history and symbols over REST, live data from the client's topics. The caller
 * keeps ownership of the client. Charts of the same symbol and resolution share one subscription.
 *
 * Where the library expects a datafeed, TypeScript infers the type arguments; elsewhere pass the library's
 * `LibrarySymbolInfo` and `DatafeedConfiguration` explicitly.
 */
export function createDatafeed<
  Info extends LibrarySymbolInfo = LibrarySymbolInfo,
  Configuration extends DatafeedConfiguration = DatafeedConfiguration,
>(client: Client, rest: DatafeedRest, options: DatafeedOptions = {}): Datafeed<Info, Configuration> {
  const {
    resetData = () => {},
    resetIntervalMs = 5_000,
    depth = 20,
    executions,
    executionMarks = "bars",
    onError = (error) => console.error(error),
    clock = systemClock,
  } = options;
  const ended = new AbortController();
  const { signal } = ended;
  const pages = new PagedBars(rest);
  const history = async ({ symbol, resolution }: Series, from: number, to: number) => {
    const countBack = Math.ceil((to - from) / MIN_DURATION_MS[resolution]);
    const reply = await pages.load({ symbol, resolution, from, to, countBack }, signal);
    return reply.bars;
  };
  const bars = new BarFeed(client, {
    resetData,
    resetIntervalMs,
    history,
    clock,
    onError,
  });
  const quotes = new QuoteFeed(client, onError);
  const books = new DepthFeed(client, { depth, onError });
  const marks = new ChartMarks(async (symbol) => (await executions?.(symbol, signal)) ?? []);

  /** Sends a request and calls one of the two callbacks asynchronously. An exception of a callback goes to `onError`. */
  function respond<Reply>(
    request: () => Promise<Reply>,
    onResult: (reply: Reply) => void,
    onFailure: (error: unknown) => void,
  ) {
    const unlessEnded =
      <Value>(call: (value: Value) => void) =>
      (value: Value) => {
        if (!signal.aborted) call(value);
      };
    Promise.resolve().then(request).then(unlessEnded(onResult), unlessEnded(onFailure)).catch(unlessEnded(onError));
  }
  /** Adapts an error callback of the library, which takes the message. */
  const withMessage = (callback: (reason: string) => void) => (error: unknown) =>
    callback(error instanceof Error ? error.message : String(error));

  function respondWithMarks<Kind>(
    request: Promise<ExecutionOnBar[]>,
    toMarks: (executions: readonly ExecutionOnBar[]) => Kind[],
    onData: (marks: Kind[]) => void,
  ) {
    respond(
      () => request.then(toMarks),
      onData,
      (error) => {
        onError(error);
        onData([]);
      },
    );
  }
  const marksOn = (place: "bars" | "timescale") =>
    executions !== undefined && (executionMarks === place || executionMarks === "both");

  return {
    onReady(callback) {
      const withMarks = (configuration: DatafeedConfiguration) =>
        ({
          ...configuration,
          supports_marks: marksOn("bars"),
          supports_timescale_marks: marksOn("timescale"),
        }) as Configuration;
      respond(
        () => rest.config(signal),
        (configuration) => callback(withMarks(configuration)),
        (error) => {
          onError(error);
          // Without a configuration the library shows no chart and no error.
          callback(withMarks({ supported_resolutions: LIBRARY_RESOLUTIONS }));
        },
      );
    },

    searchSymbols(query, exchange, type, onResult) {
      respond(
        () => rest.search({ query, exchange, type }, signal),
        onResult,
        (error) => {
          onError(error);
          onResult([]);
        },
      );
    },

    resolveSymbol(symbolName, onResolve, onFailure) {
      respond(
        () => rest.resolve(symbolName, signal),
        (info) => onResolve(info as Info),
        withMessage(onFailure),
      );
    },

    getBars(symbolInfo, resolution, period, onResult, onFailure) {
      respond(
        async () => {
          const series = { symbol: idOf(symbolInfo), resolution: resolutionOf(resolution) };
          const days = chartDays(symbolInfo.timezone, series.resolution);
          const { countBack } = period;
          const from = days.toServer(Math.floor(period.from * 1_000));
          const to = days.toServer(Math.ceil(period.to * 1_000));
          const reply = await pages.load({ ...series, from, to, countBack }, signal);
          return { series, days, ...historyOf(reply, { from, to, firstDataRequest: period.firstDataRequest }) };
        },
        ({ series, days, bars: loaded, nextTime }) => {
          if (period.firstDataRequest) bars.historyLoaded(series, loaded);
          const shown = loaded.map((bar) => ({ ...bar, time: days.toChart(bar.time) }));
          marks.barsLoaded(
            barsRoute.buildTopic(series),
            shown.map(({ time }) => time),
          );
          onResult(shown, {
            noData: loaded.length === 0,
            ...(nextTime !== undefined && { nextTime: days.toChart(nextTime) }),
          });
        },
        withMessage(onFailure),
      );
    },

    subscribeBars(symbolInfo, resolution, onTick, guid, onReset) {
      try {
        const series = { symbol: idOf(symbolInfo), resolution: resolutionOf(resolution) };
        const { toChart } = chartDays(symbolInfo.timezone, series.resolution);
        const topic = barsRoute.buildTopic(series);
        const onBar = (bar: Bar) => {
          const time = toChart(bar.time);
          marks.barsLoaded(topic, [time]);
          onTick({ ...bar, time });
        };
        bars.subscribe(series, onBar, guid, onReset);
      } catch (error) {
        onError(error);
      }
    },
    unsubscribeBars: (guid) => bars.unsubscribe(guid),

    getQuotes(symbols, onData, onFailure) {
      respond(() => rest.quotes(symbols, signal), onData, withMessage(onFailure));
    },
    subscribeQuotes: (symbols, fast, onRealtime, guid) => quotes.subscribe(symbols, fast, onRealtime, guid),
    unsubscribeQuotes: (guid) => quotes.unsubscribe(guid),

    getServerTime(callback) {
      respond(
        () => rest.time(signal),
        ({ time }) => callback(time / 1_000),
        onError,
      );
    },

    getMarks(symbolInfo, from, to, onData, resolution) {
      respondWithMarks(marks.load(symbolInfo, { from, to }, resolution), marksOf, onData);
    },
    getTimescaleMarks(symbolInfo, from, to, onData, resolution) {
      respondWithMarks(marks.load(symbolInfo, { from, to }, resolution), timescaleMarksOf, onData);
    },

    subscribeDepth: (symbol, onDepth) => books.subscribe(symbol, onDepth),
    unsubscribeDepth: (id) => books.unsubscribe(id),

    destroy() {
      ended.abort();
      bars.destroy();
      quotes.destroy();
      books.destroy();
    },
  };
}

function idOf({ name, ticker }: SymbolName): string {
  return ticker ?? name;
}

/** Returns the bars of a period, in the server's times. @param period in Unix milliseconds */
function historyOf(
  { bars, nextTime }: BarsReply,
  period: Pick<PeriodParams, "from" | "to" | "firstDataRequest">,
): History {
  const { from, to, firstDataRequest } = period;
  // A chart that already has newer bars must not receive them again.
  const inPeriod = bars.filter(({ time }) => firstDataRequest || time < to);
  if (inPeriod.length > 0) return { bars: inPeriod };
  // With a `nextTime` inside the period the library would repeat the same request endlessly.
  return { bars: [], ...(nextTime != null && nextTime < from && { nextTime }) };
}

interface History {
  readonly bars: Bar[];
  /** Time of the newest older bar, if the period has none. */
  readonly nextTime?: number;
}
