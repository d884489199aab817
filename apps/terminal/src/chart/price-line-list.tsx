import { formatPrice } from "../format.js";
import type { PriceLine } from "./chart-view.js";

/** Lists the chart's price lines for screen readers. */
export function PriceLineList({ lines }: { readonly lines: readonly PriceLine[] }) {
  return (
    <ul className="visually-hidden" aria-label="Prices on the chart">
      {lines.map(({ title, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two orders can have equal lines
        <li key={index}>
          {title} at {formatPrice(price)}
        </li>
      ))}
    </ul>
  );
}
