import { createClient } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import { createRest } from "@trading/ws-client/rest";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { PriceAlerts } from "./alerts/price-alerts.js";
import { App } from "./app.js";
import { Instruments } from "./market/instruments.js";
import { applyPanelSizes, loadPanelSizes } from "./page/panel-sizes.js";
import { ServicesProvider } from "./page/services.js";
import { Session } from "./page/session.js";
import { applyTheme, loadTheme } from "./page/theme.js";
import "./styles/index.css";

applyTheme(loadTheme());
applyPanelSizes(loadPanelSizes());
const url = new URL("/api/v1/ws", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const session = new Session(sessionStorage, new URLSearchParams(location.search).get("account"));
const { getToken } = session;
// `eager`, because the page loads the symbols once connected, and subscribes only after that.
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

const root = document.getElementById("root") as HTMLElement;
const services = { rest, session, instruments: new Instruments(rest), alerts: new PriceAlerts() };
// In a new task, because the evaluation of the scripts is a long one already, and its requests are sent before it ends.
// A transition renders in short slices, between which the browser paints and handles input.
setTimeout(() =>
  startTransition(() =>
    createRoot(root).render(
      <StrictMode>
        <ClientProvider client={client} rest={rest}>
          <ServicesProvider services={services}>
            <App />
          </ServicesProvider>
        </ClientProvider>
      </StrictMode>,
    ),
  ),
);
