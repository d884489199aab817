import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger, LogLevel } from "@trading/ws-server";
import { ADMIN_API } from "../admin/admin-api.js";
import { MONITORING_CONNECTIONS } from "../http/open-files.js";
import { createGuardedListener } from "../monitoring/guarded-listener.js";
import { cannotListen, type MonitoringServer } from "../monitoring/monitoring-server.js";
import { replyWithJson } from "../monitoring/reply.js";
import { joinMetrics, type MetricList, measurePrimary } from "../monitoring/worker-metrics.js";
import { isForAll, joinReplies } from "./admin-fan-out.js";
import { ADDRESS_HEADER, METRICS_PATH } from "./worker-monitoring.js";
import { sendToWorker, type WorkerReply, type WorkerRequest } from "./worker-requests.js";

/** The workers, as the endpoints use them. */
export interface MonitoredWorkers {
  /** Returns the sockets of the workers that run, by their numbers. */
  sockets(): ReadonlyMap<number, string>;
  /** The numbers of the workers that listen. */
  readonly listening: readonly number[];
  readonly isStopping: boolean;
}

/** Maximum size of a request's body: room for a batch of a thousand updates. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Serves the operators' endpoints for all workers. `/healthz` is the primary's own. `/readyz` replies 200 while at least one
 * worker should receive clients, with the state of each. `/metrics` has the series of all, with the label `worker`. Requests of
 * operators are sent to every worker or to one, as `isForAll` decides.
 */
export class PrimaryMonitoring implements MonitoringServer {
  readonly #workers: MonitoredWorkers;
  readonly #http: Server;
  readonly #register;
  readonly #onLogLevel;
  readonly #asksServers: boolean;

  constructor(
    workers: MonitoredWorkers,
    {
      allowedHosts,
      logger,
      asksServers = false,
      onLogLevel,
    }: {
      readonly allowedHosts: readonly string[] | undefined;
      readonly logger: Logger;
      /** Whether each worker asks all servers of its cluster. @default false */
      readonly asksServers?: boolean;
      /** An operator has set the level of the log in all workers. */
      readonly onLogLevel: (level: LogLevel) => void;
    },
  ) {
    this.#onLogLevel = onLogLevel;
    this.#asksServers = asksServers;
    this.#workers = workers;
    this.#register = measurePrimary(() => workers.listening.length);
    const sockets = { maxConnections: MONITORING_CONNECTIONS };
    this.#http = createGuardedListener({ allowedHosts, sockets, logger }, (request, response) => {
      this.#reply(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else replyWithJson(response, 503, { detail: error.message });
      });
    });
  }

  async listen(port: number, host: string): Promise<number> {
    this.#http.listen(port, host);
    try {
      await once(this.#http, "listening");
    } catch (error) {
      throw cannotListen(port, host, (error as Error).message);
    }
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#http.listening) return;
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, "close");
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = request;
    const [route = ""] = path.split("?");
    if (route === "/healthz") {
      const { listening } = this.#workers;
      return replyWithJson(response, 200, { status: "ok", workersListening: listening.length });
    }
    if (/^\/readyz(?:\/|$)/.test(route)) return this.#replyWithReadiness(path, response);
    if (route === "/metrics" && method === "GET") return this.#replyWithMetrics(response);
    const headers = { ...request.headers, [ADDRESS_HEADER]: request.socket.remoteAddress };
    // The body is sent as a whole.
    delete headers["transfer-encoding"];
    delete headers.connection;
    const body = await readBody(request);
    if (body === undefined) {
      const detail = `The body has more than ${MAX_BODY_BYTES} bytes.`;
      response.setHeader("connection", "close");
      return replyWithJson(response, 413, { detail });
    }
    const forwarded = { method, path, headers, body };
    const isAdmin = route.startsWith(`${ADMIN_API}/`);
    const reply =
      isAdmin && isForAll(forwarded, this.#asksServers)
        ? await this.#sendToAll(forwarded)
        : await this.#sendToOne(forwarded);
    // The workers have validated the body.
    if (reply.status === 204 && method === "PUT" && route === `${ADMIN_API}/log-level`) {
      this.#onLogLevel(JSON.parse(body.toString()).level);
    }
    pass(reply, response);
  }

  async #replyWithReadiness(path: string, response: ServerResponse): Promise<void> {
    const replies = await this.#ask({ method: "GET", path });
    const { isStopping } = this.#workers;
    const isReady = !isStopping && replies.some(({ status }) => status === 200);
    const isUnknown = replies.length > 0 && replies.every(({ status }) => status === 404);
    if (isUnknown) return pass(replies[0] as WorkerReply, response);
    const workers = Object.fromEntries(replies.map(({ worker, body }) => [worker, JSON.parse(body.toString())]));
    const state = isStopping ? "draining" : this.#workers.listening.length > 0 ? "serving" : "starting";
    replyWithJson(response, isReady ? 200 : 503, { state, workers });
  }

  async #replyWithMetrics(response: ServerResponse): Promise<void> {
    const replies = await this.#ask({ method: "GET", path: METRICS_PATH });
    const lists = replies.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body.toString()));
    const own = (await this.#register.getMetricsAsJSON()) as unknown as MetricList;
    const text = await joinMetrics([own, ...lists]);
    response.writeHead(200, { "content-type": this.#register.contentType }).end(text);
  }

  /** Sends a request to all workers. @returns the replies of those that could be reached */
  async #ask(request: WorkerRequest): Promise<readonly WorkerReply[]> {
    const sent = Array.from(this.#workers.sockets(), ([worker, path]) => sendToWorker(worker, path, request));
    const outcomes = await Promise.allSettled(sent);
    return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }

  /** @throws Error if a worker has not replied to an act: it must be repeated. A list is one of the others then. */
  async #sendToAll(request: WorkerRequest): Promise<WorkerReply> {
    const replies = await this.#ask(request);
    const replied = new Set(replies.map(({ worker }) => worker));
    const missing = [...this.#workers.sockets().keys()].filter((worker) => !replied.has(worker));
    if (replies.length === 0 || (missing.length > 0 && request.method !== "GET")) {
      throw new Error(`Worker ${missing.join(", ")} has not replied: repeat the request when /readyz lists it.`);
    }
    return joinReplies(replies, request.path);
  }

  async #sendToOne(request: WorkerRequest): Promise<WorkerReply> {
    const sockets = this.#workers.sockets();
    const [number = 0] = this.#workers.listening;
    const path = sockets.get(number);
    if (path === undefined) throw new Error("No worker listens yet: repeat the request when /readyz replies 200.");
    return sendToWorker(number, path, request);
  }
}

/** Reads the body of a request. @returns undefined if it is too long */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pass({ status, headers, body }: WorkerReply, response: ServerResponse): void {
  const {
    connection,
    "keep-alive": _keepAlive,
    "transfer-encoding": _encoding,
    "content-length": _length,
    ...others
  } = headers;
  response.writeHead(status, status === 204 ? others : { ...others, "content-length": body.length }).end(body);
}
