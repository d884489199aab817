import type { IncomingMessage } from "node:http";
import { MAX_TOKEN_BYTES } from "../auth/auth.js";
import { WsServerError } from "../errors.js";
import { clientAddress, type TrustedProxies, trustedProxies } from "./addresses.js";
import { type OriginCheck, originCheck } from "./origins.js";
import type { Refusal } from "./refusal.js";

/** Who may connect, and by what they are known. */
export interface HandshakeOptions {
  /**
   * Origins whose pages may connect, such as `https://app.example.com`; others are refused with 403. A client that
   * sends no Origin is no browser and may connect, unless its token came in a cookie. Left out, any origin may.
   */
  readonly allowedOrigins?: readonly string[];
  /** The cookie that carries a token. Browsers send cookies for any page, so this needs `allowedOrigins`. */
  readonly cookieName?: string;
  /**
   * Addresses and CIDR blocks of the proxies before this server, which alone are believed about X-Forwarded-For. An
   * empty list says that clients connect directly.
   */
  readonly trustedProxies?: readonly string[];
}

/** {@link HandshakeOptions}, parsed. */
export interface HandshakeRules {
  readonly isAllowedOrigin: OriginCheck | undefined;
  readonly cookieName: string | undefined;
  readonly isTrustedProxy: TrustedProxies;
}

/** What the handshake reads of a request. */
export type UpgradeRequest = Pick<
  IncomingMessage,
  "httpVersion" | "method" | "url" | "headersDistinct" | "rawHeaders"
> & {
  readonly socket: { readonly remoteAddress?: string | undefined };
};

export type TokenSource = "header" | "subprotocol" | "cookie";

/** A handshake that may go on. */
export interface AcceptedHandshake {
  readonly ok: true;
  /** Whether the URL asks for the session extension. */
  readonly protocol: "base" | "session";
  /** The client's address, in canonical form. */
  readonly address: string;
  /** What the client says proves who it is. Nobody has looked at it yet. Absent = none was given. */
  readonly token?: string;
  readonly tokenSource?: TokenSource;
  /** The subprotocol to select; undefined = select none, whatever was offered. */
  readonly subprotocol?: string;
}

/** Browsers send about twenty. */
const MAX_HEADERS = 200;
/** The one subprotocol there is. A browser can send a token beside it, and would fail if none were selected. */
export const SUBPROTOCOL = "trading.v2";
const BEARER_SUBPROTOCOL = "bearer.";
/** Query parameters that people put tokens in. URLs end up in logs and histories, so a token in one is a token lost. */
const TOKEN_PARAMETERS = new Set(["token", "access_token", "bearer", "jwt", "auth"]);
/** RFC 6750, 2.1. */
const TOKEN = /^[\w\-.~+/]+=*$/;
/** RFC 6265, 4.1.1. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** @throws WsServerError `invalid_option`, naming the option and the value */
export function handshakeRules(options: HandshakeOptions): HandshakeRules {
  const { allowedOrigins, cookieName } = options;
  if (cookieName !== undefined && !COOKIE_NAME.test(cookieName)) {
    throw new WsServerError("invalid_option", `cookieName is ${JSON.stringify(cookieName)}: give a cookie's name`);
  }
  if (cookieName !== undefined && !allowedOrigins?.length) {
    throw new WsServerError(
      "invalid_option",
      `cookieName is "${cookieName}" without allowedOrigins: browsers send cookies for any page, so name the pages`,
    );
  }
  return {
    isAllowedOrigin: allowedOrigins && originCheck(allowedOrigins),
    cookieName,
    isTrustedProxy: trustedProxies(options.trustedProxies ?? []),
  };
}

/**
 * Splits a request's target. Nothing is decoded or resolved: `/a/../b`, `//a` and `/%61` are paths of their own, so that
 * a proxy's rules and ours mean the same path.
 *
 * @param target a path with a query, or a whole URL (RFC 9112, 3.2.2)
 * @returns undefined for what is neither
 */
export function splitTarget(target = ""): { readonly path: string; readonly query: URLSearchParams } | undefined {
  const [, path, query] = /^(?:(?:http|ws)s?:\/\/[^/?#]+)?(\/[^?#]*)(?:\?(.*))?$/is.exec(target) ?? [];
  return path === undefined ? undefined : { path, query: new URLSearchParams(query) };
}

/**
 * Decides whether an upgrade request may go on, before anything is known of its token, and without a trace of it in any
 * text. Which path it asks for is the server's to judge, and what RFC 6455 asks of it beside version 13 is the transport's.
 */
export function readHandshake(request: UpgradeRequest, rules: HandshakeRules): AcceptedHandshake | Refusal {
  const headers = request.headersDistinct;
  const target = splitTarget(request.url);
  if (request.method !== "GET") return refusal(405, "A WebSocket handshake is a GET request.", { Allow: "GET" });
  // Node checks none of the next two for an upgrade, and silently drops what comes after 2,000 headers.
  if (request.httpVersion !== "1.1") return refusal(426, "Send the handshake with HTTP/1.1.", { Upgrade: "websocket" });
  if (headers.host?.length !== 1) return refusal(400, "Send one Host header.");
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return refusal(431, `Send at most ${MAX_HEADERS} headers.`);
  if (target === undefined) return refusal(400, "The request's target is neither a path nor a URL.");
  if (headers["sec-websocket-version"]?.join() !== "13") {
    return refusal(426, "Send Sec-WebSocket-Version: 13.", { Upgrade: "websocket", "Sec-WebSocket-Version": "13" });
  }
  const origin = headers.origin?.join();
  if (origin !== undefined && rules.isAllowedOrigin?.(origin) === false) {
    return refusal(403, "Pages of this origin may not connect here.");
  }
  const offered = (headers["sec-websocket-protocol"] ?? []).flatMap(listed(","));
  const proof = findToken(headers, target.query, offered, rules.cookieName);
  if ("status" in proof) return proof;
  if (proof.tokenSource === "cookie" && origin === undefined) {
    return refusal(403, "With a token in a cookie, the Origin header is needed.");
  }
  return {
    ok: true,
    protocol: asksForSession(target.query) ? "session" : "base",
    address: clientAddress(
      request.socket.remoteAddress,
      headers["x-forwarded-for"]?.join() ?? "",
      rules.isTrustedProxy,
    ),
    ...proof,
    ...(offered.includes(SUBPROTOCOL) && { subprotocol: SUBPROTOCOL }),
  };
}

/** @returns the one token there is, or nothing, or why what there is cannot be told apart */
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
    return refusal(400, `Offer the subprotocol ${SUBPROTOCOL} beside bearer.<token>.`);
  }
  if (first.token.length > MAX_TOKEN_BYTES) return refusal(431, `A token has at most ${MAX_TOKEN_BYTES} bytes.`);
  if (!TOKEN.test(first.token)) return refusal(400, "The token has characters that no token has.");
  return first;
}

/** Other schemes are for others, such as a proxy that asks for a password. */
function inHeader(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^bearer(?: +(.*))?$/is.exec(line.trim())?.slice(1).map(orEmpty) ?? []);
}

function inSubprotocols(offered: readonly string[]): string[] {
  return offered
    .filter((name) => name.startsWith(BEARER_SUBPROTOCOL))
    .map((name) => name.slice(BEARER_SUBPROTOCOL.length));
}

/** An empty cookie is one that was cleared. */
function inCookies(lines: readonly string[], cookieName: string | undefined): string[] {
  if (cookieName === undefined) return [];
  return lines
    .flatMap(listed(";"))
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1).replace(/^"(.*)"$/, "$1"))
    .filter((token) => token !== "");
}

function asksForSession(query: URLSearchParams): boolean {
  const [wanted = "", ...others] = query.getAll("protocol");
  return others.length === 0 && /^\d+$/.test(wanted) && Number(wanted) >= 2;
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

function refusal(status: number, reason: string, headers?: Refusal["headers"]): Refusal {
  return { ok: false, status, reason, ...(headers && { headers }) };
}
