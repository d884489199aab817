import { useMemo } from "react";
import { useStored } from "../page/use-stored.js";
import type { SymbolInfo } from "./symbol-info.js";
import { NO_LISTS, selectedList, type WatchLists, watchListsOf } from "./watch-lists.js";

/** The user's watchlists, and the symbols of the shown one. */
export interface WatchListState {
  readonly lists: WatchLists;
  readonly setLists: (lists: WatchLists) => void;
  /** The symbols of the shown list that the server has. */
  readonly shown: readonly SymbolInfo[];
}

/** Returns the watchlists, which the browser remembers. @param symbols all symbols of the server */
export function useWatchLists(symbols: readonly SymbolInfo[]): WatchListState {
  const [lists, setLists] = useStored("trading-watchlists", watchListsOf, NO_LISTS);
  const shown = useMemo(() => {
    const list = selectedList(lists);
    if (list === undefined) return symbols;
    const byName = new Map(symbols.map((info) => [info.symbol, info]));
    return list.symbols.flatMap((symbol) => byName.get(symbol) ?? []);
  }, [lists, symbols]);
  return useMemo(() => ({ lists, setLists, shown }), [lists, setLists, shown]);
}
