import { type KeyboardEvent, type PointerEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { SymbolSearch } from "./symbol-search.js";
import { MAX_NAME_LENGTH, type NamedList, withoutSymbol, withSymbol, withSymbolAt } from "./watch-lists.js";

interface WatchEditorProps {
  readonly list: NamedList;
  /** Whether the list has just been created, so that its name gets the focus. */
  readonly isNew: boolean;
  readonly onChange: (list: NamedList) => void;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

/** A symbol that is being dragged. */
interface Drag {
  readonly symbol: string;
  readonly startY: number;
  /** Height of a row. */
  readonly height: number;
  /** The list before, which Escape restores. */
  readonly before: NamedList;
}

/** Edits a watchlist: its name, its symbols and their order. */
export function WatchEditor({ list, isNew, onChange, onDelete, onClose }: WatchEditorProps) {
  const id = useId();
  const rows = useRef<HTMLUListElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const [message, setMessage] = useState("");
  /** The symbol whose button gets the focus again: a row that moves in the document loses it. */
  const moved = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (!isNew) return;
    name.current?.focus();
    name.current?.select();
  }, [isNew]);
  useLayoutEffect(() => {
    if (moved.current === undefined) return;
    rows.current?.querySelector<HTMLElement>(`[data-symbol="${CSS.escape(moved.current)}"]`)?.focus();
    moved.current = undefined;
  });

  const move = (symbol: string, index: number, from = list) => {
    const next = withSymbolAt(from, symbol, index);
    const position = next.symbols.indexOf(symbol) + 1;
    moved.current = symbol;
    setMessage(`${symbol} is number ${position} of ${next.symbols.length}`);
    if (next.symbols.join() !== list.symbols.join()) onChange(next);
  };
  const cancelDrag = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !drag) return false;
    event.preventDefault();
    onChange(drag.before);
    moved.current = drag.symbol;
    setMessage("Move cancelled");
    setDrag(undefined);
    return true;
  };
  const onKeyDown = (event: KeyboardEvent, symbol: string) => {
    if (cancelDrag(event)) return;
    const at = list.symbols.indexOf(symbol);
    const targets: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: list.symbols.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    move(symbol, target);
  };
  const onPointerDown = (event: PointerEvent, symbol: string) => {
    const row = (event.target as Element).closest("li");
    if (event.button !== 0 || row === null) return;
    // The list captures the pointer, because a row that moves in the document would lose it.
    rows.current?.setPointerCapture(event.pointerId);
    setDrag({ symbol, startY: event.clientY, height: row.getBoundingClientRect().height, before: list });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (!drag) return;
    const shift = Math.round((event.clientY - drag.startY) / drag.height);
    move(drag.symbol, drag.before.symbols.indexOf(drag.symbol) + shift, drag.before);
  };
  const remove = (symbol: string) => {
    const at = list.symbols.indexOf(symbol);
    const next = withoutSymbol(list, symbol);
    moved.current = next.symbols[Math.min(at, next.symbols.length - 1)];
    setMessage(`${symbol} removed`);
    onChange(next);
  };

  return (
    <div className="watch-editor">
      <h2 id="watch-title" className="visually-hidden">
        Edit the watchlist
      </h2>
      <div className="field">
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          ref={name}
          value={list.name}
          maxLength={MAX_NAME_LENGTH}
          autoComplete="off"
          onChange={({ target }) => onChange({ ...list, name: target.value })}
          onBlur={() => list.name.trim() === "" && onChange({ ...list, name: "List" })}
        />
      </div>
      <SymbolSearch
        label="Add a symbol"
        onSelect={({ symbol }) => {
          setMessage(list.symbols.includes(symbol) ? `The list has ${symbol}` : `${symbol} added`);
          onChange(withSymbol(list, symbol));
        }}
      />
      <p id={`${id}-hint`} className="hint">
        Drag a symbol, or move it with the arrow keys.
      </p>
      <ul
        ref={rows}
        className="watch-order"
        aria-label="Symbols of the list"
        onPointerMove={onPointerMove}
        onPointerUp={() => setDrag(undefined)}
        onPointerCancel={() => setDrag(undefined)}
      >
        {list.symbols.map((symbol) => (
          <li key={symbol} className={drag?.symbol === symbol ? "dragged" : ""}>
            <button
              type="button"
              className="grip"
              data-symbol={symbol}
              aria-label={`Move ${symbol}`}
              aria-describedby={`${id}-hint`}
              onKeyDown={(event) => onKeyDown(event, symbol)}
              onPointerDown={(event) => onPointerDown(event, symbol)}
            >
              <span aria-hidden="true">⠿</span>
            </button>
            <strong>{symbol}</strong>
            <button type="button" aria-label={`Remove ${symbol}`} onClick={() => remove(symbol)}>
              <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      {list.symbols.length === 0 && <p className="panel-note">No symbols yet.</p>}
      <p className="visually-hidden" role="status">
        {message}
      </p>
      <div className="buttons">
        <button type="button" onClick={onDelete}>
          Delete list
        </button>
        <button type="button" className="primary" onClick={onClose}>
          Done
        </button>
      </div>
    </div>
  );
}
