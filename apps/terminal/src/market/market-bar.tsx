import type { QuoteData } from "@trading/topic";
import type { ReactNode } from "react";
import { TopBar } from "../page/top-bar.js";
import { useMarketStatus } from "./use-market-status.js";

interface MarketBarProps {
  readonly symbol: string;
  readonly quote: QuoteData | undefined;
  /** The reason why the server refuses the quotes. */
  readonly refusal: string | undefined;
  readonly onSettings: () => void;
  readonly children: ReactNode;
}

/** The top bar with the status of the selected symbol's prices. */
export function MarketBar({ symbol, quote, refusal, onSettings, children }: MarketBarProps) {
  const market = useMarketStatus(symbol, quote, refusal);
  return (
    <TopBar market={market} onSettings={onSettings}>
      {children}
    </TopBar>
  );
}
