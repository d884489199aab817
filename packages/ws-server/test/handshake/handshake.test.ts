import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HandshakeOptions, handshakeRules, readHandshake, splitTarget } from "../../src/handshake/handshake.js";
import { APP, authorization, handshakeOf, OTHER, TOKEN } from "./requests.js";

test("a request without headers and query becomes a base connection without a token", () => {
  expect(handshakeOf()).toEqual({ ok: true, protocol: "base", address: "203.0.113.7" });
});

describe("the session extension is requested by ?protocol=N", () => {
  test.each([
    ["?protocol=2", "session"],
    ["?protocol=3", "session"],
    ["?protocol=10", "session"],
    ["?a=1&protocol=2&b=", "session"],
    ["?protocol=1", "base"],
    ["?protocol=0", "base"],
    ["?protocol=-2", "base"],
    ["?protocol=2.0", "base"],
    ["?protocol=2e3", "base"],
    ["?protocol=0x2", "base"],
    ["?protocol=+2", "base"],
    ["?protocol=", "base"],
    ["?protocol", "base"],
    ["?protocol=two", "base"],
    ["?protocol=%D9%A2", "base"],
    ["?Protocol=2", "base"],
    ["?protocol=2&protocol=2", "base"],
    ["?protocol=2#protocol=2", "base"],
    ["", "base"],
  ])("%s is %s", (query, protocol) => {
    expect(handshakeOf({}, {}, `/api/v1/ws${query}`)).toMatchObject({ ok: true, protocol });
  });
});

describe("the request itself", () => {
  test.each(["8", "0", "", "13, 13", "013", "x"])("version %j: 426, naming 13", (version) => {
    expect(handshakeOf({ "sec-websocket-version": version })).toMatchObject({
      status: 426,
      headers: { "Sec-WebSocket-Version": "13" },
    });
  });

  test("with two versions: 426", () => {
    expect(handshakeOf({ "sec-websocket-version": ["13", "8"] })).toMatchObject({ status: 426 });
  });

  test.each(["POST", "HEAD", "OPTIONS", "CONNECT", "get"])("method %s: 405", (method) => {
    expect(handshakeOf({}, {}, "/api/v1/ws", method)).toMatchObject({ status: 405, headers: { Allow: "GET" } });
  });

  test.each([
    ["/api/v1/ws", "/api/v1/ws", ""],
    ["/api/v1/ws?protocol=2", "/api/v1/ws", "protocol=2"],
    ["http://any.example:80/api/v1/ws?protocol=2", "/api/v1/ws", "protocol=2"],
    ["WSS://any.example/api/v1/ws", "/api/v1/ws", ""],
    ["/api/v1/ws?a=/b?c=d", "/api/v1/ws", "a=%2Fb%3Fc%3Dd"],
    // Each of these is a different path: nothing is resolved or decoded.
    ["//api/v1/ws", "//api/v1/ws", ""],
    ["/api/v1/ws/", "/api/v1/ws/", ""],
    ["/x/../api/v1/ws", "/x/../api/v1/ws", ""],
    ["/api/v1/%77s", "/api/v1/%77s", ""],
    ["/api\\v1\\ws", "/api\\v1\\ws", ""],
    ["/api/v1/ws;a=b", "/api/v1/ws;a=b", ""],
    ["/?/api/v1/ws", "/", "%2Fapi%2Fv1%2Fws="],
  ])("target %s", (target, path, query) => {
    const split = splitTarget(target);
    expect([split?.path, split?.query.toString()]).toEqual([path, query]);
  });

  test.each([
    "",
    "*",
    "api/v1/ws",
    "any.example:443",
    "ftp://any.example/a",
    "http://any.example",
    "http:///a",
    "/a#b",
  ])("target %j: 400", (target) => {
    expect(splitTarget(target)).toBeUndefined();
    expect(handshakeOf({}, {}, target)).toMatchObject({ ok: false, status: 400 });
  });

  test("is read from a Node.js request", async () => {
    const decision = await overHttp(
      `GET http://any.example/api/v1/ws?protocol=2 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nAuthorization: ${authorization}\r\nSec-WebSocket-Protocol: trading.v2\r\n\r\n`,
      { trustedProxies: ["127.0.0.0/8"] },
    );
    expect(decision).toEqual({
      ok: true,
      protocol: "session",
      address: "192.0.2.2",
      token: TOKEN,
      tokenSource: "header",
      subprotocol: "trading.v2",
    });
  });

  test("with two Authorization lines, of which the `headers` of Node.js contain only the first: 400", async () => {
    const decision = await overHttp(
      `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nAuthorization: ${authorization}\r\nAuthorization: Bearer ${OTHER}\r\n\r\n`,
      {},
    );
    expect(decision).toMatchObject({ ok: false, status: 400 });
  });
});

describe("the host", () => {
  const statusOf = (host: string | readonly string[], allowedHosts?: readonly string[]) =>
    handshakeOf({ host }, allowedHosts === undefined ? {} : { allowedHosts });

  test("of a page whose name resolves to a loopback address: 421, once allowedHosts is set", () => {
    // Such a page has the same origin as the server, so only the host differs.
    const rebound = { host: "evil.example:8000", origin: "http://evil.example:8000" };
    expect(handshakeOf(rebound)).toMatchObject({ ok: true });
    expect(handshakeOf(rebound, { allowedHosts: [] })).toMatchObject({ ok: false, status: 421 });
  });

  test("is a loopback name or a configured one: accepted", () => {
    expect(statusOf("localhost:8000", [])).toMatchObject({ ok: true });
    expect(statusOf("app.example.com", ["app.example.com"])).toMatchObject({ ok: true });
    expect(statusOf("evil.example", ["app.example.com"])).toMatchObject({ status: 421 });
    expect(statusOf(["localhost", "evil.example"], [])).toMatchObject({ status: 400 });
  });
});

async function overHttp(request: string, options: HandshakeOptions) {
  const http = createServer();
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const client = connect((http.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    client.destroy();
    http.close();
  });
  client.write(request);
  const [incoming, stream] = (await once(http, "upgrade")) as [IncomingMessage, { destroy(): void }];
  const decision = readHandshake(incoming, handshakeRules(options));
  stream.destroy();
  return decision;
}

describe("invalid options throw", () => {
  const invalidOrigin = (origin: string) =>
    `Invalid option "allowedOrigins": expected scheme://host or scheme://host:port, got "${origin}"`;
  const invalidProxy = (proxy: string) =>
    `Invalid option "trustedProxies": expected addresses or CIDR blocks such as 10.0.0.1 or 10.0.0.0/8, got "${proxy}"`;

  test.each<[string, HandshakeOptions, string | RegExp]>([
    [
      "a cookie without origins",
      { cookieName: "session" },
      /^Invalid option "cookieName": "session" requires allowedOrigins/,
    ],
    [
      "a cookie with no origin",
      { cookieName: "session", allowedOrigins: [] },
      /^Invalid option "cookieName": "session" requires allowedOrigins/,
    ],
    [
      "an invalid cookie name",
      { cookieName: "a b", allowedOrigins: [APP] },
      /^Invalid option "cookieName": expected the name of a cookie, got "a b"$/,
    ],
    [
      "an empty cookie name",
      { cookieName: "", allowedOrigins: [APP] },
      /^Invalid option "cookieName": expected the name of a cookie, got ""$/,
    ],
    ["any origin", { allowedOrigins: ["*"] }, invalidOrigin("*")],
    ["a wildcard", { allowedOrigins: ["https://*.example.com"] }, invalidOrigin("https://*.example.com")],
    ["the null origin", { allowedOrigins: ["null"] }, invalidOrigin("null")],
    ["a host", { allowedOrigins: [APP, "app.example.com"] }, invalidOrigin("app.example.com")],
    ["a slash", { allowedOrigins: [`${APP}/`] }, invalidOrigin(`${APP}/`)],
    ["a path", { allowedOrigins: [`${APP}/a`] }, invalidOrigin(`${APP}/a`)],
    ["a query", { allowedOrigins: [`${APP}?a`] }, invalidOrigin(`${APP}?a`)],
    ["a user", { allowedOrigins: ["https://a@app.example.com"] }, invalidOrigin("https://a@app.example.com")],
    ["a port too large", { allowedOrigins: [`${APP}:65536`] }, invalidOrigin(`${APP}:65536`)],
    ["nothing", { allowedOrigins: [""] }, invalidOrigin("")],
    ["a proxy's host name", { trustedProxies: ["proxy.internal"] }, invalidProxy("proxy.internal")],
    ["a prefix too long", { trustedProxies: ["10.0.0.0/33"] }, invalidProxy("10.0.0.0/33")],
    ["an empty prefix", { trustedProxies: ["10.0.0.0/"] }, invalidProxy("10.0.0.0/")],
    ["a prefix of IPv6 too long", { trustedProxies: ["fd00::/129"] }, invalidProxy("fd00::/129")],
    ["two prefixes", { trustedProxies: ["10.0.0.0/8/8"] }, invalidProxy("10.0.0.0/8/8")],
    ["a negative prefix", { trustedProxies: ["10.0.0.0/-1"] }, invalidProxy("10.0.0.0/-1")],
    ["a prefix of a mapped address", { trustedProxies: ["::ffff:10.0.0.0/104"] }, invalidProxy("::ffff:10.0.0.0/104")],
    ["a zone", { trustedProxies: ["fe80::1%eth0"] }, invalidProxy("fe80::1%eth0")],
    ["a short address", { trustedProxies: ["10.1"] }, invalidProxy("10.1")],
  ])("%s", (_what, options, message) => {
    expect(() => handshakeRules(options)).toThrow(
      expect.objectContaining({
        code: "invalid_option",
        message: typeof message === "string" ? message : expect.stringMatching(message),
      }),
    );
  });
});
