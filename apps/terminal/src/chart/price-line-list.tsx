import type { Instrument } from "../market/instrument.js";
import type { PriceLine } from "./chart-view.js";

interface PriceLineListProps {
  readonly lines: readonly PriceLine[];
  readonly instrument: Instrument;
}

/** Lists the chart's price lines for screen readers. */
export function PriceLineList({ lines, instrument }: PriceLineListProps) {
  return (
    <ul className="visually-hidden" aria-label="Prices on the chart">
      {lines.map(({ id, title, price }) => (
        <li key={id}>
          {title} at {instrument.formatPrice(price)}
        </li>
      ))}
    </ul>
  );
}
