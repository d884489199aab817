import type { Observer } from "@trading/ws-server";
import type { OpenTelemetryOptions } from "@trading/ws-server/open-telemetry";
import type { FastifyInstance } from "fastify";
import { EnvError } from "../config/env.js";
import { type TelemetryApi, traceRequests } from "./http-telemetry.js";

/** Interval at which metrics are sent. */
const METRICS_INTERVAL_MS = 15_000;

/** Sends traces and metrics of the socket and of HTTP requests to an OpenTelemetry collector. */
export interface Telemetry {
  /** Pass it to the streaming server. */
  readonly observer: Observer;
  /** Reports the requests to endpoints that are registered afterwards. */
  traceRequests(http: FastifyInstance): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

/**
 * Starts sending traces and metrics with OTLP over HTTP. The SDK's own variables, such as OTEL_SERVICE_NAME and
 * OTEL_EXPORTER_OTLP_HEADERS, apply too.
 *
 * @param endpoint the collector's URL, without `/v1/traces`
 * @throws EnvError if the SDK is not installed
 */
export async function startTelemetry(endpoint: string, version: string): Promise<Telemetry> {
  const base = endpoint.replace(/\/+$/, "");
  const { api, observe, traces, metrics, resources, traceExporter, metricExporter } = await loadSdk();
  const name = process.env.OTEL_SERVICE_NAME || "trading-server";
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ "service.name": name, "service.version": version }));
  const exporter = new traceExporter.OTLPTraceExporter({ url: `${base}/v1/traces` });
  const tracerProvider = new traces.TracerProvider({
    resource,
    spanProcessors: [new traces.BatchSpanProcessor({ exporter })],
  });
  const meterProvider = new metrics.MeterProvider({
    resource,
    readers: [
      new metrics.PeriodicExportingMetricReader({
        exporter: new metricExporter.OTLPMetricExporter({ url: `${base}/v1/metrics` }),
        exportIntervalMillis: METRICS_INTERVAL_MS,
      }),
    ],
  });
  // The engine is compiled against a newer API, whose providers have the same methods.
  const providers = { tracerProvider, meterProvider } as unknown as Required<OpenTelemetryOptions>;
  return {
    observer: observe.openTelemetryObserver(providers),
    traceRequests: (http) => traceRequests(http, { api, ...providers } as TelemetryApi),
    async close() {
      // A collector that is gone must not prevent the stop.
      await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()]);
    },
  };
}

/** Loads the SDK, which is an optional dependency, because it is larger than the server. */
async function loadSdk() {
  try {
    const [api, observe, traces, metrics, resources, traceExporter, metricExporter] = await Promise.all([
      import("@opentelemetry/api"),
      import("@trading/ws-server/open-telemetry"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/sdk-metrics"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/exporter-metrics-otlp-http"),
    ]);
    return { api, observe, traces, metrics, resources, traceExporter, metricExporter };
  } catch (error) {
    throw missingSdk(error);
  }
}

/** Returns the error for an SDK that cannot be loaded; other errors as they are. */
export function missingSdk(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return error;
  return new EnvError(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the OpenTelemetry SDK is not installed: install the server with its optional dependencies, or remove the variable.",
  );
}
