import { isIPv4, isIPv6 } from "node:net";
import { WsServerError } from "../errors.js";

/** Returns whether a request is for this server, given the `Host` header; undefined without one. */
export type HostCheck = (header: string | undefined) => boolean;

/** RFC 9110, section 7.2: a name or an address, and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Creates the check for a server that only pages of the same machine, or under some names, can use.
 *
 * Any page can make its own name resolve to 127.0.0.1 (DNS rebinding). It then has the same origin as the server, so the
 * origin says nothing; but browsers send the page's name as `Host`. Loopback names are always accepted: `localhost` and
 * names below it, 127.0.0.0/8 and `[::1]`.
 *
 * @param allowed further names without a port, such as `app.example.com`
 * @throws WsServerError `invalid_option`, naming the invalid entry
 */
export function hostCheck(allowed: readonly string[]): HostCheck {
  const names = new Set(allowed.map(configured));
  return (header = "") => {
    const name = hostName(header);
    return name !== undefined && (isLoopbackName(name) || names.has(name));
  };
}

/** Returns the name in a `Host` header, in lower case, without the port and the root's dot; undefined if it is invalid. */
function hostName(header: string): string | undefined {
  return HOST.exec(header)?.[1]?.toLowerCase().replace(/\.$/, "");
}

/** Returns whether a host name means this machine for every resolver (RFC 6761, section 6.3). */
export function isLoopbackName(name: string): boolean {
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return isIPv4(name) ? name.startsWith("127.") : name === "[::1]";
}

function configured(text: string): string {
  const name = isIPv6(text) ? `[${text.toLowerCase()}]` : hostName(text);
  if (name !== undefined && (isIPv6(text) || !/:\d+$/.test(text))) return name;
  throw new WsServerError(
    "invalid_option",
    `Invalid option "allowedHosts": expected a host name without scheme and port, such as app.example.com, got ${JSON.stringify(text)}`,
  );
}
