import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HandshakeOptions, handshakeRules, readHandshake, splitTarget } from "../../src/handshake/handshake.js";
import { APP, authorization, handshakeOf, OTHER, TOKEN } from "./requests.js";

test("a plain request goes on as a base connection without a token", () => {
  expect(handshakeOf()).toEqual({ ok: true, protocol: "base", address: "203.0.113.7" });
});

describe("the session extension is asked for by ?protocol=N", () => {
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
    // Each of these is a path of its own: nothing is resolved or decoded.
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

  test("is read as Node gives it", async () => {
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

  test("with two Authorization lines, of which Node's `headers` would keep the first: 400", async () => {
    const decision = await overHttp(
      `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nAuthorization: ${authorization}\r\nAuthorization: Bearer ${OTHER}\r\n\r\n`,
      {},
    );
    expect(decision).toMatchObject({ ok: false, status: 400 });
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

describe("options that cannot be meant are errors at once", () => {
  test.each<[string, HandshakeOptions, RegExp]>([
    ["a cookie without origins", { cookieName: "session" }, /"cookieName": "session" requires allowedOrigins/],
    ["a cookie with no origin", { cookieName: "session", allowedOrigins: [] }, /requires allowedOrigins/],
    ["no cookie's name", { cookieName: "a b", allowedOrigins: [APP] }, /"cookieName": .* got "a b"/],
    ["an empty cookie's name", { cookieName: "", allowedOrigins: [APP] }, /"cookieName": .* got ""/],
    ["any origin", { allowedOrigins: ["*"] }, /"allowedOrigins": .* got "\*"/],
    ["a wildcard", { allowedOrigins: ["https://*.example.com"] }, /got "https:\/\/\*\.example\.com"/],
    ["the null origin", { allowedOrigins: ["null"] }, /got "null"/],
    ["a host", { allowedOrigins: [APP, "app.example.com"] }, /got "app\.example\.com"/],
    ["a slash", { allowedOrigins: [`${APP}/`] }, /expected scheme:\/\/host/],
    ["a path", { allowedOrigins: [`${APP}/a`] }, /expected scheme/],
    ["a query", { allowedOrigins: [`${APP}?a`] }, /expected scheme/],
    ["a user", { allowedOrigins: ["https://a@app.example.com"] }, /expected scheme/],
    ["a port too large", { allowedOrigins: [`${APP}:65536`] }, /expected scheme/],
    ["nothing", { allowedOrigins: [""] }, /"allowedOrigins": .* got ""/],
    ["a proxy's name", { trustedProxies: ["proxy.internal"] }, /"trustedProxies": .* got "proxy\.internal"/],
    ["a prefix too long", { trustedProxies: ["10.0.0.0/33"] }, /got "10\.0\.0\.0\/33"/],
    ["an empty prefix", { trustedProxies: ["10.0.0.0/"] }, /got "10\.0\.0\.0\/"/],
    ["a prefix of IPv6 too long", { trustedProxies: ["fd00::/129"] }, /got "fd00::\/129"/],
    ["two prefixes", { trustedProxies: ["10.0.0.0/8/8"] }, /"trustedProxies": .* got /],
    ["a negative prefix", { trustedProxies: ["10.0.0.0/-1"] }, /"trustedProxies": .* got /],
    ["a prefix of a mapped address", { trustedProxies: ["::ffff:10.0.0.0/104"] }, /"trustedProxies": .* got /],
    ["a zone", { trustedProxies: ["fe80::1%eth0"] }, /"trustedProxies": .* got /],
    ["a short address", { trustedProxies: ["10.1"] }, /"trustedProxies": .* got /],
  ])("%s", (_what, options, message) => {
    expect(() => handshakeRules(options)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(message) }),
    );
  });
});
