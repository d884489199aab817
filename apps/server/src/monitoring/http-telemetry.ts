import type { MeterProvider, SpanContext, TracerProvider } from "@opentelemetry/api";
import type { FastifyInstance } from "fastify";

/** The part of the OpenTelemetry API that it needs: the API is an optional dependency, which is loaded only if it is used. */
export interface TelemetryApi {
  readonly api: Pick<typeof import("@opentelemetry/api"), "ROOT_CONTEXT" | "SpanKind" | "SpanStatusCode" | "trace">;
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
}

const SCOPE = "trading-server";
/** Upper bounds in seconds, as the conventions for HTTP recommend. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** The methods that are reported by name: clients can send any text. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const TRACE_PARENT = /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;

/**
 * Reports each request to endpoints registered afterwards to OpenTelemetry, by its semantic conventions: a span, which continues
 * the trace of a `traceparent` header, and its duration. Attributes contain the endpoint's pattern, never a URL, an account or a user.
 */
export function traceRequests(http: FastifyInstance, { api, tracerProvider, meterProvider }: TelemetryApi): void {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api;
  const tracer = tracerProvider.getTracer(SCOPE);
  const durations = meterProvider.getMeter(SCOPE).createHistogram("http.server.request.duration", {
    unit: "s",
    description: "Time from a request's arrival until its reply was sent",
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  http.addHook("onResponse", (request, reply, done) => {
    const { url: route } = request.routeOptions;
    const method = METHODS.has(request.method) ? request.method : "_OTHER";
    const isError = reply.statusCode >= 500;
    const attributes = {
      "http.request.method": method,
      "http.response.status_code": reply.statusCode,
      "url.scheme": request.protocol,
      ...(route !== undefined && { "http.route": route }),
      ...(isError && { "error.type": String(reply.statusCode) }),
    };
    const end = Date.now();
    const parent = parentOf(request.headers.traceparent);
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const name = route === undefined ? method : `${method} ${route}`;
    const options = { kind: SpanKind.SERVER, startTime: end - reply.elapsedTime, attributes };
    const span = tracer.startSpan(name, options, context);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
    durations.record(reply.elapsedTime / 1_000, attributes);
    done();
  });
}

/** Returns the span that a `traceparent` header (W3C Trace Context) names; undefined for an invalid or missing one. */
function parentOf(header: string | string[] | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACE_PARENT.exec(String(header ?? "")) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
