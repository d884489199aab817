import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import type { RequestHandler } from "../monitoring/monitoring-handler.js";
import type { MonitoringServer } from "../monitoring/monitoring-server.js";
import type { MonitoringSettings } from "./worker-messages.js";

/** The address of the operator whose request the primary forwards. */
export const ADDRESS_HEADER = "x-operator-address";
/** The path of the metrics as JSON, which the primary joins. */
export const METRICS_PATH = "/metrics.json";

/** Creates the operators' endpoints of a worker on a socket that only its primary can reach. */
export function createWorkerMonitoring(
  handle: RequestHandler,
  { register, close }: Pick<PrometheusMetrics, "register" | "close">,
  { path, port, worker }: MonitoringSettings & { readonly worker: number },
): MonitoringServer {
  register.setDefaultLabels({ worker: String(worker) });
  const http = createServer((request, response) => {
    if (request.url === METRICS_PATH) {
      register.getMetricsAsJSON().then(
        (metrics) => response.end(JSON.stringify(metrics)),
        () => response.writeHead(500).end(),
      );
      return;
    }
    // Each request has its own connection.
    Object.defineProperty(request.socket, "remoteAddress", { value: request.headers[ADDRESS_HEADER] });
    handle(request, response);
  });
  return {
    async listen() {
      // A worker that was killed has left it.
      if (process.platform !== "win32") rmSync(path, { force: true });
      http.listen({ path, exclusive: true });
      await once(http, "listening");
      return port;
    },
    async close() {
      await close();
      if (!http.listening) return;
      http.close();
      http.closeAllConnections();
      await once(http, "close");
    },
  };
}
