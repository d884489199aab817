import { type OperationServices, type Operations, operationsOf, Subscribing } from "../connection/operations.js";
import type { Protocol } from "../connection/protocols.js";
import { type SessionServices, sessionOperations } from "../connection/session.js";
import { addLegacyDialects } from "../legacy/legacy-dialects.js";
import type { Module } from "./modules.js";

/** What may be sent at one path, by what the client speaks. */
export type Endpoint = Readonly<Record<Protocol["name"], Operations>>;

/** Which endpoints there are, and what is spoken at them. */
export interface EndpointOptions {
  readonly path: string;
  readonly moduleEndpoints: boolean;
  readonly legacyDialects: boolean;
}

/**
 * The endpoints of a server by path: one for everything, and one for each module alone (`/api/v1/ws` and
 * `/api/v1/{module}/ws`).
 */
export function endpointsOf(
  modules: readonly Module[],
  { path, moduleEndpoints, legacyDialects }: EndpointOptions,
  services: OperationServices & SessionServices,
): ReadonlyMap<string, Endpoint> {
  const ofSession = sessionOperations(services);
  const endpointOf = (served: readonly Module[]): Endpoint => {
    const subscribing = new Subscribing(services);
    const base = operationsOf(served, subscribing, services);
    if (legacyDialects) addLegacyDialects(base, served, subscribing, services);
    return { base, session: new Map([...base, ...ofSession]) };
  };
  const endpoints = new Map([[path, endpointOf(modules)]]);
  for (const module of moduleEndpoints ? modules : []) {
    const end = path.lastIndexOf("/");
    endpoints.set(`${path.slice(0, end)}/${module.name}${path.slice(end)}`, endpointOf([module]));
  }
  return endpoints;
}
