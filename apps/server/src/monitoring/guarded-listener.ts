import { createServer, type Server } from "node:http";
import { hostCheck, type Logger, systemClock } from "@trading/ws-server";
import { replyToBadRequest } from "../http/last-reply.js";
import { handleInOrder } from "../http/pipelining.js";
import { Refusals } from "../http/refusals.js";
import { guardSockets, type SocketLimits, timeoutsOf } from "../http/sockets.js";
import type { RequestHandler } from "./monitoring-handler.js";
import { replyWithJson } from "./reply.js";

/** Options of {@link createGuardedListener}. */
export interface GuardOptions {
  /** Host names under which it is reached, in addition to loopback names; others get 421. @default any host */
  readonly allowedHosts: readonly string[] | undefined;
  readonly sockets: SocketLimits;
  readonly logger: Pick<Logger, "warn">;
}

/** Creates the HTTP server of the metrics port, with limits of its connections and of the hosts that it serves. */
export function createGuardedListener({ allowedHosts, sockets, logger }: GuardOptions, handle: RequestHandler): Server {
  const isOwnHost = allowedHosts && hostCheck(allowedHosts);
  const refusals = new Refusals(systemClock, logger);
  const guarded: RequestHandler = (request, response) => {
    if (isOwnHost?.(request.headers.host) !== false) return handle(request, response);
    refusals.record("host", { host: request.headers.host });
    const detail = "This server does not serve this host name: add it to ALLOWED_HOSTS.";
    replyWithJson(response, 421, { detail });
  };
  const http = createServer(timeoutsOf(sockets), handleInOrder(guarded, refusals));
  guardSockets(http, sockets, [], { clock: systemClock, refusals });
  http.on("clientError", (error: NodeJS.ErrnoException, socket) => void replyToBadRequest(error, socket, systemClock));
  return http;
}
