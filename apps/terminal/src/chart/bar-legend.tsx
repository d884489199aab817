import type { Bar } from "@trading/topic";
import { formatPercent, formatVolume, trendOf } from "../format.js";
import type { Instrument } from "../market/instrument.js";

interface BarLegendProps {
  readonly bar: Bar;
  readonly instrument: Instrument;
}

/** Shows the prices and the volume of a bar. */
export function BarLegend({ bar: { open, high, low, close, volume }, instrument: { formatPrice } }: BarLegendProps) {
  const figures = { O: open, H: high, L: low, C: close };
  return (
    <p className={`bar-legend ${trendOf(close - open)}`}>
      {Object.entries(figures).map(([letter, value]) => (
        <span key={letter}>
          <i>{letter}</i> {formatPrice(value)}
        </span>
      ))}
      <span>{formatPercent(open === 0 ? 0 : ((close - open) / open) * 100)}</span>
      <span>
        <i>V</i> {formatVolume(volume)}
      </span>
    </p>
  );
}
