import type { IncomingMessage } from "node:http";
import { MAX_TOKEN_BYTES } from "../auth/auth.js";
import { WsServerError } from "../errors.js";
import { clientAddress, type TrustedProxies, trustedProxies } from "./addresses.js";
import { type HostCheck, hostCheck } from "./hosts.js";
import { type OriginCheck, originCheck } from "./origins.js";
import type { Refusal } from "./refusal.js";

/** Options of the handshake. */
export interface HandshakeOptions {
  /**
   * Origins whose pages are allowed to connect, such as `https://app.example.com`; others are refused with 403. A client
   * without an Origin header is not a browser and is accepted, unless its token is in a cookie. An empty list allows the
   * server's own pages, whose origin has the host of the `Host` header, and, if that is a loopback name, all pages of the
   * same machine. A list that is not empty has to contain the server's own origin too. "any" allows all pages, `null`
   * included: only where nothing is private, or every client has a token.
   * @default []
   */
  readonly allowedOrigins?: readonly string[] | "any";
  /**
   * Host names under which clients reach this server, without a port, such as `app.example.com`; requests for others are
   * refused with 421. Loopback names are always accepted. Set it, to `[]` if need be, where the server listens on a loopback
   * address only: otherwise any page can reach it by a name that resolves to 127.0.0.1.
   * @default any host
   */
  readonly allowedHosts?: readonly string[];
  /** Name of the cookie that contains a token. Requires `allowedOrigins`, because browsers send cookies for any page. */
  readonly cookieName?: string;
  /**
   * Addresses and CIDR blocks of the proxies in front of this server. X-Forwarded-For is ignored from all others. An empty
   * list means that clients connect directly. Without a list, the limits of an address apply to public addresses only.
   */
  readonly trustedProxies?: readonly string[];
}

/** {@link HandshakeOptions}, parsed. */
export interface HandshakeRules {
  /** The subprotocols that the server speaks, the preferred one first. */
  readonly subprotocols: readonly string[];
  readonly isAllowedOrigin: OriginCheck | undefined;
  readonly isAllowedHost: HostCheck | undefined;
  readonly cookieName: string | undefined;
  readonly isTrustedProxy: TrustedProxies;
}

/** The parts of a request that the handshake reads. */
export type UpgradeRequest = Pick<
  IncomingMessage,
  "httpVersion" | "method" | "url" | "headersDistinct" | "rawHeaders"
> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

export type TokenSource = "header" | "subprotocol" | "cookie";

/** A handshake that can proceed to the token. */
export interface AcceptedHandshake {
  readonly ok: true;
  /** "session" if the URL requests the session extension. */
  readonly protocol: "base" | "session";
  /** The longest batch that the client accepts, in bytes. @default none */
  readonly maxBatchBytes?: number;
  /** The client's address, in canonical form. */
  readonly address: string;
  /** The client's token, not yet verified. */
  readonly token?: string;
  readonly tokenSource?: TokenSource;
  /** The subprotocol to select; undefined = none. */
  readonly subprotocol?: string;
}

/** Browsers send about twenty. */
const MAX_HEADERS = 200;
/** The subprotocol of JSON frames. A browser that offers subprotocols, to send a token, fails if none is selected. */
export const SUBPROTOCOL = "trading.v2";
/** The subprotocol of compact updates. */
export const COMPACT_SUBPROTOCOL = "trading.v2.compact";
const BEARER_SUBPROTOCOL = "bearer.";
/** Query parameters that could contain a token. They are refused, because URLs end up in logs and histories. */
const TOKEN_PARAMETERS = new Set(["token", "access_token", "bearer", "jwt", "auth"]);
/** RFC 6750, section 2.1. */
const TOKEN = /^[\w\-.~+/]+=*$/;
/** RFC 6265, section 4.1.1. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** @throws WsServerError `invalid_option`, naming the option and the value */
export function handshakeRules(options: HandshakeOptions, hasCompactUpdates = false): HandshakeRules {
  const { allowedOrigins, cookieName } = options;
  if (cookieName !== undefined && !COOKIE_NAME.test(cookieName)) {
    throw new WsServerError(
      "invalid_option",
      `Invalid option "cookieName": expected the name of a cookie, got ${JSON.stringify(cookieName)}`,
    );
  }
  if (cookieName !== undefined && (allowedOrigins === "any" || !allowedOrigins?.length)) {
    throw new WsServerError(
      "invalid_option",
      `Invalid option "cookieName": "${cookieName}" requires allowedOrigins, because browsers send cookies for any page`,
    );
  }
  return {
    subprotocols: hasCompactUpdates ? [COMPACT_SUBPROTOCOL, SUBPROTOCOL] : [SUBPROTOCOL],
    isAllowedOrigin: allowedOrigins === "any" ? undefined : originCheck(allowedOrigins ?? []),
    isAllowedHost: options.allowedHosts && hostCheck(options.allowedHosts),
    cookieName,
    isTrustedProxy: trustedProxies(options.trustedProxies ?? []),
  };
}

/**
 * Splits a request's target. Nothing is decoded or resolved: `/a/../b`, `//a` and `/%61` are different paths, so that a
 * proxy and this server agree on the path.
 *
 * @param target a path with a query, or a URL (RFC 9112, section 3.2.2)
 * @returns undefined if it is neither
 */
export function splitTarget(target = ""): { readonly path: string; readonly query: URLSearchParams } | undefined {
  const [, path, query] = /^(?:(?:http|ws)s?:\/\/[^/?#]+)?(\/[^?#]*)(?:\?(.*))?$/is.exec(target) ?? [];
  return path === undefined ? undefined : { path, query: new URLSearchParams(query) };
}

/**
 * Checks an upgrade request before its token is verified. No message contains the token. The server checks the path, and
 * the transport checks the remaining requirements of RFC 6455.
 */
export function readHandshake(request: UpgradeRequest, rules: HandshakeRules): AcceptedHandshake | Refusal {
  const headers = request.headersDistinct;
  const target = splitTarget(request.url);
  if (request.method !== "GET") return refusal(405, "A WebSocket handshake is a GET request.", { Allow: "GET" });
  // Node does not check the next two for an upgrade, and silently drops headers after the first 2,000.
  if (request.httpVersion !== "1.1") return refusal(426, "Send the handshake with HTTP/1.1.", { Upgrade: "websocket" });
  if (headers.host?.length !== 1) return refusal(400, "Send one Host header.");
  if (rules.isAllowedHost?.(headers.host[0]) === false) {
    return refusal(
      421,
      "This server does not serve this host name: use the name that its operator has configured.",
      undefined,
      "host",
    );
  }
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return refusal(431, `Send at most ${MAX_HEADERS} headers.`);
  if (target === undefined) return refusal(400, "The request's target is neither a path nor a URL.");
  if (headers["sec-websocket-version"]?.join() !== "13") {
    return refusal(426, "Send Sec-WebSocket-Version: 13.", { Upgrade: "websocket", "Sec-WebSocket-Version": "13" });
  }
  const origin = headers.origin?.join();
  if (origin !== undefined && rules.isAllowedOrigin?.(origin, headers.host[0]) === false) {
    return refusal(403, "Pages of this origin are not allowed to connect.", undefined, "origin");
  }
  const offered = (headers["sec-websocket-protocol"] ?? []).flatMap(listed(","));
  const proof = findToken(headers, target.query, offered, rules.cookieName);
  if ("status" in proof) return proof;
  if (proof.tokenSource === "cookie" && origin === undefined) {
    return refusal(403, "A token in a cookie requires the Origin header.", undefined, "origin");
  }
  const maxBatchBytes = integerIn(target.query, "maxBatchBytes");
  const subprotocol = rules.subprotocols.find((name) => offered.includes(name));
  return {
    ok: true,
    protocol: requestsSession(target.query) ? "session" : "base",
    address: clientAddress(
      request.socket.remoteAddress,
      headers["x-forwarded-for"]?.join() ?? "",
      rules.isTrustedProxy,
    ),
    ...proof,
    ...(subprotocol !== undefined && { subprotocol }),
    ...(maxBatchBytes > 0 && { maxBatchBytes }),
  };
}

/** Returns the request's token, nothing if it has none, or a refusal if it is ambiguous. */
function findToken(
  headers: UpgradeRequest["headersDistinct"],
  query: URLSearchParams,
  offered: readonly string[],
  cookieName: string | undefined,
): Pick<AcceptedHandshake, "token" | "tokenSource"> | Refusal {
  if (Array.from(query.keys()).some((name) => TOKEN_PARAMETERS.has(name.toLowerCase()))) {
    return refusal(
      400,
      `A token in the URL ends up in logs: send Authorization: Bearer <token>, or the subprotocols ${SUBPROTOCOL}, bearer.<token>.`,
    );
  }
  const found: { readonly token: string; readonly tokenSource: TokenSource }[] = [
    ...inHeader(headers.authorization ?? []).map((token) => ({ token, tokenSource: "header" as const })),
    ...inSubprotocols(offered).map((token) => ({ token, tokenSource: "subprotocol" as const })),
    ...inCookies(headers.cookie ?? [], cookieName).map((token) => ({ token, tokenSource: "cookie" as const })),
  ];
  const [first, ...others] = found;
  if (first === undefined) return {};
  if (others.some(({ token }) => token !== first.token)) {
    return refusal(400, "The request carries two different tokens: send one.");
  }
  if (first.tokenSource === "subprotocol" && !offered.includes(SUBPROTOCOL)) {
    return refusal(400, `Offer the subprotocol ${SUBPROTOCOL} in addition to bearer.<token>.`);
  }
  if (first.token.length > MAX_TOKEN_BYTES) return refusal(431, `A token has at most ${MAX_TOKEN_BYTES} bytes.`);
  if (!TOKEN.test(first.token)) return refusal(400, "The token contains invalid characters.");
  return first;
}

/** Returns bearer tokens. Other schemes are for other parties, such as a proxy that requires a password. */
function inHeader(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^bearer(?: +(.*))?$/is.exec(line.trim())?.slice(1).map(orEmpty) ?? []);
}

function inSubprotocols(offered: readonly string[]): string[] {
  return offered
    .filter((name) => name.startsWith(BEARER_SUBPROTOCOL))
    .map((name) => name.slice(BEARER_SUBPROTOCOL.length));
}

/** Returns tokens in cookies. An empty cookie has been cleared. */
function inCookies(lines: readonly string[], cookieName: string | undefined): string[] {
  if (cookieName === undefined) return [];
  return lines
    .flatMap(listed(";"))
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1).replace(/^"(.*)"$/, "$1"))
    .filter((token) => token !== "");
}

function requestsSession(query: URLSearchParams): boolean {
  return integerIn(query, "protocol") >= 2;
}

/** Returns the value of a parameter; 0 if it is not an integer, or not exactly one. */
function integerIn(query: URLSearchParams, name: string): number {
  const [value = "", ...others] = query.getAll(name);
  return others.length === 0 && /^\d+$/.test(value) ? Number(value) : 0;
}

function listed(separator: string): (line: string) => string[] {
  return (line) =>
    line
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== "");
}

function orEmpty(text: string | undefined): string {
  return text ?? "";
}

function refusal(
  status: number,
  reason: string,
  headers?: Refusal["headers"],
  cause: Refusal["cause"] = "malformed",
): Refusal {
  return { ok: false, status, reason, cause, ...(headers && { headers }) };
}
