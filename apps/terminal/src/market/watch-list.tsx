import { type KeyboardEvent, useEffect, useRef } from "react";
import type { SymbolInfo } from "./symbol-info.js";
import type { Tick } from "./use-quotes.js";
import { WatchRow } from "./watch-row.js";

interface WatchListProps {
  readonly symbols: readonly SymbolInfo[];
  readonly ticks: ReadonlyMap<string, Tick>;
  /** Why there are no prices of a symbol. */
  readonly faults: ReadonlyMap<string, string>;
  readonly chosen: SymbolInfo;
  readonly onChoose: (symbol: string) => void;
}

/** A listbox whose selection follows the arrow keys; one stop of the Tab key, however long. */
export function WatchList({ symbols, ticks, faults, chosen, onChoose }: WatchListProps) {
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row to show is the one of the chosen symbol
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = symbols.indexOf(chosen);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: symbols.length - 1 };
    const next = symbols[steps[event.key] ?? -1];
    if (event.key in steps) event.preventDefault();
    if (next !== undefined) onChoose(next.symbol);
  };

  return (
    <section className="panel watch" aria-labelledby="watch-title">
      <div className="watch-head">
        <h2 id="watch-title">Watch list</h2>
        <span>Last</span>
        <span>Change</span>
      </div>
      <div
        className="watch-rows"
        role="listbox"
        aria-labelledby="watch-title"
        aria-activedescendant={`watch-${chosen.symbol}`}
        tabIndex={0}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {symbols.map((info) => (
          <WatchRow
            key={info.symbol}
            info={info}
            tick={ticks.get(info.symbol)}
            fault={faults.get(info.symbol)}
            isChosen={info === chosen}
            onChoose={onChoose}
          />
        ))}
      </div>
    </section>
  );
}
