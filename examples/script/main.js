import { quotes } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { createRest } from "@trading/ws-client/rest";

/** The server; `?server=` names another one. In demo mode it allows pages of localhost. */
const server = new URLSearchParams(location.search).get("server") ?? "http://localhost:8000";

const client = createClient({ url: `${server.replace(/^http/, "ws")}/api/v1/ws`, onError: showError });
const rest = createRest({ baseUrl: `${server}/api/v1` });

/** The cells of the last prices, by symbol. @type {Map<string, HTMLTableCellElement>} */
const prices = new Map();

const connection = /** @type {HTMLOutputElement} */ (document.getElementById("connection"));
client.onState(({ status, reason }) => {
  connection.value = status;
  connection.title = reason;
});

try {
  const symbols = await rest.search({ query: "", exchange: "", type: "" });
  const table = /** @type {HTMLTableSectionElement} */ (document.getElementById("quotes"));
  for (const { symbol, description } of symbols) {
    const row = table.insertRow();
    row.insertCell().textContent = symbol;
    row.insertCell().textContent = description;
    prices.set(symbol, row.insertCell());
  }
  // The parameters are part of the topic's name: sorted, they share one topic with everyone who watches the same symbols.
  client.subscribe(quotes, { symbols: [], fast_symbols: [...prices.keys()].sort() }, (quote) => {
    const cell = prices.get(quote.n);
    if (cell !== undefined) cell.textContent = quote.s === "ok" ? String(quote.v.lp) : "–";
  });
} catch (error) {
  showError(error);
}

/** @param {unknown} error */
function showError(error) {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = error instanceof Error ? error.message : String(error);
  document.body.append(line);
}
