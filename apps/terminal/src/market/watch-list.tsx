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
    if (shown.current === selected.symbol) return;
    shown.current = selected.symbol;
    const row = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    if (list.current && row) revealRow(list.current, row);
  }, [selected.symbol]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = symbols.indexOf(selected);
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: symbols.length - 1 };
    const next = symbols[targets[event.key] ?? -1];
    if (event.key in targets) event.preventDefault();
    if (next !== undefined) onSelect(next.symbol);
  };

  return (
    <section className="panel watch" id="panel-watch" aria-labelledby="watch-title">
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

/** Scrolls a list to a row. `scrollIntoView` would scroll the page too: on a phone from the chart down to the list. */
function revealRow(list: HTMLElement, row: HTMLElement): void {
  const [frame, box] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (box.top < frame.top) list.scrollTop -= frame.top - box.top;
  else if (box.bottom > frame.bottom) list.scrollTop += box.bottom - frame.bottom;
}
