import type { IncomingMessage, Server } from "node:http";
import type { Logger } from "@trading/ws-server";

/**
 * Warns once when a request seems to come from a proxy, on a server that does not know its proxies: all clients of the proxy
 * then share the limits of its address. The header is not believed, it may also be a client's.
 */
export function warnOfUntrustedProxy(server: Server, logger: Logger): void {
  function check({ headers, socket }: IncomingMessage): void {
    if (headers["x-forwarded-for"] === undefined && headers.forwarded === undefined) return;
    for (const event of EVENTS) server.off(event, check);
    logger.warn(
      "A request has a header of proxies, but TRUSTED_PROXIES is not set: clients behind a proxy share the limits of its address. Set it to the proxy's address, or to none if clients connect directly",
      { address: socket.remoteAddress },
    );
  }
  for (const event of EVENTS) server.on(event, check);
}

const EVENTS = ["request", "upgrade"] as const;
