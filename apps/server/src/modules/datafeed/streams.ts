import { bars, orderbook, type ParamsOf, type QuoteData, quotes, type Route, trades } from "@trading/topic";
import {
  type Clock,
  defineModule,
  type Module,
  type Publish,
  type ServedRoute,
  serve,
  type TopicSource,
} from "@trading/ws-server";
import type { DatafeedError } from "./errors.js";
import type { Present, Watcher } from "./present.js";
import type { Datafeed } from "./service.js";
import { assertMostlyKnown } from "./symbol-list.js";
import { tape } from "./tape.js";
import { toSourceError } from "./to-source-error.js";
import { type TopOfBookUpdate, topOfBook, toUpdate } from "./top-of-book.js";

/** Interval at which quotes of `symbols` are sent; those of `fast_symbols` are sent at every change. */
const SLOW_QUOTE_MS = 60_000;

/**
 * Builds the datafeed's routes for the streaming server. In a cluster one server runs all topics of a symbol.
 *
 * @param present the source of the quotes of lists
 */
export function datafeedStreams(datafeed: Datafeed, clock: Clock, present: Present = datafeed): Module {
  return defineModule({
    name: "datafeed",
    version: "1.0.0",
    description: "Bars, quotes, trades and order books",
    routes: [
      watched(bars, ownerOf, ({ symbol, resolution }, watcher) => datafeed.watchBars(symbol, resolution, watcher)),
      watched(quotes, ownerOfQuotes, (params, watcher) => {
        const source = ownerOfQuotes(params) === undefined ? present : datafeed;
        return watchList(datafeed, source, clock, params, watcher);
      }),
      watched(trades, ownerOf, ({ symbol }, watcher) => datafeed.watchTrades(symbol, watcher)),
      watched(orderbook, ownerOf, ({ symbol, depth }, watcher) => datafeed.watchBook(symbol, depth, watcher)),
    ],
    internalRoutes: [
      watched(topOfBook, ownerOf, ({ symbol }, watcher) => watchTopOfBook(datafeed, symbol, watcher)),
      watched(tape, ownerOf, ({ symbol }, watcher) => datafeed.watchTape(symbol, watcher)),
    ],
  });
}

/** Returns the key that the owner of a symbol's topics claims in a cluster. */
function ownerOf({ symbol }: { readonly symbol: string }): string {
  return `symbol:${symbol}`;
}

/** A topic with one fast symbol is one of that symbol's topics. Longer lists follow such topics. */
function ownerOfQuotes({ symbols, fast_symbols }: ParamsOf<typeof quotes>): string | undefined {
  const [symbol] = fast_symbols;
  return symbols.length === 0 && fast_symbols.length === 1 && symbol !== undefined ? ownerOf({ symbol }) : undefined;
}

/**
 * Serves a route with one watch per topic. If the watch ends, the topic ends and its subscribers receive the reason.
 */
function watched<Params, Update>(
  route: Route<Params, Update>,
  owner: (params: Params) => string | undefined,
  watch: (params: Params, watcher: Watcher<Update>) => Promise<() => void>,
): ServedRoute {
  const createTopic: TopicSource<Params, Update>["createTopic"] = (_topic, params, publish) =>
    watch(params, watcherOf(publish)).catch(rethrow);
  return serve(route, { createTopic }, { owner });
}

function watcherOf<Update>(publish: Publish<Update>): Watcher<Update> {
  return { onValue: publish, onEnd: (reason: DatafeedError) => publish.end(toSourceError(reason)) };
}

/**
 * Watches the quotes of a list: fast symbols at every change, the others immediately and then every minute. A symbol in
 * both lists is fast.
 *
 * An unknown symbol gets one quote with status "error", so that it does not fail the other symbols of a watch list. A
 * list with many of them is refused.
 */
async function watchList(
  datafeed: Datafeed,
  present: Present,
  clock: Clock,
  { symbols, fast_symbols }: ParamsOf<typeof quotes>,
  watcher: Watcher<QuoteData>,
): Promise<() => void> {
  for (const list of [symbols, fast_symbols]) assertMostlyKnown(datafeed, list);
  const running: (() => void)[] = [];
  const stop = () => {
    for (const end of running.splice(0)) end();
  };
  const onEnd = (reason: DatafeedError) => {
    stop();
    watcher.onEnd?.(reason);
  };
  const fast = new Set(fast_symbols);
  const latest = new Map<string, QuoteData>();
  const onSlow = (quote: QuoteData) => {
    const isFirst = !latest.has(quote.n);
    latest.set(quote.n, quote);
    if (isFirst) watcher.onValue(quote);
  };
  const watch = async (symbol: string) => {
    if (!datafeed.instruments.has(symbol)) return watcher.onValue(unknownQuote(symbol));
    const onValue = fast.has(symbol) ? watcher.onValue : onSlow;
    running.push(await present.watchQuotes(symbol, { onValue, onEnd }));
  };
  // In parallel, because each may need a request to an upstream feed.
  const outcomes = await Promise.allSettled(Array.from(new Set([...fast_symbols, ...symbols]), watch));
  const failed = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
  if (failed !== undefined) {
    stop();
    throw failed.reason;
  }
  running.push(
    every(clock, SLOW_QUOTE_MS, () => {
      for (const quote of latest.values()) watcher.onValue(quote);
    }),
  );
  return stop;
}

function watchTopOfBook(
  datafeed: Datafeed,
  symbol: string,
  { onValue, onEnd }: Watcher<TopOfBookUpdate>,
): Promise<() => void> {
  let sequence = 0;
  return datafeed.watchTopOfBook(symbol, {
    onValue: (top) => onValue(toUpdate(top, ++sequence)),
    ...(onEnd !== undefined && { onEnd }),
  });
}

/** Builds the error quote of an unknown symbol. */
export function unknownQuote(symbol: string): QuoteData {
  return { s: "error", n: symbol, v: { message: `Unknown symbol ${JSON.stringify(symbol)}.` } };
}

function rethrow(error: unknown): never {
  throw toSourceError(error);
}

/** Runs a function at a fixed interval. @returns stops it */
function every(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = clock.after(intervalMs, function again() {
    cancel = clock.after(intervalMs, again);
    run();
  });
  return () => cancel();
}
