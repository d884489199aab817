import { ClientDevtools } from "@trading/ws-client/devtools";
import type { SearchSymbolResultItem } from "@trading/ws-client/rest";
import { useState } from "react";
import { MarketPanel } from "./chart/market-panel.js";
import type { Resolution } from "./chart/resolutions.js";
import { OrderBook } from "./market/order-book.js";
import type { SymbolInfo } from "./market/symbol-info.js";
import { SymbolSearch } from "./market/symbol-search.js";
import { TradeTape } from "./market/trade-tape.js";
import { useQuotes } from "./market/use-quotes.js";
import { useSteps } from "./market/use-steps.js";
import { useSymbols } from "./market/use-symbols.js";
import { WatchList } from "./market/watch-list.js";
import { useSession } from "./page/desk.js";
import { Dock } from "./page/dock.js";
import { Notice } from "./page/notice.js";
import { SignIn } from "./page/sign-in.js";
import { TopBar } from "./page/top-bar.js";
import { AccountDock } from "./trading/account-dock.js";
import { type Draft, NEW_DRAFT } from "./trading/draft.js";
import { Notifications } from "./trading/notifications.js";
import { OrderTicket } from "./trading/order-ticket.js";

export function App() {
  const { symbols, error } = useSymbols();
  return (
    <div className="page">
      {symbols?.length ? (
        <Desk symbols={symbols} />
      ) : (
        <>
          <TopBar />
          <main className="desk desk-empty">
            {error !== undefined && <Notice title="The symbols could not be loaded" text={error} />}
            {symbols && <Notice title="The server has no symbols" text="Its datafeed lists none to watch." />}
            {!symbols && error === undefined && <p className="waiting">Waiting for the server…</p>}
          </main>
        </>
      )}
      <ClientDevtools />
    </div>
  );
}

/** The page's work: one symbol in full, the watch list, and the account. */
function Desk({ symbols }: { symbols: readonly SymbolInfo[] }) {
  const [name, setName] = useState<string>();
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT);
  const session = useSession();
  // By name, since a list that is fetched anew has new objects, and may have lost the symbol.
  const chosen = symbols.find(({ symbol }) => symbol === name) ?? (symbols[0] as SymbolInfo);
  const { symbol } = chosen;
  const [resolution, setResolution] = useState<Resolution>(chosen.resolutions[0] ?? "1");
  const steps = useSteps(symbol);
  const { ticks, faults, isLive } = useQuotes(symbols.map(({ symbol }) => symbol));
  const tick = ticks.get(symbol);
  const account = session.status === "open" ? session.account : undefined;

  const choose = (next: string) => {
    if (next === symbol) return;
    setName(next);
    // Prices of another symbol would be wrong here.
    setDraft(({ side, type, qty }) => ({ ...NEW_DRAFT, side, type, qty }));
  };
  const takePrice = (price: number, side: 1 | -1) =>
    setDraft((before) => ({ ...before, type: 1, side, limitPrice: String(price) }));

  return (
    <>
      <TopBar>
        <SymbolSearch onChoose={(hit: SearchSymbolResultItem) => choose(hit.symbol)} />
      </TopBar>
      <main className={isLive ? "desk" : "desk stale"}>
        <MarketPanel
          info={chosen}
          tick={tick}
          fault={faults.get(symbol)}
          account={account}
          resolution={resolution}
          onResolution={setResolution}
        />
        <div className="side">
          {account !== undefined && (
            <OrderTicket symbol={symbol} account={account} tick={tick} steps={steps} draft={draft} onDraft={setDraft} />
          )}
          {session.status === "sign-in" && (
            <section className="panel ticket" aria-label="Sign in">
              <SignIn why={session.why} />
            </section>
          )}
          <Dock
            label="Market depth"
            className="depth"
            tabs={[
              { name: "Book", content: () => <OrderBook key={symbol} symbol={symbol} onPrice={takePrice} /> },
              { name: "Trades", content: () => <TradeTape key={symbol} symbol={symbol} /> },
            ]}
          />
        </div>
        <WatchList symbols={symbols} ticks={ticks} faults={faults} chosen={chosen} onChoose={choose} />
        {account !== undefined && <AccountDock key={account} account={account} symbol={symbol} ticks={ticks} />}
      </main>
      {account !== undefined && <Notifications key={account} account={account} />}
    </>
  );
}
