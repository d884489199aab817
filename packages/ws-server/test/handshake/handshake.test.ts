import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HandshakeOptions, handshakeRules, readHandshake, splitTarget } from "../../src/handshake/handshake.js";
import { httpResponse, type Refusal } from "../../src/handshake/refusal.js";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl-_";
const OTHER = "another.token.of-someone";
const APP = "https://app.example.com";

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** The decision about a good upgrade request with these changes. */
function shake(headers: Headers = {}, options: HandshakeOptions = {}, url = "/api/v1/ws", method = "GET") {
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

const authorization = `Bearer ${TOKEN}`;
const subprotocols = `trading.v2, bearer.${TOKEN}`;
const withCookie: HandshakeOptions = { cookieName: "session", allowedOrigins: [APP] };

test("a plain request goes on as a base connection without a token", () => {
  expect(shake()).toEqual({ ok: true, protocol: "base", address: "203.0.113.7" });
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
    expect(shake({}, {}, `/api/v1/ws${query}`)).toMatchObject({ ok: true, protocol });
  });
});

describe("a token", () => {
  test.each<[string, Headers, object]>([
    ["in Authorization", { authorization }, { tokenSource: "header" }],
    ["with the scheme in any case", { authorization: `bEARER  ${TOKEN} ` }, { tokenSource: "header" }],
    [
      "among the subprotocols",
      { "sec-websocket-protocol": subprotocols },
      { tokenSource: "subprotocol", subprotocol: "trading.v2" },
    ],
    [
      "among the subprotocols, on lines of their own",
      { "sec-websocket-protocol": [`bearer.${TOKEN}`, "trading.v2"] },
      { tokenSource: "subprotocol", subprotocol: "trading.v2" },
    ],
    ["in the cookie", { cookie: `a=b; session=${TOKEN}; c="d"`, origin: APP }, { tokenSource: "cookie" }],
    ["in the cookie, quoted", { cookie: `session="${TOKEN}"`, origin: APP }, { tokenSource: "cookie" }],
    ["twice the same", { authorization, cookie: `session=${TOKEN}` }, { tokenSource: "header" }],
  ])("is taken %s", (_where, headers, expected) => {
    expect(shake(headers, withCookie)).toEqual({
      ok: true,
      protocol: "base",
      address: "203.0.113.7",
      token: TOKEN,
      ...expected,
    });
  });

  test.each<[string, Headers]>([
    ["a header of another scheme", { authorization: "Basic YTpi" }],
    ["a scheme that only begins like it", { authorization: `Bearerish ${TOKEN}` }],
    ["a cookie of a longer name", { cookie: `xsession=${TOKEN}; session2=${TOKEN}` }],
    ["a cookie of another case", { cookie: `Session=${TOKEN}` }],
    ["a cookie's value that looks like it", { cookie: `a=session=${TOKEN}` }],
    ["a cookie that was cleared", { cookie: "session=" }],
  ])("is not %s", (_what, headers) => {
    const decision = shake(headers, withCookie);
    expect(decision).toMatchObject({ ok: true });
    expect(decision).not.toHaveProperty("token");
  });

  test("in a cookie counts only where the option names it", () => {
    expect(shake({ cookie: `session=${TOKEN}` })).not.toHaveProperty("token");
  });

  test.each(["token", "access_token", "bearer", "jwt", "auth", "Token", "%74oken"])(
    "in the query as %s: 400",
    (name) => {
      const decision = shake({ authorization }, {}, `/api/v1/ws?protocol=2&${name}=${TOKEN}`);
      expect(decision).toMatchObject({
        ok: false,
        status: 400,
        reason: expect.stringContaining("Authorization: Bearer"),
      });
    },
  );

  test.each<[string, Headers]>([
    ["header and subprotocol", { authorization, "sec-websocket-protocol": `trading.v2, bearer.${OTHER}` }],
    ["header and cookie", { authorization, cookie: `session=${OTHER}`, origin: APP }],
    ["subprotocol and cookie", { "sec-websocket-protocol": subprotocols, cookie: `session=${OTHER}`, origin: APP }],
    ["two headers", { authorization: [authorization, `Bearer ${OTHER}`] }],
    ["two subprotocols", { "sec-websocket-protocol": `${subprotocols}, bearer.${OTHER}` }],
    ["two cookies", { cookie: `session=${TOKEN}; session=${OTHER}`, origin: APP }],
  ])("of two kinds, by %s: 400", (_where, headers) => {
    expect(shake(headers, withCookie)).toMatchObject({ status: 400, reason: expect.stringContaining("two different") });
  });

  test.each<[string, Headers]>([
    ["nothing after Bearer", { authorization: "Bearer" }],
    ["two words", { authorization: `Bearer ${TOKEN} ${TOKEN}` }],
    ["a comma", { authorization: `Bearer ${TOKEN},${TOKEN}` }],
    ["a quote", { authorization: `Bearer "${TOKEN}"` }],
    ["a byte that is not ASCII", { authorization: `Bearer ${TOKEN}\u00e9` }],
    ["a line break", { authorization: `Bearer ${TOKEN}\nX: y` }],
    ["nothing after bearer.", { "sec-websocket-protocol": "trading.v2, bearer." }],
    ["a subprotocol with nothing to select", { "sec-websocket-protocol": `bearer.${TOKEN}` }],
    ["a percent sign in the cookie", { cookie: `session=${TOKEN}%3D`, origin: APP }],
  ])("with %s: 400", (_what, headers) => {
    expect(shake(headers, withCookie)).toMatchObject({ ok: false, status: 400 });
  });

  test("has at most 16,384 bytes", () => {
    expect(shake({ authorization: `Bearer ${"x".repeat(16_384)}` })).toMatchObject({ ok: true });
    expect(shake({ authorization: `Bearer ${"x".repeat(16_385)}` })).toMatchObject({ ok: false, status: 431 });
  });
});

describe("the subprotocol that is selected", () => {
  test.each([
    ["trading.v2", "trading.v2"],
    ["graphql-ws, trading.v2", "trading.v2"],
    ["trading.v1", undefined],
    ["TRADING.V2", undefined],
    ["xtrading.v2, trading.v2x", undefined],
    ["graphql-ws", undefined],
    ["", undefined],
  ])("of %j is %j", (offered, selected) => {
    const decision = shake({ "sec-websocket-protocol": offered });
    expect("subprotocol" in decision ? decision.subprotocol : undefined).toBe(selected);
  });
});

describe("an Origin", () => {
  const allowedOrigins = [APP, "http://localhost:5173", "https://[2001:db8::1]:8443", "https://bücher.example"];

  test.each([
    APP,
    "HTTPS://App.Example.COM",
    `${APP}:443`,
    "http://localhost:5173",
    "https://[2001:DB8:0::1]:8443",
    "https://xn--bcher-kva.example",
  ])("on the list may connect: %s", (origin) => {
    expect(shake({ origin }, { allowedOrigins })).toMatchObject({ ok: true });
  });

  test.each([
    "null",
    "",
    "*",
    "app.example.com",
    "http://app.example.com",
    `${APP}:444`,
    `${APP}:80`,
    `${APP}.evil`,
    `${APP}.`,
    "https://evil-app.example.com",
    "https://evil.app.example.com",
    "https://example.com",
    `${APP}@evil.example`,
    `https://evil.example/${APP}`,
    `https://evil.example#${APP}`,
    `https://evil.example?${APP}`,
    `${APP}/`,
    `${APP}/path`,
    `${APP}%2eevil`,
    "https://%61pp.example.com",
    "https:\\\\app.example.com",
    "https:app.example.com",
    "https:/app.example.com",
    "https://app\t.example.com",
    "https://\u0430pp.example.com",
    "https://xn--pp-7kc.example.com",
    "https://\uff41pp.example.com",
    "https://app\u3002example.com",
    "http://localhost",
    "http://127.0.0.1:5173",
    `${APP}, ${APP}`,
    "file://",
    "javascript:alert(1)",
  ])("not on the list is refused: %j", (origin) => {
    expect(shake({ origin, authorization }, { allowedOrigins })).toMatchObject({ ok: false, status: 403 });
  });

  test("sent twice is refused", () => {
    expect(shake({ origin: [APP, APP] }, { allowedOrigins })).toMatchObject({ status: 403 });
  });

  test("does not matter without a list, and nobody with one may pass an empty list", () => {
    expect(shake({ origin: "https://any.example" })).toMatchObject({ ok: true });
    expect(shake({ origin: APP }, { allowedOrigins: [] })).toMatchObject({ status: 403 });
  });

  test("may be absent, unless the token came in a cookie", () => {
    expect(shake({ authorization }, withCookie)).toMatchObject({ ok: true });
    expect(shake({ cookie: `session=${TOKEN}` }, withCookie)).toMatchObject({ ok: false, status: 403 });
  });

  test("of another site is refused whatever cookies come with it", () => {
    const decision = shake({ cookie: `session=${TOKEN}`, origin: "https://evil.example" }, withCookie);
    expect(decision).toMatchObject({ ok: false, status: 403 });
  });

  test("of a desktop shell's own scheme is compared with its scheme and host", () => {
    const options = { allowedOrigins: ["tauri://localhost"] };
    expect(shake({ origin: "tauri://localhost" }, options)).toMatchObject({ ok: true });
    expect(shake({ origin: "capacitor://localhost" }, options)).toMatchObject({ status: 403 });
    expect(shake({ origin: "null" }, options)).toMatchObject({ status: 403 });
  });
});

describe("the request itself", () => {
  test.each(["8", "0", "", "13, 13", "013", "x"])("version %j: 426, naming 13", (version) => {
    expect(shake({ "sec-websocket-version": version })).toMatchObject({
      status: 426,
      headers: { "Sec-WebSocket-Version": "13" },
    });
  });

  test("with two versions: 426", () => {
    expect(shake({ "sec-websocket-version": ["13", "8"] })).toMatchObject({ status: 426 });
  });

  test.each(["POST", "HEAD", "OPTIONS", "CONNECT", "get"])("method %s: 405", (method) => {
    expect(shake({}, {}, "/api/v1/ws", method)).toMatchObject({ status: 405, headers: { Allow: "GET" } });
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
    expect(shake({}, {}, target)).toMatchObject({ ok: false, status: 400 });
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

describe("a refusal", () => {
  const hostile: Headers = {
    authorization: `Bearer ${TOKEN}<script>`,
    cookie: `session=${OTHER}`,
    origin: "https://evil.example",
    "sec-websocket-protocol": `bearer.${TOKEN}, bearer.${OTHER}`,
  };

  test("tells nothing of what was sent", () => {
    const refusals = [
      shake(hostile),
      shake(hostile, withCookie),
      shake({ ...hostile, origin: APP }, withCookie),
      shake({ cookie: hostile.cookie as string }, withCookie),
      shake({ authorization: hostile.authorization as string }),
      shake({ authorization: `Bearer ${TOKEN.repeat(400)}` }),
      shake({ "sec-websocket-protocol": `bearer.${TOKEN}` }),
      shake({}, {}, `/api/v1/ws?jwt=${TOKEN}`),
      shake({}, {}, `${TOKEN}`),
      shake({ "sec-websocket-version": TOKEN }),
    ];
    for (const refusal of refusals) {
      expect(refusal.ok).toBe(false);
      expect(JSON.stringify(refusal)).not.toMatch(/eyJ|another|evil|script/);
    }
  });

  test("of any request whatever tells nothing of it, and nothing throws", () => {
    const seed = Number(process.env.WS_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`500 random handshakes, WS_SEED=${seed}`);
    const part = fc.constantFrom(
      "Bearer ",
      "bearer.",
      "trading.v2",
      "session=",
      APP,
      ",",
      ";",
      " ",
      "?",
      "/",
      "[",
      "%",
      "::",
    );
    const text = fc
      .array(fc.oneof(part, fc.constant(TOKEN), fc.string({ unit: "binary" })), { maxLength: 8 })
      .map((parts) => parts.join(""));
    const names = ["authorization", "cookie", "origin", "sec-websocket-protocol", "x-forwarded-for"];
    const headers = fc.dictionary(fc.constantFrom(...names), fc.array(text, { minLength: 1, maxLength: 3 }));
    const run = fc.property(headers, text, fc.boolean(), (sent, url, isPath) => {
      const decision = shake(sent, { ...withCookie, trustedProxies: ["0.0.0.0/0"] }, isPath ? `/${url}` : url);
      if (decision.ok) expect(decision.token ?? TOKEN).toMatch(/^[!-~]+$/);
      else expect(JSON.stringify(decision)).not.toContain(TOKEN);
      if (decision.ok && decision.tokenSource === "cookie") expect(sent.origin).toBeDefined();
    });
    fc.assert(run, { seed, numRuns: 500 });
  });

  test("is a whole HTTP response", () => {
    const refusal = shake({ "sec-websocket-version": "8" }) as Refusal;
    expect(httpResponse(refusal)).toBe(
      "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 32\r\n\r\nSend Sec-WebSocket-Version: 13.\n",
    );
  });
});

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
