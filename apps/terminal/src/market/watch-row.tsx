import type { QuoteData } from "@trading/topic";
import { memo } from "react";
import { formatPercent, trendOf } from "../format.js";
import { Price } from "./price.js";
import { quoteError, quoteValues } from "./quotes.js";
import type { SymbolInfo } from "./symbol-info.js";
import { useInstrument } from "./use-instruments.js";

interface WatchRowProps {
  readonly info: SymbolInfo;
  readonly quote: QuoteData | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (symbol: string) => void;
}

/** Shows one symbol of the watchlist. Renders only when its quote changes. */
export const WatchRow = memo(function WatchRow({ info, quote, isSelected, onSelect }: WatchRowProps) {
  const values = quoteValues(quote);
  const instrument = useInstrument(info.symbol);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox keeps the focus and refers to this row by its id
    <div
      id={`watch-${info.symbol}`}
      className="watch-row"
      role="option"
      aria-selected={isSelected}
      onClick={() => onSelect(info.symbol)}
    >
      <span className="name">
        <strong>{info.symbol}</strong>
        <small>{info.description}</small>
      </span>
      {values ? (
        <>
          <Price value={values.lp} instrument={instrument} className="last" />
          <span className={`change ${trendOf(values.ch)}`}>
            {formatPercent(values.chp)}
            <small>{instrument.formatChange(values.ch)}</small>
          </span>
        </>
      ) : (
        <span className="last unknown" title={quoteError(quote)}>
          –
        </span>
      )}
    </div>
  );
});
