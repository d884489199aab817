import { createClient } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import { createRest } from "@trading/ws-client/rest";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import { DeskProvider } from "./page/desk.js";
import { Session } from "./page/session.js";
import "./styles/index.css";

const url = new URL("/api/v1/ws", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const session = new Session(sessionStorage, new URLSearchParams(location.search).get("account"));
const { getToken } = session;
// The symbols are asked for once the server is there, so nothing subscribes before it is.
// The page says itself what goes wrong with a topic; the console would say it twice.
const client = createClient({ url, eager: true, getToken, onError: (error) => console.debug(error) });
const rest = createRest({ baseUrl: "/api/v1", getToken });

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <ClientProvider client={client}>
      <DeskProvider desk={{ rest, session }}>
        <App />
      </DeskProvider>
    </ClientProvider>
  </StrictMode>,
);
