import { ClientDevtools } from "@trading/ws-client/devtools";
import { useQuotes } from "@trading/ws-client/react";
import type { SearchSymbolResultItem } from "@trading/ws-client/rest";
import { useState } from "react";
import { MarketPanel } from "./chart/market-panel.js";
import type { Resolution } from "./chart/resolutions.js";
import { OrderBook } from "./market/order-book.js";
import type { SymbolInfo } from "./market/symbol-info.js";
import { SymbolSearch } from "./market/symbol-search.js";
import { TradeTape } from "./market/trade-tape.js";
import { useInstrument } from "./market/use-instruments.js";
import { useSymbols } from "./market/use-symbols.js";
import { WatchList } from "./market/watch-list.js";
import { Dock } from "./page/dock.js";
import { Notice } from "./page/notice.js";
import { useSession } from "./page/services.js";
import { SignIn } from "./page/sign-in.js";
import { TimeZoneProvider } from "./page/time-zone-provider.js";
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
        <Workspace symbols={symbols} />
      ) : (
        <>
          <TopBar />
          <main className="workspace workspace-empty">
            {error !== undefined && <Notice title="Could not load symbols" text={error} />}
            {symbols && <Notice title="No symbols" text="The server's datafeed has no symbols." />}
            {!symbols && error === undefined && <p className="waiting">Connecting…</p>}
          </main>
        </>
      )}
      <ClientDevtools />
    </div>
  );
}

/** The workspace: the selected symbol, the watchlist and the account. */
function Workspace({ symbols }: { symbols: readonly SymbolInfo[] }) {
  const [name, setName] = useState<string>();
  const [draft, setDraft] = useState<Draft>(NEW_DRAFT);
  const session = useSession();
  // Selected by name, because a reloaded list has new objects and may not contain the symbol.
  const selected = symbols.find(({ symbol }) => symbol === name) ?? (symbols[0] as SymbolInfo);
  const { symbol } = selected;
  const [resolution, setResolution] = useState<Resolution>(selected.resolutions[0] ?? "1");
  const instrument = useInstrument(symbol);
  const { bySymbol: quotes, status } = useQuotes({ fast_symbols: symbols.map(({ symbol }) => symbol) });
  const quote = quotes.get(symbol);
  const user = session.status === "signed-in" ? session : undefined;
  const account = user?.account;
  const [draftOf, setDraftOf] = useState(user?.signIn);
  // The draft of the previous user. State derived during rendering, so that it is never visible to the next one.
  if (draftOf !== user?.signIn) {
    setDraftOf(user?.signIn);
    setDraft(NEW_DRAFT);
  }

  const select = (next: string) => {
    if (next === symbol) return;
    setName(next);
    // Prices of the previous symbol do not apply.
    setDraft(({ side, type, qty }) => ({ ...NEW_DRAFT, side, type, qty }));
  };
  const setLimitPrice = (price: number, side: 1 | -1) =>
    setDraft((before) => ({ ...before, type: 1, side, limitPrice: instrument.inputText(price) }));

  return (
    <TimeZoneProvider exchange={instrument.timeZone}>
      <TopBar>
        <SymbolSearch onSelect={(result: SearchSymbolResultItem) => select(result.symbol)} />
      </TopBar>
      <main className={status === "live" ? "workspace" : "workspace stale"}>
        <MarketPanel
          info={selected}
          quote={quote}
          account={account}
          resolution={resolution}
          onResolution={setResolution}
        />
        <div className="side">
          {account !== undefined && (
            <OrderTicket
              key={user?.signIn}
              symbol={symbol}
              account={account}
              quote={quote}
              instrument={instrument}
              draft={draft}
              onDraft={setDraft}
            />
          )}
          {session.status === "sign-in" && (
            <section className="panel ticket" aria-label="Sign in">
              <SignIn error={session.error} needsToken={session.needsToken} />
            </section>
          )}
          <Dock
            label="Market depth"
            className="depth"
            tabs={[
              { name: "Book", content: () => <OrderBook key={symbol} symbol={symbol} onPrice={setLimitPrice} /> },
              { name: "Trades", content: () => <TradeTape key={symbol} symbol={symbol} /> },
            ]}
          />
        </div>
        <WatchList symbols={symbols} quotes={quotes} selected={selected} onSelect={select} />
        {account !== undefined && (
          <AccountDock key={`${user?.signIn} ${account}`} account={account} symbol={symbol} quotes={quotes} />
        )}
      </main>
      {account !== undefined && <Notifications key={`${user?.signIn} ${account}`} account={account} />}
    </TimeZoneProvider>
  );
}
