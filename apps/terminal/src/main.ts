import { createClient } from "@trading/ws-client";
import { createRest } from "@trading/ws-client/rest";
import { Instruments } from "./market/instruments.js";
import { Symbols } from "./market/symbols.js";
import { symbolInAddress } from "./page/address.js";
import { applyPanelSizes, loadPanelSizes } from "./page/panel-sizes.js";
import { Session } from "./page/session.js";
import { applyTheme, loadTheme } from "./page/theme.js";

applyTheme(loadTheme());
applyPanelSizes(loadPanelSizes());
const url = new URL("/api/v1/ws", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const session = new Session(sessionStorage, new URLSearchParams(location.search).get("account"));
const { getToken } = session;
// With `eager` it connects now, although nothing is subscribed to before the symbols have loaded.
// Errors are logged at debug level, because the page shows each topic's error itself.
const client = createClient({ url, eager: true, getToken, onError: (error) => console.debug(error) });
const rest = createRest({ baseUrl: "/api/v1", getToken });
session.attach({
  login() {
    rest.logout();
    client.login();
  },
  logout() {
    rest.logout();
    client.logout();
  },
});
// Without a token: market data needs none, and the first requests would wait for it.
const datafeed = createRest({ baseUrl: "/api/v1" });
const instruments = new Instruments(datafeed);
const symbols = new Symbols(datafeed, instruments);
symbols.follow(client, symbolInAddress);

// This file and what it imports is a small script, which opens the socket and requests the symbols while the components, most of
// the page, still load. Not awaited: the components import this script's modules, and would wait for its end.
void import("./render.js").then(({ render }) => {
  render(document.getElementById("root") as HTMLElement, client, { rest, session, symbols, instruments });
});
