import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import type { App } from "../app.js";
import { EnvError } from "../config/env.js";

/** What is there for those who run the server, on a listener of its own: `/healthz`, `/readyz` and `/metrics`. */
export interface MonitoringServer {
  /**
   * @returns the port, which differs from the one asked for where that was 0
   * @throws EnvError where it cannot be listened to
   */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * `/healthz` answers 200 as long as the process answers at all. `/readyz` answers 200 while the app listens, each of its
 * modules is ready, and it does not drain; else 503, with the reason.
 */
export function createMonitoringServer(app: App, metrics: PrometheusMetrics): MonitoringServer {
  const http = createServer((request, response) => {
    if (metrics.handle(request, response)) return;
    const [path] = (request.url ?? "").split("?");
    if (path === "/healthz") return reply(response, 200, { status: "ok" });
    if (path !== "/readyz") return reply(response, 404, { detail: "There are /healthz, /readyz and /metrics." });
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
        throw new EnvError("METRICS_PORT", `METRICS_PORT is ${port}, which cannot be had on ${host}: ${message}.`);
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
