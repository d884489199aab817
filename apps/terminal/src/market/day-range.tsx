import type { Instrument } from "./instrument.js";

interface DayRangeProps {
  readonly low: number;
  readonly high: number;
  readonly last: number;
  readonly instrument: Instrument;
}

/** Shows the position of the last price between the day's low and high. */
export function DayRange({ low, high, last, instrument: { formatPrice } }: DayRangeProps) {
  const share = high > low ? Math.min(1, Math.max(0, (last - low) / (high - low))) : 0.5;
  return (
    <div className="day-range">
      <span className="label">Day range</span>
      <span>{formatPrice(low)}</span>
      <span className="track" aria-hidden="true">
        <span className="mark" style={{ left: `${share * 100}%` }} />
      </span>
      <span>{formatPrice(high)}</span>
    </div>
  );
}
