import type { QuoteData } from "@trading/topic";
import { useQuotes } from "@trading/ws-client/react";
import type { SearchSymbolResultItem } from "@trading/ws-client/rest";
import { Fragment, lazy, memo, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { AlertNotices } from "./alerts/alert-notices.js";
import { useAlertWatch } from "./alerts/use-price-alerts.js";
import { MarketPanel } from "./chart/market-panel.js";
import type { Resolution } from "./chart/resolutions.js";
import { DepthDock } from "./market/depth-dock.js";
import type { Instrument } from "./market/instrument.js";
import { MarketBar } from "./market/market-bar.js";
import { quoteValues } from "./market/quotes.js";
import type { SymbolInfo } from "./market/symbol-info.js";
import { SymbolSearch } from "./market/symbol-search.js";
import { AllQuotes } from "./market/use-all-quotes.js";
import { useInstrument } from "./market/use-instruments.js";
import { useWatchLists } from "./market/use-watch-lists.js";
import { WatchList } from "./market/watch-list.js";
import { symbolInAddress } from "./page/address.js";
import type { HotkeyAction } from "./page/hotkeys.js";
import { PanelSeparator } from "./page/panel-separator.js";
import { useSession } from "./page/services.js";
import { SignIn } from "./page/sign-in.js";
import { TimeZoneProvider } from "./page/time-zone-provider.js";
import { useHotkeys } from "./page/use-hotkeys.js";
import { usePageAddress } from "./page/use-page-address.js";
import { useStages } from "./page/use-stages.js";
import { useStored } from "./page/use-stored.js";
import { AccountDock } from "./trading/account-dock.js";
import { Notifications } from "./trading/notifications.js";
import { OrderTicket } from "./trading/order-ticket.js";
import { useDraft } from "./trading/use-draft.js";

const Settings = lazy(async () => ({ default: (await import("./page/settings.js")).Settings }));
const AlertsDialog = lazy(async () => ({ default: (await import("./alerts/alerts-dialog.js")).AlertsDialog }));

/** The stages after the market: the order ticket, the depth, the watchlist and the account. */
const LAST_STAGE = 4;

/** The workspace: the selected symbol, the watchlist and the account. */
export function Workspace({ symbols }: { readonly symbols: readonly SymbolInfo[] }) {
  const [name, setName] = useState(symbolInAddress);
  // Selected by name, because a reloaded list has new objects and may not contain the symbol.
  const selected = symbols.find(({ symbol }) => symbol === name) ?? (symbols[0] as SymbolInfo);
  const instrument = useInstrument(selected.symbol);
  const { bySymbol: quotes, status, error } = useQuotes({ fast_symbols: symbols.map(({ symbol }) => symbol) });
  useAlertWatch(quotes, status === "live");
  return (
    <AllQuotes value={quotes}>
      <TimeZoneProvider exchange={instrument.timeZone}>
        <Panels
          symbols={symbols}
          selected={selected}
          instrument={instrument}
          quote={quotes.get(selected.symbol)}
          isStale={status !== "live" && quotes.size > 0}
          refusal={error?.message}
          onSelect={setName}
        />
      </TimeZoneProvider>
    </AllQuotes>
  );
}

interface PanelsProps {
  readonly symbols: readonly SymbolInfo[];
  readonly selected: SymbolInfo;
  readonly instrument: Instrument;
  readonly quote: QuoteData | undefined;
  /** Whether the quotes are from before the connection was lost. */
  readonly isStale: boolean;
  /** The reason why the server refuses the quotes. */
  readonly refusal: string | undefined;
  readonly onSelect: (symbol: string) => void;
}

/** Renders when the selected symbol has a new quote; those of other symbols are in `AllQuotes`. */
const Panels = memo(function Panels(props: PanelsProps) {
  const { symbols, selected, instrument, quote, isStale, refusal, onSelect } = props;
  const { symbol } = selected;
  const session = useSession();
  const [resolution, setResolution] = useState<Resolution>(selected.resolutions[0] ?? "1");
  const user = session.status === "signed-in" ? session : undefined;
  const account = user?.account;
  const { draft, setDraft } = useDraft(symbol, user?.signIn);
  const prices = quoteValues(quote);
  const present = useRef(prices);
  present.current = prices;
  const pricesNow = useCallback(() => present.current, []);
  const last = prices?.lp;
  const price = last === undefined ? "" : ` ${instrument.formatPrice(last)}`;
  const owner = session.status === "loading" ? undefined : (account ?? null);
  usePageAddress({ symbol, account: owner, title: `${symbol}${price} · Trading Streams` });
  const setLimitPrice = useCallback(
    (limit: number, side: 1 | -1) =>
      setDraft((before) => ({ ...before, type: 1, side, limitPrice: instrument.inputText(limit) })),
    [setDraft, instrument],
  );
  const [isSettingsOpen, setSettingsOpen] = useState(false);
  const [newAlert, setNewAlert] = useState<{ readonly price?: number }>();
  const openAlert = useCallback((price?: number) => setNewAlert(price === undefined ? {} : { price }), []);
  const openAlerts = useCallback(() => openAlert(), [openAlert]);
  const openSettings = useCallback(() => setSettingsOpen(true), []);
  const search = useMemo(
    () => <SymbolSearch hotkey="search" onSelect={(result: SearchSymbolResultItem) => onSelect(result.symbol)} />,
    [onSelect],
  );
  // The price of the selected symbol, or the reason why it has none, is shown before the panels below it are rendered.
  const stage = useStages(LAST_STAGE, quote !== undefined || refusal !== undefined);
  const watch = useWatchLists(symbols);
  const [hasHotkeys, setHasHotkeys] = useStored("trading-hotkeys", booleanOf, true);
  const run = (action: HotkeyAction): boolean => {
    if (action === "help") setSettingsOpen(true);
    else if (action === "buy" || action === "sell")
      setDraft((before) => ({ ...before, side: action === "buy" ? 1 : -1 }));
    else if (action === "previous" || action === "next") {
      const next = watch.shown[watch.shown.indexOf(selected) + (action === "next" ? 1 : -1)];
      // On a page that scrolls, arrows scroll it.
      const { scrollHeight, clientHeight } = document.documentElement;
      if (next === undefined || scrollHeight > clientHeight) return false;
      onSelect(next.symbol);
    }
    return actOnTarget(action);
  };
  useHotkeys(hasHotkeys, run);

  return (
    <>
      <MarketBar symbol={symbol} quote={quote} refusal={refusal} onSettings={openSettings}>
        {search}
      </MarketBar>
      <main className={isStale ? "workspace stale" : "workspace"}>
        <MarketPanel
          info={selected}
          quote={quote}
          account={account}
          resolution={resolution}
          onResolution={setResolution}
          onAlert={openAlert}
        />
        <PanelSeparator name="side" label="Width of the order ticket" controls="panel-side" />
        <div className="side" id="panel-side">
          {account !== undefined && stage >= 1 && (
            <OrderTicket
              key={user?.signIn}
              symbol={symbol}
              account={account}
              pricesNow={pricesNow}
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
          {(session.status === "loading" || (account !== undefined && stage < 1)) && (
            <section className="panel ticket" />
          )}
          {stage >= 2 ? <DepthDock symbol={symbol} onPrice={setLimitPrice} /> : <section className="panel depth" />}
        </div>
        {stage >= 3 ? (
          <>
            <PanelSeparator name="watch" label="Width of the watchlist" controls="panel-watch" />
            <WatchList watch={watch} selected={selected} onSelect={onSelect} onAlert={openAlerts} />
          </>
        ) : (
          <section className="panel watch" />
        )}
        {account !== undefined && stage >= LAST_STAGE && (
          <Fragment key={`${user?.signIn} ${account}`}>
            <PanelSeparator name="account" label="Height of the account" controls="panel-account" />
            <AccountDock account={account} symbol={symbol} />
          </Fragment>
        )}
        {(session.status === "loading" || (account !== undefined && stage < LAST_STAGE)) && (
          <section className="panel account" />
        )}
      </main>
      {isSettingsOpen && (
        <Suspense>
          <Settings hasHotkeys={hasHotkeys} onHotkeys={setHasHotkeys} onClose={() => setSettingsOpen(false)} />
        </Suspense>
      )}
      {newAlert && (
        <Suspense>
          <AlertsDialog
            symbols={symbols}
            symbol={symbol}
            price={newAlert.price}
            onClose={() => setNewAlert(undefined)}
          />
        </Suspense>
      )}
      <div className="notifications">
        <AlertNotices />
        {account !== undefined && <Notifications key={`${user?.signIn} ${account}`} account={account} />}
      </div>
    </>
  );
});

/** The element that an action focuses or clicks, by its attribute `data-hotkey`. */
const TARGETS: Partial<Readonly<Record<HotkeyAction, string>>> = {
  search: "search",
  buy: "quantity",
  sell: "quantity",
  fullscreen: "fullscreen",
  alerts: "alerts",
  back: "back",
};

/** Focuses or clicks the target of an action. @returns whether the key is used up */
function actOnTarget(action: HotkeyAction): boolean {
  const target = document.querySelector<HTMLElement>(`[data-hotkey="${TARGETS[action]}"]`);
  if (target instanceof HTMLInputElement) {
    target.focus();
    target.select();
  } else if (target) target.click();
  else if (action === "back" && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  return action !== "back" || target !== null;
}

function booleanOf(stored: unknown): boolean | undefined {
  return typeof stored === "boolean" ? stored : undefined;
}
