import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import type { App } from "../app.js";
import type { Readiness } from "../modules/module.js";
import { replyWithJson } from "./reply.js";

/** Returns why this server does not fit the others of its cluster, and whether it must not get clients for that; undefined if it does. */
export type ClusterProblem = () => { readonly reason: string; readonly isRefused: boolean } | undefined;

/** Handles a request of the operators' listener. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The parts of a server on the operators' listener that not every server has. */
export interface MonitoringParts {
  /** Handles requests for `/admin/…`. @default they get 404 */
  readonly admin?: RequestHandler | undefined;
  /** @default the server fits its cluster, or is alone */
  readonly clusterProblem?: ClusterProblem | undefined;
}

/**
 * Creates the handler for `/readyz`, `/readyz/{module}`, `/metrics` and `/admin/…`.
 *
 * `/readyz` replies 200 while the server should receive clients: it listens, is not draining, at least one of its modules
 * is ready, no module is a standby of another server, and its cluster does not refuse it. A module that has lost its database therefore does not take
 * the others with it. `/readyz/{module}` replies 200 while this one module is ready. Otherwise they reply 503; the body
 * names the state of each module, with the reason.
 */
export function monitoringHandler(
  app: App,
  metrics: PrometheusMetrics,
  { admin, clusterProblem = () => undefined }: MonitoringParts = {},
): RequestHandler {
  return (request, response) => {
    if (admin !== undefined && request.url?.startsWith("/admin/")) return admin(request, response);
    if (metrics.handle(request, response)) return;
    const [path = ""] = (request.url ?? "").split("?");
    const { state, modules } = app;
    const present = new Map(modules.map((module) => [module.name, module.readiness()]));
    const module = path.startsWith("/readyz/") ? path.slice("/readyz/".length) : undefined;
    if (path !== "/readyz" && !present.has(module ?? "")) {
      const known = ["/healthz", "/readyz", ...[...present.keys()].map((name) => `/readyz/${name}`), "/metrics"];
      return replyWithJson(response, 404, { detail: `Not found. See ${known.join(", ")}.` });
    }
    const problem = clusterProblem();
    const isReady =
      module === undefined
        ? receivesClients([...present.values()]) && !problem?.isRefused
        : isServing(present.get(module));
    const texts = [...present].map(([name, { status, reason }]) => [name, reason ?? status]);
    const status = state === "serving" && isReady ? 200 : 503;
    const cluster = problem && { cluster: problem.reason };
    replyWithJson(response, status, { state, modules: Object.fromEntries(texts), ...cluster });
  };
}

function isServing(readiness: Readiness | undefined): boolean {
  return readiness?.status === "ready";
}

/** Returns whether the server should receive clients, unless it is starting or draining. */
function receivesClients(modules: readonly Readiness[]): boolean {
  const isStandby = modules.some(({ status }) => status === "standby");
  return !isStandby && (modules.length === 0 || modules.some(isServing));
}
