import { useEffect } from "react";

interface PageAddress {
  readonly symbol: string;
  /** Null for a visitor; undefined while it is not known, and then the URL keeps its account. */
  readonly account: string | null | undefined;
  /** The title of the tab. */
  readonly title: string;
}

/** Keeps the symbol and the account in the page's URL, so that a reload and a bookmark show the same, and sets the title. */
export function usePageAddress({ symbol, account, title }: PageAddress): void {
  useEffect(() => {
    const url = new URL(location.href);
    url.searchParams.set("symbol", symbol);
    if (account === null) url.searchParams.delete("account");
    else if (account !== undefined) url.searchParams.set("account", account);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }, [symbol, account]);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
