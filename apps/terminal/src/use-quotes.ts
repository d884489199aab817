import type { OkQuote } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useState } from "react";
import { trendOf } from "./format.js";

/** The latest quote of a symbol, and what its last price did. */
export interface Tick {
  readonly quote: OkQuote;
  readonly move: ReturnType<typeof trendOf>;
  /** How often the price has changed: a key that makes the flash start anew. */
  readonly moves: number;
}

/** The ticks of symbols, by name, from one subscription; and whether they are current, or what a lost connection left. */
export function useQuotes(symbols: readonly string[]): { ticks: ReadonlyMap<string, Tick>; isLive: boolean } {
  const [ticks, setTicks] = useState<ReadonlyMap<string, Tick>>(new Map());
  // A watch list is a set: sorted, so that one set is one topic.
  const params = { symbols: [], fast_symbols: [...new Set(symbols)].sort() };
  const { status } = useTopicEvents(quotes, params, (quote) => {
    if (quote.s === "ok") setTicks((before) => new Map(before).set(quote.n, nextTick(before.get(quote.n), quote)));
  });
  return { ticks, isLive: status === "live" };
}

function nextTick(before: Tick | undefined, quote: OkQuote): Tick {
  if (before === undefined) return { quote, move: "flat", moves: 0 };
  const difference = quote.v.lp - before.quote.v.lp;
  if (difference === 0) return { ...before, quote };
  return { quote, move: trendOf(difference), moves: before.moves + 1 };
}
