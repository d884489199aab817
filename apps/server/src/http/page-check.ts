import type { IncomingHttpHeaders } from "node:http";
import { hostCheck, isLoopbackName, originCheck } from "@trading/ws-server";

/** Returns whether a request comes from a page that is allowed to use the server, or from a client that is not a page. */
export type PageCheck = (request: { readonly method?: string; readonly headers: IncomingHttpHeaders }) => boolean;

/**
 * Creates the check for pages. It reads two headers that pages cannot set: `Sec-Fetch-Site`, in which browsers compare the
 * page with the server, and `Origin`. Clients that are not browsers send neither.
 *
 * A link to this server is not a request of the page with the link, so it is allowed.
 *
 * @param allowedOrigins the origins of the allowed pages; undefined allows pages of the server itself, and, for requests to a
 *   loopback name, of other servers on this machine
 */
export function pageCheck(allowedOrigins: readonly string[] | undefined): PageCheck {
  const isListed = allowedOrigins && originCheck(allowedOrigins);
  return ({ method, headers }) => {
    const { origin, host, "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
    if (site === "same-origin") return true;
    if (origin !== undefined) return isListed ? isListed(origin) : isOwnOrLocal(origin, host);
    // "none": the user entered the address.
    if (site === undefined || site === "none") return true;
    return mode === "navigate" && (method === "GET" || method === "HEAD");
  };
}

const isLocalHost = hostCheck([]);

/** Returns whether an origin is the requested host itself, or a page that a server on this machine serves. */
function isOwnOrLocal(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.protocol !== "http:" && page.protocol !== "https:") return false;
  return page.host === host?.toLowerCase() || (isLocalHost(host) && isLoopbackName(page.hostname));
}
