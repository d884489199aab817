import { ClientProvider } from "@trading/ws-client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { client, rest } from "./services";
import "./style.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <ClientProvider client={client} rest={rest}>
      <App />
    </ClientProvider>
  </StrictMode>,
);
