import { WsServerError } from "../errors.js";

/** Tells whether pages of this origin may connect, by the `Origin` header as it came. */
export type OriginCheck = (header: string) => boolean;

/** What a browser sends: ASCII, no path, no user. The URL parser alone would also take `https:\\host` and `%61pp.host`. */
const SERIALIZED = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._:[\]-]+$/i;

/**
 * Makes the check of an allow-list. Scheme, host and port must all be equal, once both sides went through the URL
 * parser: case and default ports do not matter, suffixes and look-alikes never match, and `null` is no origin.
 *
 * @param allowed such as `https://app.example.com` or `http://localhost:5173`
 * @throws WsServerError `invalid_option`, naming what is no origin
 */
export function originCheck(allowed: readonly string[]): OriginCheck {
  const origins = new Set(allowed.map(configured));
  return (header) => {
    const origin = SERIALIZED.test(header) ? parse(header) : undefined;
    return origin !== undefined && origins.has(origin);
  };
}

/** A person may write a host in any script; only a browser's own form is held to ASCII. */
function configured(text: string): string {
  const origin = /^[^/\\?#@\s]+:\/\/[^/\\?#@\s*]+$/.test(text) ? parse(text) : undefined;
  if (origin !== undefined) return origin;
  throw new WsServerError(
    "invalid_option",
    `allowedOrigins has ${JSON.stringify(text)}: write scheme://host or scheme://host:port, with nothing after it`,
  );
}

function parse(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  // URL.origin is "null" for schemes that browsers do not know, such as a desktop shell's.
  const { protocol, host } = new URL(text);
  return host === "" ? undefined : `${protocol}//${host}`;
}
