import { WsServerError } from "../errors.js";
import { isLoopbackName } from "./hosts.js";

/**
 * Returns whether pages of an origin are allowed to connect, given the `Origin` and `Host` headers. A request without
 * `Origin` is not from a browser, so it needs no check.
 */
export type OriginCheck = (origin: string, host?: string) => boolean;

/** An origin as browsers send it: ASCII, without path or user. The URL parser alone would also accept `https:\\host` and `%61pp.host`. */
const SERIALIZED = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/i;

/**
 * Creates the check for a list of allowed origins. Scheme, host and port must be equal after both sides were normalized by
 * the URL parser: case and default ports do not matter, suffixes and look-alikes never match, and neither does `null`.
 *
 * An empty list allows the server's own pages, whose origin has the host and port of the `Host` header, and, if the client
 * has addressed the server by a loopback name, all pages of the same machine.
 *
 * @param allowed such as `https://app.example.com` or `http://localhost:5173`
 * @throws WsServerError `invalid_option`, naming the invalid entry
 */
export function originCheck(allowed: readonly string[]): OriginCheck {
  const origins = new Set(allowed.map(configured));
  return (header, host) => {
    const origin = SERIALIZED.test(header) ? parse(header) : undefined;
    if (origin === undefined) return false;
    return origins.size > 0 ? origins.has(origin) : isOwnOrLocal(origin, host);
  };
}

/** Returns whether an origin is the server's own, or of this machine on a server that is addressed as this machine. */
function isOwnOrLocal(origin: string, host: string | undefined): boolean {
  const { protocol, hostname } = new URL(origin);
  if (host === undefined || (protocol !== "http:" && protocol !== "https:")) return false;
  const own = `${protocol}//${host}`;
  // A proxy in front of the server can have ended TLS, so the scheme of the Origin header determines the default port.
  if (!SERIALIZED.test(own) || !URL.canParse(own)) return false;
  return parse(own) === origin || (isLoopbackName(new URL(own).hostname) && isLoopbackName(hostname));
}

/** Normalizes a configured origin. Unlike the header, it can contain a host in any script. */
function configured(text: string): string {
  const origin = /^[^/\\?#@\s]+:\/\/[^/\\?#@\s*]+$/.test(text) ? parse(text) : undefined;
  if (origin !== undefined) return origin;
  throw new WsServerError(
    "invalid_option",
    `Invalid option "allowedOrigins": expected scheme://host or scheme://host:port, got ${JSON.stringify(text)}`,
  );
}

function parse(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  // URL.origin is "null" for non-standard schemes, such as those of desktop shells.
  const { protocol, host } = new URL(text);
  return host === "" ? undefined : `${protocol}//${host}`;
}
