import type { Instrument } from "./instrument.js";

interface DayRangeProps {
  /** Undefined without a quote, as the other two. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly last: number | undefined;
  readonly instrument: Instrument;
}

/** Shows the position of the last price between the day's low and high. */
export function DayRange({ low, high, last, instrument: { formatPrice } }: DayRangeProps) {
  const isKnown = low !== undefined && high !== undefined && last !== undefined;
  const share = isKnown && high > low ? Math.min(1, Math.max(0, (last - low) / (high - low))) : 0.5;
  return (
    <div className="day-range">
      <span className="label">Day range</span>
      <span>{isKnown ? formatPrice(low) : "–"}</span>
      <span className="track" aria-hidden="true">
        {isKnown && <span className="mark" style={{ left: `${share * 100}%` }} />}
      </span>
      <span>{isKnown ? formatPrice(high) : "–"}</span>
    </div>
  );
}
