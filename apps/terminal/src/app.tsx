import { useState } from "react";
import { ChartPanel } from "./chart/chart-panel.js";
import { ResolutionSwitch } from "./chart/resolution-switch.js";
import type { Resolution } from "./chart/resolutions.js";
import type { SymbolInfo } from "./datafeed.js";
import { QuoteHeader } from "./market/quote-header.js";
import { useQuotes } from "./market/use-quotes.js";
import { useSymbols } from "./market/use-symbols.js";
import { WatchList } from "./market/watch-list.js";
import { Notice } from "./page/notice.js";
import { TopBar } from "./page/top-bar.js";

export function App() {
  const { symbols, error } = useSymbols();
  return (
    <div className="page">
      <TopBar />
      {symbols?.length ? (
        <Desk symbols={symbols} />
      ) : (
        <main className="desk desk-empty">
          {error !== undefined && <Notice title="The symbols could not be loaded" text={error} />}
          {symbols && <Notice title="The server has no symbols" text="Its datafeed lists none to watch." />}
          {!symbols && error === undefined && <p className="waiting">Waiting for the server…</p>}
        </main>
      )}
    </div>
  );
}

/** The page's work: one symbol in full, and all of them in the watch list. */
function Desk({ symbols }: { symbols: readonly SymbolInfo[] }) {
  const [name, setName] = useState<string>();
  // By name, since a list that is fetched anew has new objects, and may have lost the symbol.
  const chosen = symbols.find(({ symbol }) => symbol === name) ?? (symbols[0] as SymbolInfo);
  const [resolution, setResolution] = useState<Resolution>(chosen.resolutions[0] ?? "1");
  const { ticks, faults, isLive } = useQuotes(symbols.map(({ symbol }) => symbol));
  return (
    <main className={isLive ? "desk" : "desk stale"}>
      <section className="panel market" aria-label={`${chosen.symbol} chart`}>
        <QuoteHeader info={chosen} tick={ticks.get(chosen.symbol)} fault={faults.get(chosen.symbol)} />
        <ResolutionSwitch value={resolution} available={chosen.resolutions} onChange={setResolution} />
        <ChartPanel info={chosen} resolution={resolution} onResolution={setResolution} />
      </section>
      <WatchList symbols={symbols} ticks={ticks} faults={faults} chosen={chosen} onChoose={setName} />
    </main>
  );
}
