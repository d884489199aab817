import type { QuoteData } from "@trading/topic";
import { formatPercent, formatVolume, trendOf } from "../format.js";
import { DayRange } from "./day-range.js";
import { Price } from "./price.js";
import { quoteError, quoteValues } from "./quotes.js";
import type { SymbolInfo } from "./symbol-info.js";
import { useInstrument } from "./use-instruments.js";

interface QuoteHeaderProps {
  readonly info: SymbolInfo;
  readonly quote: QuoteData | undefined;
}

/** Shows a symbol's quote, or the reason why it has none. */
export function QuoteHeader({ info, quote }: QuoteHeaderProps) {
  const values = quoteValues(quote);
  const instrument = useInstrument(info.symbol);
  const { formatPrice, formatChange } = instrument;
  const error = quoteError(quote);
  const text = (value: number | undefined) => (value === undefined ? "–" : formatPrice(value));
  // Each has its place before the first quote, so that nothing below moves when it arrives.
  const facts = {
    Bid: text(values?.bid),
    Ask: text(values?.ask),
    Spread: text(values?.spread),
    Open: text(values?.open_price),
    "Prev. close": text(values?.prev_close_price),
    Volume: values ? formatVolume(values.volume) : "–",
  };
  return (
    <header className="quote">
      <div className="quote-name">
        <h2>{info.symbol}</h2>
        <p>{[info.description, info.exchange].filter(Boolean).join(" · ")}</p>
      </div>
      {error !== undefined && <p className="quote-price unknown">{error}</p>}
      {values && (
        <p className="quote-price">
          <Price key={info.symbol} value={values.lp} instrument={instrument} className="last" />
          <span className={`change ${trendOf(values.ch)}`}>
            {formatChange(values.ch)} <span>({formatPercent(values.chp)})</span>
          </span>
        </p>
      )}
      {!values && error === undefined && <p className="quote-price unknown">–</p>}
      <dl className="facts">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <DayRange low={values?.low_price} high={values?.high_price} last={values?.lp} instrument={instrument} />
    </header>
  );
}
