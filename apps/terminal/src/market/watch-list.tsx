import { type KeyboardEvent, useEffect, useRef } from "react";
import type { QuotesBySymbol } from "./quotes.js";
import type { SymbolInfo } from "./symbol-info.js";
import { WatchRow } from "./watch-row.js";

interface WatchListProps {
  readonly symbols: readonly SymbolInfo[];
  readonly quotes: QuotesBySymbol;
  readonly selected: SymbolInfo;
  readonly onSelect: (symbol: string) => void;
}

/** Lists the symbols with their prices, as an ARIA listbox: arrow keys select, and the list is one Tab stop. */
export function WatchList({ symbols, quotes, selected, onSelect }: WatchListProps) {
  const list = useRef<HTMLDivElement>(null);
  const shown = useRef(selected.symbol);
  useEffect(() => {
    // Not on load and not when the symbols are loaded again: on a phone that would scroll the page down to the list.
    if (shown.current === selected.symbol) return;
    shown.current = selected.symbol;
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [selected.symbol]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = symbols.indexOf(selected);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: symbols.length - 1 };
    const next = symbols[targets[event.key] ?? -1];
    if (event.key in targets) event.preventDefault();
    if (next !== undefined) onSelect(next.symbol);
  };

  return (
    <section className="panel watch" aria-labelledby="watch-title">
      <div className="watch-head">
        <h2 id="watch-title">Watchlist</h2>
        <span>Last</span>
        <span>Change</span>
      </div>
      <div
        className="watch-rows"
        role="listbox"
        aria-labelledby="watch-title"
        aria-activedescendant={`watch-${selected.symbol}`}
        tabIndex={0}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {symbols.map((info) => (
          <WatchRow
            key={info.symbol}
            info={info}
            quote={quotes.get(info.symbol)}
            isSelected={info === selected}
            onSelect={onSelect}
          />
        ))}
      </div>
    </section>
  );
}
