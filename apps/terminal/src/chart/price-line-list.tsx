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
      {lines.map(({ title, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two orders can have equal lines
        <li key={index}>
          {title} at {instrument.formatPrice(price)}
        </li>
      ))}
    </ul>
  );
}
