import type { OkQuote, QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import { useTopicEvents } from "@trading/ws-client/react";
import { useState } from "react";
import { trendOf } from "../format.js";

/** The latest quote of a symbol, and what its last price did. */
export interface Tick {
  readonly quote: OkQuote;
  readonly move: ReturnType<typeof trendOf>;
  /** How often the price has changed: a key that makes the flash start anew. */
  readonly moves: number;
}

/** What is known of symbols, by name; each is in one of the two at most. */
interface Quoted {
  readonly ticks: ReadonlyMap<string, Tick>;
  /** Why the server has no prices of a symbol, in its words. */
  readonly faults: ReadonlyMap<string, string>;
}

/** The quotes of symbols, from one subscription; and whether they are current, or what a lost connection left. */
export function useQuotes(symbols: readonly string[]): Quoted & { readonly isLive: boolean } {
  const [quoted, setQuoted] = useState<Quoted>({ ticks: new Map(), faults: new Map() });
  // A watch list is a set: sorted, so that one set is one topic.
  const params = { symbols: [], fast_symbols: [...new Set(symbols)].sort() };
  const { status } = useTopicEvents(quotes, params, (quote) => setQuoted((before) => nextQuoted(before, quote)));
  return { ...quoted, isLive: status === "live" };
}

function nextQuoted(before: Quoted, quote: QuoteData): Quoted {
  const ticks = new Map(before.ticks);
  const faults = new Map(before.faults);
  if (quote.s === "ok") {
    ticks.set(quote.n, nextTick(ticks.get(quote.n), quote));
    faults.delete(quote.n);
  } else {
    // The last price is of a server that is gone: it must not stand as if it were one of this.
    ticks.delete(quote.n);
    faults.set(quote.n, quote.v.message ?? "The server has no quote of it.");
  }
  return { ticks, faults };
}

function nextTick(before: Tick | undefined, quote: OkQuote): Tick {
  if (before === undefined) return { quote, move: "flat", moves: 0 };
  const difference = quote.v.lp - before.quote.v.lp;
  if (difference === 0) return { ...before, quote };
  return { quote, move: trendOf(difference), moves: before.moves + 1 };
}
