import type { Message } from "@trading/topic";
import type { Operation } from "../connection/operation.js";
import type { SubscribeOperations } from "../connection/operations.js";
import type { Module } from "../server/modules.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import { isLegacyBars, LegacyBars } from "./bars-dialect.js";

type Operations = Map<string, Operation>;

/**
 * Lets the operations of the routes `bars` and `executions` accept the requests of legacy clients (PROTOCOL.md, Legacy dialects).
 * Requests in the current dialect are passed to the operation that was there before.
 */
export function addLegacyDialects(
  operations: Operations,
  modules: readonly Module[],
  subscribing: SubscribeOperations,
  services: { readonly registry: TopicRegistry },
): void {
  for (const { routes } of modules) {
    for (const served of routes) {
      if (served.route.name === "executions") {
        for (const verb of ["subscribe", "unsubscribe"]) acceptMissingSymbol(operations, `executions.${verb}`);
      }
      if (served.route.name !== "bars") continue;
      const legacy = new LegacyBars(served, subscribing, services.registry);
      dispatch(operations, "bars.subscribe", isLegacyBars, (connection, request) =>
        legacy.subscribe(connection, request),
      );
      dispatch(operations, "bars.unsubscribe", isLegacyBars, (connection, request) =>
        legacy.unsubscribe(connection, request),
      );
    }
  }
}

/** The legacy server treats a missing `symbol` as null, so both are one topic. */
function acceptMissingSymbol(operations: Operations, type: string): void {
  const canonical = operations.get(type) as Operation;
  const isMissing = (payload: unknown): payload is object =>
    typeof payload === "object" && payload !== null && !Array.isArray(payload) && !Object.hasOwn(payload, "symbol");
  dispatch(operations, type, isMissing, (connection, request) =>
    canonical(connection, { ...request, payload: { ...(request.payload as object), symbol: null } }),
  );
}

/** Handles the requests whose payload matches by `handler`, and the others by the operation that was there before. */
function dispatch(
  operations: Operations,
  type: string,
  matches: (payload: unknown) => boolean,
  handler: (...request: Parameters<Operation>) => void,
): void {
  const canonical = operations.get(type) as Operation;
  operations.set(type, (connection, request: Message) =>
    matches(request.payload) ? handler(connection, request) : canonical(connection, request),
  );
}
