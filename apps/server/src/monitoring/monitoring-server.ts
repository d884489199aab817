import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
import { type Logger, lineLogger } from "@trading/ws-server";
import type { PrometheusMetrics } from "@trading/ws-server/metrics";
import type { App } from "../app.js";
import { EnvError } from "../config/env.js";
import { MONITORING_CONNECTIONS } from "../http/open-files.js";
import type { SocketLimits } from "../http/sockets.js";
import { Claim } from "./claim.js";
import { LoopBeat } from "./loop-beat.js";
import { type MonitoringParts, monitoringHandler } from "./monitoring-handler.js";
import { PortStream } from "./port-stream.js";
import { measureReadiness } from "./readiness-metrics.js";
import type { BlockedLimits, ForwardedConnection, ThreadMessage, ThreadSettings } from "./thread-messages.js";

/** The operators' endpoints on a separate listener: `/healthz`, `/readyz`, `/readyz/{module}`, `/metrics` and `/admin/…`. */
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

/** Options of the monitoring server. */
export interface MonitoringOptions extends MonitoringParts {
  /** Host names under which it is reached, in addition to loopback names; others get 421. @default any host */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Limits of its TCP connections. @default 100 connections */
  readonly sockets?: SocketLimits | undefined;
  /** @default the defaults of each limit */
  readonly blockedLimits?: Partial<BlockedLimits> | undefined;
  /** @default warnings on standard error */
  readonly logger?: Logger | undefined;
}

/**
 * Creates the monitoring server. Its port belongs to a thread, which replies to `/healthz` itself: 200 with `loopBlockedMs`,
 * also while the event loop of this thread is blocked, and 503 once that has lasted until only a restart helps. It has
 * other requests served by {@link monitoringHandler} in this thread.
 */
export function createMonitoringServer(
  app: App,
  metrics: PrometheusMetrics,
  { allowedHosts, sockets, blockedLimits, logger = lineLogger("warn"), ...parts }: MonitoringOptions = {},
): MonitoringServer {
  measureReadiness(app, metrics.register);
  // It does not listen: the thread passes it connections, whose limits it has checked.
  const http = createServer({ requestTimeout: 0, headersTimeout: 0 }, monitoringHandler(app, metrics, parts));
  const beat = new LoopBeat();
  let stop = async () => {};

  function serve({ port, address, claim }: ForwardedConnection): void {
    const connection = Object.assign(new PortStream(port), { remoteAddress: address });
    if (new Claim(claim).take()) http.emit("connection", connection);
    // The thread has already replied that the request was not carried out.
    else connection.destroy();
  }

  return {
    async listen(port, host) {
      const settings: ThreadSettings = {
        port,
        host,
        allowedHosts,
        sockets: { maxConnections: MONITORING_CONNECTIONS, ...sockets },
        blockedLimits: { requestMs: 2_000, healthMs: 30_000, ...blockedLimits },
        beat: beat.memory,
      };
      const stopBeat = beat.start();
      const thread = new Worker(new URL("./monitoring-thread.js", import.meta.url), { workerData: settings });
      stop = async () => {
        stopBeat();
        await thread.terminate();
      };
      return new Promise((resolve, reject) => {
        thread.on("message", (message: ThreadMessage) => {
          if (message.type === "connection") serve(message);
          else if (message.type === "warning") logger.warn(message.text, message.fields);
          else if (message.type === "listening") resolve(message.port);
          else reject(cannotListen(port, host, message.reason));
        });
      });
    },
    async close() {
      await metrics.close();
      await stop();
    },
  };
}

/** Returns the error of a metrics port that is not available. */
export function cannotListen(port: number, host: string, reason: string): EnvError {
  return new EnvError("METRICS_PORT", `Cannot listen on METRICS_PORT ${port} at ${host}: ${reason}.`);
}
