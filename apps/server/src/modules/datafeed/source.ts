import { type Bar, bars, type ParamsOf, type QuoteData, quotes } from "@trading/topic";
import { type Clock, defineModule, type Module, serve, type TopicSource } from "@trading/ws-server";
import { type Datafeed, instrumentOf, watchQuotes } from "./service.js";

/** How often the symbols of a quote topic that are not `fast_symbols` are told. */
const SLOW_QUOTE_MS = 60_000;

/** The datafeed's routes, for the streaming server. */
export function datafeedModule(datafeed: Datafeed, clock: Clock): Module {
  return defineModule({
    name: "datafeed",
    version: "1.0.0",
    routes: [serve(bars, barSource(datafeed)), serve(quotes, quoteSource(datafeed, clock))],
  });
}

/** Bars of one symbol in one resolution: the present one at once, then each change. */
function barSource(datafeed: Datafeed): TopicSource<ParamsOf<typeof bars>, Bar> {
  const stops = new Map<string, () => void>();
  return {
    async createTopic(topic, { symbol, resolution }, publish) {
      stops.set(topic, await datafeed.watch(symbol, resolution, publish));
    },
    removeTopic: (topic) => stopAndForget(stops, topic),
  };
}

/**
 * Quotes of a list: fast symbols at every change, the others at once and then each minute. A symbol in both lists is fast.
 *
 * An unknown symbol refuses the whole subscription. A quote with status "error" would have to carry prices by its
 * schema, and a watch list that shows invented ones is worse than one that says which symbol is wrong.
 */
function quoteSource(datafeed: Datafeed, clock: Clock): TopicSource<ParamsOf<typeof quotes>, QuoteData> {
  const stops = new Map<string, () => void>();
  return {
    async createTopic(topic, { symbols, fast_symbols }, publish, signal) {
      const fast = new Set(fast_symbols);
      const slow = new Set(symbols.filter((symbol) => !fast.has(symbol)));
      for (const symbol of [...fast, ...slow]) instrumentOf(datafeed, symbol);

      const latest = new Map<string, QuoteData>();
      const publishSlow = () => {
        for (const quote of latest.values()) publish(quote);
      };
      const keep = (quote: QuoteData) => {
        const isFirst = !latest.has(quote.n);
        latest.set(quote.n, quote);
        if (isFirst) publish(quote);
      };
      const running: (() => void)[] = [];
      const stop = () => {
        for (const end of running) end();
      };
      try {
        for (const symbol of [...fast, ...slow]) {
          running.push(await watchQuotes(datafeed, symbol, fast.has(symbol) ? publish : keep));
          signal.throwIfAborted();
        }
      } catch (error) {
        // What fails leaves nothing behind: removeTopic is not called for it.
        stop();
        throw error;
      }
      running.push(every(clock, SLOW_QUOTE_MS, publishSlow));
      stops.set(topic, stop);
    },
    removeTopic: (topic) => stopAndForget(stops, topic),
  };
}

function stopAndForget(stops: Map<string, () => void>, topic: string): void {
  stops.get(topic)?.();
  stops.delete(topic);
}

/** @returns stops it */
function every(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = clock.after(intervalMs, function again() {
    cancel = clock.after(intervalMs, again);
    run();
  });
  return () => cancel();
}
