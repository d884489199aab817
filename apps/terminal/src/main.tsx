import { createClient } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";
import "./styles/index.css";

const url = new URL("/api/v1/ws", location.href);
url.protocol = url.protocol === "https:" ? "wss:" : "ws:";

// The symbols are asked for once the server is there, so nothing subscribes before it is.
// The page says itself what goes wrong with a topic; the console would say it twice.
const client = createClient({ url, eager: true, onError: (error) => console.debug(error) });

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <ClientProvider client={client}>
      <App />
    </ClientProvider>
  </StrictMode>,
);
