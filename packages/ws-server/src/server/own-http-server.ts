import { once } from "node:events";
import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerAddress } from "./stream-server.js";

/** Interval at which Node checks the deadlines of handshakes. */
const CHECK_HANDSHAKES_EVERY_MS = 1_000;

/** Creates an HTTP server that belongs to a stream server, rather than to the application. */
export function ownHttpServer(handshakeTimeoutMs: number, onRequest: RequestListener): HttpServer {
  // With Node's defaults, a client that sends its request byte by byte occupies a socket for 83 seconds.
  const deadline = { headersTimeout: handshakeTimeoutMs, connectionsCheckingInterval: CHECK_HANDSHAKES_EVERY_MS };
  return createServer(deadline, onRequest);
}

/** Listens, and returns the address. @param path the endpoint's */
export async function listen(http: HttpServer, port: number, host: string, path: string): Promise<ServerAddress> {
  http.listen(port, host);
  await once(http, "listening");
  const address = http.address() as AddressInfo;
  const urlHost = host.includes(":") ? `[${host}]` : host;
  return { host, port: address.port, url: `ws://${urlHost}:${address.port}${path}` };
}
