import { formatChange, formatPercent, formatPrice, formatVolume, trendOf } from "../format.js";
import { DayRange } from "./day-range.js";
import { Price } from "./price.js";
import type { SymbolInfo } from "./symbol-info.js";
import type { Tick } from "./use-quotes.js";

interface QuoteHeaderProps {
  readonly info: SymbolInfo;
  readonly tick: Tick | undefined;
  /** Why there is no quote. */
  readonly fault: string | undefined;
}

/** The chosen symbol's quote in full, or why there is none. */
export function QuoteHeader({ info, tick, fault }: QuoteHeaderProps) {
  const values = tick?.quote.v;
  const facts = values && {
    Bid: formatPrice(values.bid),
    Ask: formatPrice(values.ask),
    Spread: formatPrice(values.spread),
    Open: formatPrice(values.open_price),
    "Prev. close": formatPrice(values.prev_close_price),
    Volume: formatVolume(values.volume),
  };
  return (
    <header className="quote">
      <div className="quote-name">
        <h2>{info.symbol}</h2>
        <p>{[info.description, info.exchange].filter(Boolean).join(" · ")}</p>
      </div>
      {fault !== undefined && <p className="quote-price unknown">{fault}</p>}
      {tick && values && (
        <p className="quote-price">
          <Price key={info.symbol} tick={tick} className="last" />
          <span className={`change ${trendOf(values.ch)}`}>
            {formatChange(values.ch)} <span>({formatPercent(values.chp)})</span>
          </span>
        </p>
      )}
      {facts && (
        <dl className="facts">
          {Object.entries(facts).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {values && <DayRange low={values.low_price} high={values.high_price} last={values.lp} />}
    </header>
  );
}
