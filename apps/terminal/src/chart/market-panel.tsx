import { QuoteHeader } from "../market/quote-header.js";
import type { SymbolInfo } from "../market/symbol-info.js";
import type { Tick } from "../market/use-quotes.js";
import { useMarks } from "../trading/use-marks.js";
import { ChartPanel } from "./chart-panel.js";
import { ResolutionSwitch } from "./resolution-switch.js";
import type { Resolution } from "./resolutions.js";

interface MarketPanelProps {
  readonly info: SymbolInfo;
  readonly tick: Tick | undefined;
  /** Why there is no quote. */
  readonly fault: string | undefined;
  /** Whose orders and positions are drawn; nobody's where it is undefined. */
  readonly account: string | undefined;
  readonly resolution: Resolution;
  readonly onResolution: (resolution: Resolution) => void;
}

/** One symbol in full: its quote, and its chart with what the account has in it. */
export function MarketPanel({ info, tick, fault, account, resolution, onResolution }: MarketPanelProps) {
  const marks = useMarks(account, info.symbol);
  return (
    <section className="panel market" aria-label={`${info.symbol} chart`}>
      <QuoteHeader info={info} tick={tick} fault={fault} />
      <ResolutionSwitch value={resolution} available={info.resolutions} onChange={onResolution} />
      <ChartPanel info={info} resolution={resolution} marks={marks} onResolution={onResolution} />
    </section>
  );
}
