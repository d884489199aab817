import type { AddressInfo } from "node:net";
import { type Clock, createServer, type Logger, type StreamServer } from "@trading/ws-server";
import fastify from "fastify";
import { datafeedRest } from "./modules/datafeed/rest.js";
import type { Datafeed } from "./modules/datafeed/service.js";
import { datafeedModule } from "./modules/datafeed/source.js";
import { servePage, TERMINAL_DIST } from "./page.js";

export const TITLE = "Trading streams";
export const VERSION = "0.1.0";

/** What the reference server is made of. */
export interface AppOptions {
  readonly datafeed: Datafeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The page's build. @default apps/terminal/dist */
  readonly pageDirectory?: string;
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
export async function createApp({ datafeed, clock, logger, pageDirectory }: AppOptions): Promise<App> {
  const stream = createServer({
    title: TITLE,
    version: VERSION,
    modules: [datafeedModule(datafeed, clock)],
    clock,
    logger,
  });
  const http = fastify({
    forceCloseConnections: true,
    // A client that sends its request byte by byte may hold a socket for so long, and no longer.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
  });
  http.setErrorHandler((error, request, reply) => {
    logger.error("A request failed", { method: request.method, url: request.url, error });
    return reply.status(500).send({ code: "internal", message: "The server failed. Details are in its log." });
  });
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
