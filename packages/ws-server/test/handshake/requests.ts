import { type HandshakeOptions, handshakeRules, readHandshake } from "../../src/handshake/handshake.js";

export const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl-_";
export const OTHER = "another.token.of-someone";
export const APP = "https://app.example.com";

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Returns the decision on a valid upgrade request that is changed by the arguments. */
export function handshakeOf(headers: Headers = {}, options: HandshakeOptions = {}, url = "/api/v1/ws", method = "GET") {
  const lines = Object.entries({ host: "example.com", "sec-websocket-version": "13", ...headers });
  const headersDistinct = Object.fromEntries(lines.map(([name, value]) => [name, [value].flat() as string[]]));
  return readHandshake(
    {
      httpVersion: "1.1",
      method,
      url,
      headersDistinct,
      rawHeaders: lines.flat(2) as string[],
      socket: { remoteAddress: "203.0.113.7" },
    },
    handshakeRules(options),
  );
}

export const authorization = `Bearer ${TOKEN}`;
export const subprotocols = `trading.v2, bearer.${TOKEN}`;
export const withCookie: HandshakeOptions = { cookieName: "session", allowedOrigins: [APP] };
