import { useState } from "react";
import { trendOf } from "../format.js";
import type { Instrument } from "./instrument.js";

interface PriceProps {
  readonly value: number;
  readonly instrument: Instrument;
  readonly className: string;
}

/** A last price that flashes on each change. */
export function Price({ value, instrument, className }: PriceProps) {
  const [last, setLast] = useState({ value, trend: trendOf(0), changes: 0 });
  // State derived from a property, as https://react.dev/reference/react/useState#storing-information-from-previous-renders.
  if (value !== last.value) setLast({ value, trend: trendOf(value - last.value), changes: last.changes + 1 });
  return (
    // A new key makes a new element, which restarts the animation.
    <span key={last.changes} className={`${className} flash ${last.trend}`}>
      {instrument.formatPrice(value)}
    </span>
  );
}
