import { type KeyboardEvent, lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import type { SymbolInfo } from "./symbol-info.js";
import { useAllQuotes } from "./use-all-quotes.js";
import type { WatchListState } from "./use-watch-lists.js";
import { MAX_LISTS, selectedList, withChangedList, withNewList, withoutList } from "./watch-lists.js";
import { WatchRow } from "./watch-row.js";
import { WatchTools } from "./watch-tools.js";

// Most visits edit no list.
const WatchEditor = lazy(async () => ({ default: (await import("./watch-editor.js")).WatchEditor }));

interface WatchListProps {
  readonly watch: WatchListState;
  readonly selected: SymbolInfo;
  readonly onSelect: (symbol: string) => void;
  /** Opens the price alerts of the selected symbol. */
  readonly onAlert: () => void;
}

/** Shows one of the watchlists, or edits it. */
export const WatchList = memo(function WatchList({ watch, selected, onSelect, onAlert }: WatchListProps) {
  const { lists, setLists, shown } = watch;
  const [isEdited, setEdited] = useState(false);
  const [isNew, setNew] = useState(false);
  const select = useRef<HTMLSelectElement>(null);
  const list = selectedList(lists);
  const create = () => {
    setLists(withNewList(lists, [selected.symbol]));
    setEdited(true);
    setNew(true);
  };
  const close = () => {
    setEdited(false);
    // The button that closes the editor has the focus, and is removed.
    select.current?.focus();
  };
  return (
    <section className="panel watch" id="panel-watch" aria-labelledby="watch-title">
      <WatchTools
        select={select}
        lists={lists}
        symbol={selected.symbol}
        isEdited={isEdited && list !== undefined}
        canCreate={lists.lists.length < MAX_LISTS}
        onSelect={(selectedId) => {
          setLists({ ...lists, selectedId });
          setEdited(false);
        }}
        onCreate={create}
        onEdit={() => {
          setEdited(!isEdited);
          setNew(false);
        }}
        onAlert={onAlert}
      />
      {isEdited && list ? (
        <Suspense>
          <WatchEditor
            key={list.id}
            list={list}
            isNew={isNew}
            onChange={(changed) => setLists(withChangedList(lists, changed))}
            onDelete={() => {
              setLists(withoutList(lists, list.id));
              close();
            }}
            onClose={close}
          />
        </Suspense>
      ) : (
        <>
          <div className="watch-head">
            <h2 id="watch-title">Watchlist</h2>
            <span>Last</span>
            <span>Change</span>
          </div>
          {shown.length === 0 && <p className="panel-note">This list has no symbols. Edit it to add some.</p>}
          {shown.length > 0 && <WatchRows symbols={shown} selected={selected} onSelect={onSelect} />}
        </>
      )}
    </section>
  );
});

interface WatchRowsProps {
  readonly symbols: readonly SymbolInfo[];
  /** The selected symbol, which another list may have. */
  readonly selected: SymbolInfo;
  readonly onSelect: (symbol: string) => void;
}

/** Lists symbols with their prices, as an ARIA listbox: arrow keys select, and the list is one Tab stop. */
function WatchRows({ symbols, selected, onSelect }: WatchRowsProps) {
  const quotes = useAllQuotes();
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
    <div
      className="watch-rows"
      role="listbox"
      aria-labelledby="watch-title"
      aria-activedescendant={symbols.includes(selected) ? `watch-${selected.symbol}` : undefined}
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
  );
}

/** Scrolls a list to a row. `scrollIntoView` would scroll the page too: on a phone from the chart down to the list. */
function revealRow(list: HTMLElement, row: HTMLElement): void {
  const [frame, box] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (box.top < frame.top) list.scrollTop -= frame.top - box.top;
  else if (box.bottom > frame.bottom) list.scrollTop += box.bottom - frame.bottom;
}
