import { formatPrice } from "../format.js";
import type { PriceMark } from "./chart-view.js";

/** The prices that are drawn across the chart, for those who do not see it. */
export function MarkList({ marks }: { readonly marks: readonly PriceMark[] }) {
  return (
    <ul className="visually-hidden" aria-label="Prices on the chart">
      {marks.map(({ title, price }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two orders may be alike
        <li key={index}>
          {title} at {formatPrice(price)}
        </li>
      ))}
    </ul>
  );
}
