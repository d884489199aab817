import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { StreamServer } from "../server/stream-server.js";
import { addClusterMetrics, type ClusterNode } from "./cluster-metrics.js";
import type { RouteStats } from "./inspection.js";
import { closeLabel, type Observer } from "./observer.js";

/** Maximum number of distinct outcomes, because applications choose their error codes. Further ones are "other". */
const MAX_OUTCOMES = 50;
/** Seconds. Replies are sent within the start timeout. */
const OPERATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5];
/** Seconds, from a short page visit to the maximum lifespan. */
const AGE_BUCKETS = [1, 10, 60, 600, 1_800, 3_600];
const NANOSECONDS = 1e9;

/** Options of {@link prometheusMetrics}. */
export interface PrometheusOptions {
  /** The registry for the metrics. @default a new one */
  readonly register?: Registry;
}

/** Metrics of streaming servers, for Prometheus. */
export interface PrometheusMetrics {
  /** Pass it to `createServer` in `observers`. */
  readonly observer: Observer;
  readonly register: Registry;
  /** Reads a server's statistics on each scrape. The statistics of several servers are summed. */
  watch(server: StreamServer): void;
  /** Reads the state of this process's node of a cluster on each scrape: a `ClusterPubSub`. Call it once. */
  watchCluster(node: ClusterNode): void;
  /** Responds to `GET /metrics` on an existing HTTP server. @returns false for other requests, which are left alone */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Serves `GET /metrics` on a new HTTP server.
   *
   * @param options `port` defaults to 0, which picks a free port; `host` defaults to 127.0.0.1, because metrics are not
   *   public
   */
  listen(options?: { readonly port?: number; readonly host?: string }): Promise<{ readonly port: number }>;
  /** Closes its HTTP server and stops measuring the event loop. */
  close(): Promise<void>;
}

/**
 * Creates the metrics `trading_ws_…`. Statistics of the engine are read on each scrape, so they cost nothing per delivery.
 * No label contains a topic, a user or text from a client.
 */
export function prometheusMetrics({ register = new Registry() }: PrometheusOptions = {}): PrometheusMetrics {
  return new Metrics(register);
}

class Metrics implements PrometheusMetrics {
  readonly register: Registry;
  readonly observer: Observer;
  readonly #servers = new Set<StreamServer>();
  readonly #outcomes = new Set<string>();
  readonly #lag = monitorEventLoopDelay();
  #http: Server | undefined;

  constructor(register: Registry) {
    this.register = register;
    this.#lag.enable();
    this.#readServers();
    this.#readLag();
    this.observer = this.#observe();
  }

  watch(server: StreamServer): void {
    this.#servers.add(server);
  }

  watchCluster(node: ClusterNode): void {
    addClusterMetrics(node, this.register);
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [path] = (request.url ?? "").split("?");
    if (path !== "/metrics" || (request.method !== "GET" && request.method !== "HEAD")) return false;
    this.register.metrics().then(
      (text) => response.writeHead(200, { "content-type": this.register.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
    return true;
  }

  async listen({ port = 0, host = "127.0.0.1" } = {}): Promise<{ readonly port: number }> {
    const http = createServer((request, response) => {
      if (!this.handle(request, response)) response.writeHead(404).end("The metrics are at /metrics.\n");
    });
    this.#http = http;
    http.listen(port, host);
    await once(http, "listening");
    return { port: (http.address() as AddressInfo).port };
  }

  async close(): Promise<void> {
    this.#lag.disable();
    const http = this.#http;
    if (http === undefined) return;
    http.close();
    http.closeAllConnections();
    await once(http, "close");
  }

  #readServers(): void {
    const registers = [this.register];
    const stats = () => Array.from(this.#servers, (server) => server.stats());
    const route = (
      Metric: typeof Gauge | typeof Counter,
      name: string,
      help: string,
      figure: (stats: RouteStats) => number,
    ) =>
      new Metric({
        name: `trading_ws_${name}`,
        help,
        labelNames: ["route"],
        registers,
        collect() {
          this.reset();
          for (const { routes } of stats()) for (const of of routes) this.inc({ route: of.route }, figure(of));
        },
      });
    route(Gauge, "topics", "Topics whose source is starting, running or lingering", ({ topics }) => topics);
    route(Gauge, "subscriptions", "Subscriptions of all connections", ({ subscriptions }) => subscriptions);
    route(Counter, "published_total", "Published updates", ({ published }) => published);
    route(
      Counter,
      "dropped_total",
      "Updates that did not match their schema, or whose topic was not running",
      (of) => of.dropped,
    );
    route(
      Counter,
      "delivered_total",
      "Updates passed to a connection, counted per connection",
      ({ delivered }) => delivered,
    );
    route(Counter, "conflated_total", "Updates conflated for a slow connection", ({ conflated }) => conflated);
    new Gauge({
      name: "trading_ws_connections",
      help: "Open connections",
      labelNames: ["protocol"],
      registers,
      collect() {
        this.reset();
        for (const { connections } of stats()) {
          this.inc({ protocol: "base" }, connections.base);
          this.inc({ protocol: "session" }, connections.session);
        }
      },
    });
    new Gauge({
      name: "trading_ws_connections_behind",
      help: "Connections with unread updates, because they have no room or are reading a snapshot",
      registers,
      collect() {
        this.set(stats().reduce((sum, { laggingConnections }) => sum + laggingConnections, 0));
      },
    });
    new Gauge({
      name: "trading_ws_retained_bytes",
      help: "Memory of the retained updates of all topics",
      registers,
      collect() {
        this.set(stats().reduce((sum, { retainedBytes }) => sum + retainedBytes, 0));
      },
    });
    new Counter({
      name: "trading_ws_slow_consumers_total",
      help: "Times a connection had no room for an update",
      registers,
      collect() {
        this.reset();
        this.inc(stats().reduce((sum, { slowConsumers }) => sum + slowConsumers, 0));
      },
    });
  }

  #readLag(): void {
    const lag = this.#lag;
    new Gauge({
      name: "trading_ws_event_loop_lag_seconds",
      help: "Delay of the event loop since the last scrape",
      labelNames: ["quantile"],
      registers: [this.register],
      collect() {
        this.set({ quantile: "0.5" }, lag.percentile(50) / NANOSECONDS);
        this.set({ quantile: "0.99" }, lag.percentile(99) / NANOSECONDS);
        this.set({ quantile: "1" }, lag.max / NANOSECONDS);
        lag.reset();
      },
    });
  }

  #observe(): Observer {
    const registers = [this.register];
    const operations = new Histogram({
      name: "trading_ws_operation_duration_seconds",
      help: "Time from the start of a request's handling until its reply was queued",
      labelNames: ["type", "outcome"],
      buckets: OPERATION_BUCKETS,
      registers,
    });
    const closes = new Counter({
      name: "trading_ws_closes_total",
      help: "Closed connections",
      labelNames: ["code", "protocol"],
      registers,
    });
    const ages = new Histogram({
      name: "trading_ws_connection_age_seconds",
      help: "Age of connections when they closed",
      buckets: AGE_BUCKETS,
      registers,
    });
    const limits = new Counter({
      name: "trading_ws_limits_reached_total",
      help: "Requests refused and connections closed by a limit",
      labelNames: ["limit"],
      registers,
    });
    const refused = new Counter({
      name: "trading_ws_handshakes_refused_total",
      help: "Refused handshakes",
      labelNames: ["cause", "status"],
      registers,
    });
    const logins = new Counter({
      name: "trading_ws_logins_total",
      help: "Logins: ok, renewed, or the code of the refusal",
      labelNames: ["outcome"],
      registers,
    });
    return {
      loggedIn: ({ isRenewal }) => logins.inc({ outcome: isRenewal ? "renewed" : "ok" }),
      loginRefused: ({ code }) => logins.inc({ outcome: this.#bounded(code) }),
      limitReached: ({ limit }) => limits.inc({ limit }),
      handshakeRefused: ({ cause, status }) => refused.inc({ cause, status }),
      operation: ({ type, outcome, durationMs }) =>
        operations.observe({ type, outcome: this.#bounded(outcome) }, durationMs / 1_000),
      closed: ({ code, protocol, livedMs }) => {
        closes.inc({ code: closeLabel(code), protocol });
        ages.observe(livedMs / 1_000);
      },
    };
  }

  #bounded(outcome: string): string {
    if (this.#outcomes.has(outcome)) return outcome;
    if (this.#outcomes.size >= MAX_OUTCOMES) return "other";
    this.#outcomes.add(outcome);
    return outcome;
  }
}
