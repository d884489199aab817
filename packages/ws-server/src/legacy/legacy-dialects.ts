import type { Message } from "@trading/topic";
import type { Operation, Subscribing } from "../connection/operations.js";
import type { Module } from "../server/modules.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import { isLegacyBars, LegacyBars } from "./bars-dialect.js";

type Operations = Map<string, Operation>;

/**
 * Has the operations of the routes `bars` and `executions` understand what older clients of the origin send (PROTOCOL.md,
 * Older dialects of the origin). What is in our own dialect goes on to the operation that was there.
 */
export function addLegacyDialects(
  operations: Operations,
  modules: readonly Module[],
  subscribing: Subscribing,
  services: { readonly registry: TopicRegistry },
): void {
  for (const { routes } of modules) {
    for (const served of routes) {
      if (served.route.name === "executions") {
        for (const verb of ["subscribe", "unsubscribe"]) withMissingSymbol(operations, `executions.${verb}`);
      }
      if (served.route.name !== "bars") continue;
      const old = new LegacyBars(served, subscribing, services.registry);
      dispatch(operations, "bars.subscribe", isLegacyBars, (connection, request) => old.subscribe(connection, request));
      dispatch(operations, "bars.unsubscribe", isLegacyBars, (connection, request) =>
        old.unsubscribe(connection, request),
      );
    }
  }
}

/** To the origin a `symbol` that is left out is null, and so one topic with it. */
function withMissingSymbol(operations: Operations, type: string): void {
  const canonical = operations.get(type) as Operation;
  const isMissing = (payload: unknown): payload is object =>
    typeof payload === "object" && payload !== null && !Array.isArray(payload) && !Object.hasOwn(payload, "symbol");
  dispatch(operations, type, isMissing, (connection, request) =>
    canonical(connection, { ...request, payload: { ...(request.payload as object), symbol: null } }),
  );
}

/** Puts an operation before another one of the same type, for the payloads that are its own. */
function dispatch(
  operations: Operations,
  type: string,
  isOwn: (payload: unknown) => boolean,
  own: (...request: Parameters<Operation>) => void,
): void {
  const other = operations.get(type) as Operation;
  operations.set(type, (connection, request: Message) =>
    isOwn(request.payload) ? own(connection, request) : other(connection, request),
  );
}
