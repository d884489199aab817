import type { Client } from "@trading/ws-client";
import { ClientProvider } from "@trading/ws-client/react";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import { PriceAlerts } from "./alerts/price-alerts.js";
import { App } from "./app.js";
import { type Services, ServicesProvider } from "./page/services.js";

/** Renders the page into an element. */
export function render(root: HTMLElement, client: Client, services: Omit<Services, "alerts">): void {
  const all = { ...services, alerts: new PriceAlerts() };
  // In a new task, because the evaluation of the scripts is a long one already.
  // A transition renders in short slices, between which the browser paints and handles input.
  setTimeout(() =>
    startTransition(() =>
      createRoot(root).render(
        <StrictMode>
          <ClientProvider client={client} rest={services.rest}>
            <ServicesProvider services={all}>
              <App />
            </ServicesProvider>
          </ClientProvider>
        </StrictMode>,
      ),
    ),
  );
}
