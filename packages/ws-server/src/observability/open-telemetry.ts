import { type MeterProvider, metrics, SpanKind, SpanStatusCode, type TracerProvider, trace } from "@opentelemetry/api";
import { closeLabel, type Observer } from "./observer.js";

/** Options of {@link openTelemetryObserver}. */
export interface OpenTelemetryOptions {
  /** @default the global one */
  readonly tracerProvider?: TracerProvider;
  /** @default the global one */
  readonly meterProvider?: MeterProvider;
}

const SCOPE = "@trading/ws-server";

/**
 * Creates an observer that reports every operation (as a span, and its duration) and every close to OpenTelemetry. It uses
 * only the API, so it does nothing without an SDK. Attributes contain message types and codes, never a topic or a user.
 */
export function openTelemetryObserver(options: OpenTelemetryOptions = {}): Observer {
  const tracer = (options.tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
  const meter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE);
  const durations = meter.createHistogram("trading.ws.operation.duration", {
    unit: "s",
    description: "Time from the start of a request's handling until its reply was queued",
  });
  const closes = meter.createCounter("trading.ws.closes", { description: "Closed connections" });
  return {
    operation({ type, outcome, durationMs }) {
      const attributes = { "rpc.system": "trading.ws", "rpc.method": type, "trading.ws.outcome": outcome };
      const end = Date.now();
      const span = tracer.startSpan(type, { kind: SpanKind.SERVER, startTime: end - durationMs, attributes });
      if (outcome === "internal") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(end);
      durations.record(durationMs / 1_000, attributes);
    },
    closed({ code, protocol }) {
      closes.add(1, { "trading.ws.close_code": closeLabel(code), "trading.ws.protocol": protocol });
    },
  };
}
