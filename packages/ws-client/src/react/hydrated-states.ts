import type { QuoteData } from "@trading/topic";
import type { Dehydrated, DehydratedBars, DehydratedTopic } from "../ssr/dehydrated.js";
import { EMPTY_HISTORY } from "../stores/bar-history.js";
import { EMPTY_QUOTE } from "../stores/quote-board.js";
import type { InitialState } from "../stores/shared-store.js";
import { type Collection, EMPTY } from "../stores/topic-store.js";
import type { Hydration } from "./client-provider.js";

/** Builds the states of hooks from what a server has prefetched. @param parent that of an outer boundary */
export function hydrationOf(
  states: readonly Dehydrated[],
  parent: Hydration | undefined,
): Hydration & {
  /** Discards the state of private topics, because the user has changed. */
  reset(): void;
} {
  const topics = new Map<string, DehydratedTopic>();
  const histories = new Map<string, DehydratedBars>();
  const quotes = new Map<string, { readonly quote: QuoteData; readonly topic: DehydratedTopic }>();
  for (const state of states) {
    if (state.kind === "bars") histories.set(state.topic, state);
    else {
      topics.set(state.topic, state);
      if (state.topic.startsWith("quotes:"))
        for (const quote of state.known as readonly QuoteData[]) quotes.set(quote.n, { quote, topic: state });
    }
  }
  const used = new Set<Dehydrated>();
  const initial = <State>(source: Dehydrated, state: State, empty: State): InitialState<State> => {
    return (purpose) => {
      // Later, because the components that are mounted in the same task render the same state.
      if (purpose === "start") setTimeout(() => used.add(source));
      return used.has(source) && purpose !== true ? empty : state;
    };
  };
  return {
    reset() {
      for (const state of topics.values()) if (state.isPrivate) used.add(state);
    },
    topic(resolved, last = 1) {
      const source = topics.get(resolved.topic);
      const known = source && parsed(source, resolved.route.parseUpdate);
      if (source === undefined || known === undefined) return parent?.topic(resolved, last);
      const items = last === 0 ? [] : known.slice(-last);
      return initial<Collection<never>>(
        source,
        { ...EMPTY, items: items as never[], isComplete: true, dataUpdatedAt: source.at },
        EMPTY,
      );
    },
    quote(symbol) {
      const found = quotes.get(symbol);
      if (found === undefined) return parent?.quote(symbol);
      return initial(found.topic, { ...EMPTY_QUOTE, quote: found.quote, dataUpdatedAt: found.topic.at }, EMPTY_QUOTE);
    },
    history(topic) {
      const source = histories.get(topic);
      if (source === undefined) return parent?.history(topic);
      const { bars, at } = source;
      const isEmpty = bars.length === 0;
      const history = isEmpty ? "empty" : "loaded";
      const state = { ...EMPTY_HISTORY, bars, history, hasOlder: !isEmpty, dataUpdatedAt: at } as const;
      return initial(source, state, EMPTY_HISTORY);
    },
  };
}

/** Returns the known updates; undefined if the schema of a checked route refuses one of them. */
function parsed<Update>(source: DehydratedTopic, parseUpdate?: (input: unknown) => Update): Update[] | undefined {
  try {
    return source.known.map((update) => (parseUpdate ? parseUpdate(update) : (update as Update)));
  } catch (error) {
    console.error(new Error(`Ignored the state of ${source.topic}: ${error}`));
    return undefined;
  }
}
