import { describe, expect, test } from "vitest";
import { APP, authorization, type Headers, handshakeOf, OTHER, subprotocols, TOKEN, withCookie } from "./requests.js";

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
      "among the subprotocols, on separate lines",
      { "sec-websocket-protocol": [`bearer.${TOKEN}`, "trading.v2"] },
      { tokenSource: "subprotocol", subprotocol: "trading.v2" },
    ],
    ["in the cookie", { cookie: `a=b; session=${TOKEN}; c="d"`, origin: APP }, { tokenSource: "cookie" }],
    ["in the cookie, quoted", { cookie: `session="${TOKEN}"`, origin: APP }, { tokenSource: "cookie" }],
    ["twice with the same value", { authorization, cookie: `session=${TOKEN}` }, { tokenSource: "header" }],
  ])("is read %s", (_where, headers, expected) => {
    expect(handshakeOf(headers, withCookie)).toEqual({
      ok: true,
      protocol: "base",
      address: "203.0.113.7",
      token: TOKEN,
      ...expected,
    });
  });

  test.each<[string, Headers]>([
    ["a header of another scheme", { authorization: "Basic YTpi" }],
    ["a scheme that only begins with Bearer", { authorization: `Bearerish ${TOKEN}` }],
    ["a cookie with a longer name", { cookie: `xsession=${TOKEN}; session2=${TOKEN}` }],
    ["a cookie with a name in another case", { cookie: `Session=${TOKEN}` }],
    ["a cookie whose value looks like the cookie", { cookie: `a=session=${TOKEN}` }],
    ["an empty cookie", { cookie: "session=" }],
  ])("is not read from %s", (_what, headers) => {
    const decision = handshakeOf(headers, withCookie);
    expect(decision).toMatchObject({ ok: true });
    expect(decision).not.toHaveProperty("token");
  });

  test("in a cookie is read only if cookieName is set", () => {
    expect(handshakeOf({ cookie: `session=${TOKEN}` })).not.toHaveProperty("token");
  });

  test.each(["token", "access_token", "bearer", "jwt", "auth", "Token", "%74oken"])(
    "in the query as %s: 400",
    (name) => {
      const decision = handshakeOf({ authorization }, {}, `/api/v1/ws?protocol=2&${name}=${TOKEN}`);
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
  ])("that differs between %s: 400", (_where, headers) => {
    expect(handshakeOf(headers, withCookie)).toMatchObject({
      status: 400,
      reason: expect.stringContaining("two different"),
    });
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
    expect(handshakeOf(headers, withCookie)).toMatchObject({ ok: false, status: 400 });
  });

  test("has at most 16,384 bytes", () => {
    expect(handshakeOf({ authorization: `Bearer ${"x".repeat(16_384)}` })).toMatchObject({ ok: true });
    expect(handshakeOf({ authorization: `Bearer ${"x".repeat(16_385)}` })).toMatchObject({ ok: false, status: 431 });
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
    const decision = handshakeOf({ "sec-websocket-protocol": offered });
    expect("subprotocol" in decision ? decision.subprotocol : undefined).toBe(selected);
  });
});
