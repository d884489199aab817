import { type Bar, bars, type ParamsOf, type QuoteData, quotes } from "@trading/topic";
import { type Clock, defineModule, type Module, serve, type TopicSource } from "@trading/ws-server";
import { type Datafeed, watchQuotes } from "./service.js";

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
 * An unknown symbol is told as a quote with status "error", once: one wrong symbol must not cost a watch list the others.
 */
function quoteSource(datafeed: Datafeed, clock: Clock): TopicSource<ParamsOf<typeof quotes>, QuoteData> {
  const stops = new Map<string, () => void>();
  return {
    async createTopic(topic, { symbols, fast_symbols }, publish, signal) {
      const fast = new Set(fast_symbols);
      const wanted = new Set([...fast_symbols, ...symbols]);
      const known = [...wanted].filter((symbol) => datafeed.instruments.has(symbol));
      for (const symbol of wanted) {
        if (!datafeed.instruments.has(symbol)) publish(unknownQuote(symbol));
      }

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
        for (const symbol of known) {
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

function unknownQuote(symbol: string): QuoteData {
  return { s: "error", n: symbol, v: { message: `There is no symbol ${JSON.stringify(symbol)} here.` } };
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
