import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  addressGroup,
  type Clock,
  clientAddress,
  Flow,
  RequestGroup,
  RequestScheduler,
  trustedProxies,
} from "@trading/ws-server";

/** Maximum number of addresses whose use is remembered. Above it, those without a request for longest count as new ones. */
const MAX_ADDRESSES = 10_000;

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

/**
 * Returns a listener that shares the turns of the event loop fairly between addresses: requests are handled immediately until
 * those of a turn have taken a millisecond. In later turns, the time is shared between addresses, so that one with few requests
 * does not wait for those with many.
 *
 * @param proxies addresses of proxies, whose clients count separately
 */
export function shareTurns(handle: RequestListener, clock: Clock, proxies: readonly string[]): RequestListener {
  const scheduler = new RequestScheduler<Exchange>(clock);
  const isProxy = trustedProxies(proxies);
  /** The one with the last request comes last. */
  const groups = new Map<string, RequestGroup<Exchange>>();

  function groupOf(address: string): RequestGroup<Exchange> {
    const group = groups.get(address) ?? new RequestGroup();
    groups.delete(address);
    groups.set(address, group);
    if (groups.size > MAX_ADDRESSES) groups.delete(groups.keys().next().value as string);
    return group;
  }

  return (request, response) => {
    const forwarded = String(request.headers["x-forwarded-for"] ?? "");
    const address = addressGroup(clientAddress(request.socket.remoteAddress, forwarded, isProxy));
    // A connection has one request at a time, so each of them is a client of its address.
    const client = {
      flow: new Flow(),
      group: groupOf(address),
      handle: () => {
        if (!request.socket.destroyed) handle(request, response);
      },
      onWaiting: () => {},
    };
    scheduler.schedule(client, [request, response]);
  };
}
