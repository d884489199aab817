import type { OkQuote } from "@trading/topic";
import type { ReactNode } from "react";
import { quoteValues } from "./quotes.js";
import { useAllQuotes } from "./use-all-quotes.js";

/** The prices of a quote. */
export type Prices = OkQuote["v"];

interface LivePricesProps {
  readonly symbol: string;
  readonly children: (prices: Prices | undefined) => ReactNode;
}

/** Renders its children with the present prices of a symbol, so that a new quote renders only them and not what is around them. */
export function LivePrices({ symbol, children }: LivePricesProps) {
  return children(quoteValues(useAllQuotes().get(symbol)));
}
