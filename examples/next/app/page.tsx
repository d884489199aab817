import { createRest } from "@trading/ws-client/rest";
import { Providers } from "./providers";
import { QuoteTable } from "./quote-table";
import { SERVER_URL } from "./server-url";

// The quotes are those of the time of the request, so the page is rendered for each one.
export const dynamic = "force-dynamic";

const rest = createRest({ baseUrl: `${SERVER_URL}/api/v1` });

/** A server component: the first response has the prices, without JavaScript in the browser. */
export default async function Page() {
  const quotes = await rest.quotes(["AAPL", "GOOGL", "MSFT"]);
  return (
    <main>
      <h1>Quotes</h1>
      <Providers>
        <QuoteTable initial={quotes} />
      </Providers>
    </main>
  );
}
