import { WsServerError } from "../errors.js";

/** Returns whether pages of an origin are allowed to connect, given the `Origin` header. */
export type OriginCheck = (header: string) => boolean;

/** An origin as browsers send it: ASCII, without path or user. The URL parser alone would also accept `https:\\host` and `%61pp.host`. */
const SERIALIZED = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/i;

/**
 * Creates the check for a list of allowed origins. Scheme, host and port must be equal after both sides were normalized by
 * the URL parser: case and default ports do not matter, suffixes and look-alikes never match, and neither does `null`.
 *
 * @param allowed such as `https://app.example.com` or `http://localhost:5173`
 * @throws WsServerError `invalid_option`, naming the invalid entry
 */
export function originCheck(allowed: readonly string[]): OriginCheck {
  const origins = new Set(allowed.map(configured));
  return (header) => {
    const origin = SERIALIZED.test(header) ? parse(header) : undefined;
    return origin !== undefined && origins.has(origin);
  };
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
