import { formatPrice } from "../format.js";
import type { Tick } from "./use-quotes.js";

/** The last price; each change of it is a new element, so that its flash starts anew. */
export function Price({ tick, className }: { tick: Tick; className: string }) {
  return (
    <span key={tick.moves} className={`${className} flash ${tick.move}`}>
      {formatPrice(tick.quote.v.lp)}
    </span>
  );
}
