import type { AddressInfo } from "node:net";
import { type Clock, createServer, type Logger, type ServerOptions, type StreamServer } from "@trading/ws-server";
import fastify, { type FastifyError, type FastifyReply } from "fastify";
import { datafeedRest } from "./modules/datafeed/rest.js";
import type { Datafeed } from "./modules/datafeed/service.js";
import { modulesOf } from "./modules/index.js";
import { servePage, TERMINAL_DIST } from "./page.js";

export const TITLE = "Trading streams";
export const VERSION = "0.1.0";

const NOT_FOUND = {
  code: "not_found",
  message: "There is nothing here. See /, /api/v1/health and /api/v1/datafeed/symbols.",
};
const BAD_ADDRESS = { code: "bad_request", message: "The address cannot be read: encode its special characters." };

/** What the reference server is made of. */
export interface AppOptions {
  readonly datafeed: Datafeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The page's build. @default apps/terminal/dist */
  readonly pageDirectory?: string;
  /** Options of the streaming server. @default its own */
  readonly streaming?: Partial<ServerOptions>;
}

/** The reference server: page, HTTP API and socket on one port. */
export interface App {
  readonly stream: StreamServer;
  /** @returns the port, which differs from the one asked for where that was 0 */
  listen(port: number, host: string): Promise<number>;
  /** Stops everything; open sockets are closed with 1012. */
  close(): Promise<void>;
}

/** Wires a datafeed to the streaming server, the HTTP API and the page. */
export async function createApp({ datafeed, clock, logger, pageDirectory, streaming }: AppOptions): Promise<App> {
  const stream = createServer({
    title: TITLE,
    version: VERSION,
    modules: modulesOf({ datafeed, clock }),
    clock,
    logger,
    ...streaming,
  });
  const http = fastify({
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply: FastifyReply) => void reply.status(400).send(BAD_ADDRESS),
    // A client that sends its request byte by byte may hold a socket for so long, and no longer.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
  });
  http.setNotFoundHandler((_request, reply) => reply.status(404).send(NOT_FOUND));
  http.setErrorHandler<FastifyError>((error, request, reply) => {
    // The client's own fault, such as a path that climbs out of the page's folder.
    const { statusCode = 500 } = error;
    if (statusCode === 403 || statusCode === 404) return reply.status(404).send(NOT_FOUND);
    if (statusCode >= 400 && statusCode < 500) {
      return reply.status(statusCode).send({ code: "bad_request", message: error.message });
    }
    logger.error("A request failed", { method: request.method, url: request.url, error });
    return reply.status(500).send({ code: "internal", message: "The server failed. Details are in its log." });
  });
  // The AsyncAPI documents and their page.
  http.addHook("onRequest", (request, reply, done) => {
    if (stream.handleRequest(request.raw, reply.raw)) reply.hijack();
    else done();
  });
  // The socket's own address, asked for over plain HTTP.
  http.get(stream.path, (_request, reply) =>
    reply
      .status(426)
      .header("upgrade", "websocket")
      .send({ code: "upgrade_required", message: `${TITLE} ${VERSION} speaks WebSocket at ${stream.path}` }),
  );
  http.get("/api/v1/health", () => ({
    status: "ok",
    version: VERSION,
    datafeed: datafeed.description,
    ...stream.counts(),
  }));
  datafeedRest(http, datafeed);
  await servePage(http, pageDirectory ?? TERMINAL_DIST);
  stream.attach(http.server);

  return {
    stream,
    async listen(port, host) {
      await http.listen({ port, host });
      return (http.server.address() as AddressInfo).port;
    },
    async close() {
      await Promise.all([stream.close(), http.close()]);
    },
  };
}
