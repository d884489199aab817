import { prefetchQuotes } from "@trading/ws-client/ssr";
import { Providers } from "./providers";
import { QuoteTable } from "./quote-table";
import { serverClient } from "./server-client";

// The quotes are those of the time of the request, so the page is rendered for each one.
export const dynamic = "force-dynamic";

const SYMBOLS = ["AAPL", "GOOGL", "MSFT"];

/** A server component: the first response has the prices, without JavaScript in the browser. */
export default async function Page() {
  const state = [await prefetchQuotes(serverClient, SYMBOLS)];
  return (
    <main>
      <h1>Quotes</h1>
      <Providers state={state}>
        <QuoteTable symbols={SYMBOLS} />
      </Providers>
    </main>
  );
}
