import { memo } from "react";
import { formatChange, formatPercent, trendOf } from "../format.js";
import { Price } from "./price.js";
import type { SymbolInfo } from "./symbol-info.js";
import type { Tick } from "./use-quotes.js";

interface WatchRowProps {
  readonly info: SymbolInfo;
  readonly tick: Tick | undefined;
  /** Why there is no price. */
  readonly fault: string | undefined;
  readonly isChosen: boolean;
  readonly onChoose: (symbol: string) => void;
}

/** One symbol of the watch list. Renders only when its own quote changes. */
export const WatchRow = memo(function WatchRow({ info, tick, fault, isChosen, onChoose }: WatchRowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox around it has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus, and names this row by its id
    <div
      id={`watch-${info.symbol}`}
      className="watch-row"
      role="option"
      aria-selected={isChosen}
      onClick={() => onChoose(info.symbol)}
    >
      <span className="name">
        <strong>{info.symbol}</strong>
        <small>{info.description}</small>
      </span>
      {tick ? (
        <>
          <Price tick={tick} className="last" />
          <span className={`change ${trendOf(tick.quote.v.ch)}`}>
            {formatPercent(tick.quote.v.chp)}
            <small>{formatChange(tick.quote.v.ch)}</small>
          </span>
        </>
      ) : (
        <span className="last unknown" title={fault}>
          –
        </span>
      )}
    </div>
  );
});
