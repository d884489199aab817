import type { Operations } from "../connection/operation.js";
import { type OperationServices, operationsOf, SubscribeOperations } from "../connection/operations.js";
import type { Protocol } from "../connection/protocol.js";
import { type SessionServices, sessionOperations } from "../connection/session.js";
import { addLegacyDialects } from "../legacy/legacy-dialects.js";
import type { Module } from "./modules.js";

/** The operations at one path, by protocol. */
export type Endpoint = Readonly<Record<Protocol["name"], Operations>>;

export interface EndpointOptions {
  readonly path: string;
  readonly moduleEndpoints: boolean;
  readonly legacyDialects: boolean;
}

/**
 * Returns the endpoints of a server by path: one for all modules, and one for each module (`/api/v1/ws` and
 * `/api/v1/{module}/ws`).
 */
export function endpointsOf(
  modules: readonly Module[],
  { path, moduleEndpoints, legacyDialects }: EndpointOptions,
  services: OperationServices & SessionServices,
): ReadonlyMap<string, Endpoint> {
  const ofSession = sessionOperations(services);
  const endpointOf = (served: readonly Module[]): Endpoint => {
    const subscribing = new SubscribeOperations(services);
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
