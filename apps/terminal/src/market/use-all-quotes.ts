import { createContext, useContext } from "react";
import type { QuotesBySymbol } from "./quotes.js";

/** Provides the quotes of all symbols. A context, so that a new quote renders what shows it, and not the panels around it. */
export const AllQuotes = createContext<QuotesBySymbol>(new Map());

/** Returns the quotes of all symbols. Renders the component with each new quote. */
export function useAllQuotes(): QuotesBySymbol {
  return useContext(AllQuotes);
}
