import type { Rest } from "@trading/ws-client/rest";
import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import type { PriceAlerts } from "../alerts/price-alerts.js";
import type { Instruments } from "../market/instruments.js";
import type { Symbols } from "../market/symbols.js";
import type { Session, SessionState } from "./session.js";

/** The services that all parts of the page share, in addition to the client. */
export interface Services {
  readonly rest: Rest;
  readonly session: Session;
  readonly symbols: Symbols;
  readonly instruments: Instruments;
  readonly alerts: PriceAlerts;
}

const ServicesContext = createContext<Services | undefined>(undefined);

interface ServicesProviderProps {
  readonly services: Services;
  readonly children: ReactNode;
}

export function ServicesProvider({ services, children }: ServicesProviderProps) {
  return <ServicesContext value={services}>{children}</ServicesContext>;
}

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === undefined) throw new Error("No services: wrap the tree in <ServicesProvider>");
  return services;
}

export function useSession(): SessionState {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, () => session.state);
}
