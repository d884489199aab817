import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  addressGroup,
  type Clock,
  clientAddress,
  type RequestHandler,
  RequestScheduler,
  trustedProxies,
} from "@trading/ws-server";

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

/**
 * Returns a listener that shares the turns of the event loop fairly between addresses: requests are handled immediately until
 * those of a turn have taken a millisecond. In the next turn, each address gets one request handled after the other.
 *
 * @param proxies addresses of proxies, whose clients count separately
 */
export function shareTurns(handle: RequestListener, clock: Clock, proxies: readonly string[]): RequestListener {
  const scheduler = new RequestScheduler<Exchange>(clock);
  const isProxy = trustedProxies(proxies);
  /** The clients whose requests wait, by address. */
  const waiting = new Map<string, RequestHandler<Exchange>>();

  const clientOf = (address: string): RequestHandler<Exchange> => ({
    handle: ([request, response]) => {
      if (!request.socket.destroyed) handle(request, response);
    },
    onWaiting(areWaiting) {
      if (areWaiting) waiting.set(address, this);
      else waiting.delete(address);
    },
  });

  return (request, response) => {
    const forwarded = String(request.headers["x-forwarded-for"] ?? "");
    const address = addressGroup(clientAddress(request.socket.remoteAddress, forwarded, isProxy));
    scheduler.schedule(waiting.get(address) ?? clientOf(address), [request, response]);
  };
}
