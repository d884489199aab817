import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import type { App } from "../app.js";
import { EnvError } from "../config/env.js";

/** The operators' endpoints on a separate listener: `/healthz`, `/readyz` and `/metrics`. */
export interface MonitoringServer {
  /**
   * Starts listening.
   *
   * @returns the actual port, also if `port` is 0
   * @throws EnvError if the address is not available
   */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * Creates the monitoring server. `/healthz` replies 200 as long as the process responds. `/readyz` replies 200 while
 * the app listens, all modules are ready and it is not draining; otherwise 503 with the reason.
 */
export function createMonitoringServer(app: App, metrics: PrometheusMetrics): MonitoringServer {
  const http = createServer((request, response) => {
    if (metrics.handle(request, response)) return;
    const [path] = (request.url ?? "").split("?");
    if (path === "/healthz") return reply(response, 200, { status: "ok" });
    if (path !== "/readyz") return reply(response, 404, { detail: "Not found. See /healthz, /readyz and /metrics." });
    const { isReady, ...reasons } = readiness(app);
    reply(response, isReady ? 200 : 503, reasons);
  });
  return {
    async listen(port, host) {
      http.listen(port, host);
      try {
        await once(http, "listening");
      } catch (error) {
        const { message } = error as Error;
        throw new EnvError("METRICS_PORT", `Cannot listen on METRICS_PORT ${port} at ${host}: ${message}.`);
      }
      return (http.address() as AddressInfo).port;
    },
    async close() {
      await metrics.close();
      if (!http.listening) return;
      http.close();
      http.closeAllConnections();
      await once(http, "close");
    },
  };
}

function readiness({ state, modules }: App) {
  const ready = Object.fromEntries(modules.map((module) => [module.name, module.isReady()]));
  return { isReady: state === "serving" && !Object.values(ready).includes(false), state, modules: ready };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
