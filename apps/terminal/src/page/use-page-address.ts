import { useEffect } from "react";

interface PageAddress {
  readonly symbol: string;
  /** Undefined for a visitor. */
  readonly account: string | undefined;
  /** The title of the tab. */
  readonly title: string;
}

/** Keeps the symbol and the account in the page's URL, so that a reload and a bookmark show the same, and sets the title. */
export function usePageAddress({ symbol, account, title }: PageAddress): void {
  useEffect(() => {
    const url = new URL(location.href);
    url.searchParams.set("symbol", symbol);
    if (account === undefined) url.searchParams.delete("account");
    else url.searchParams.set("account", account);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }, [symbol, account]);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
