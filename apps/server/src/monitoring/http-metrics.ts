import type { FastifyInstance } from "fastify";
import { Counter, Histogram, type Registry } from "prom-client";
import type { RefusalReason } from "../http/refusals.js";

/** Histogram buckets in seconds. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5];

/**
 * Measures requests to all endpoints registered afterwards. The label is the endpoint's pattern, never the URL that a
 * client sent, so the number of time series is bounded.
 */
export function measureRequests(http: FastifyInstance, register: Registry): void {
  const durations = new Histogram({
    name: "trading_http_request_duration_seconds",
    help: "Time from a request's arrival until its reply was sent",
    labelNames: ["method", "endpoint", "status"],
    buckets: BUCKETS,
    registers: [register],
  });
  http.addHook("onResponse", (request, reply, done) => {
    const { url: endpoint = "none" } = request.routeOptions;
    durations.observe({ method: request.method, endpoint, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
}

/** Creates the counter of refused requests and connections. @returns adds one */
export function countRefusals(register: Registry): (reason: RefusalReason) => void {
  const counter = new Counter({
    name: "trading_http_refused_total",
    help: "HTTP requests and connections that were refused, by reason",
    labelNames: ["reason"],
    registers: [register],
  });
  return (reason) => counter.inc({ reason });
}
