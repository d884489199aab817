import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { httpResponse, type Refusal } from "../../src/handshake/refusal.js";
import { APP, type Headers, handshakeOf, OTHER, TOKEN, withCookie } from "./requests.js";

describe("a refusal", () => {
  const hostile: Headers = {
    authorization: `Bearer ${TOKEN}<script>`,
    cookie: `session=${OTHER}`,
    origin: "https://evil.example",
    "sec-websocket-protocol": `bearer.${TOKEN}, bearer.${OTHER}`,
  };

  test("contains nothing of the request", () => {
    const refusals = [
      handshakeOf(hostile),
      handshakeOf(hostile, withCookie),
      handshakeOf({ ...hostile, origin: APP }, withCookie),
      handshakeOf({ cookie: hostile.cookie as string }, withCookie),
      handshakeOf({ authorization: hostile.authorization as string }),
      handshakeOf({ authorization: `Bearer ${TOKEN.repeat(400)}` }),
      handshakeOf({ "sec-websocket-protocol": `bearer.${TOKEN}` }),
      handshakeOf({}, {}, `/api/v1/ws?jwt=${TOKEN}`),
      handshakeOf({}, {}, `${TOKEN}`),
      handshakeOf({ "sec-websocket-version": TOKEN }),
    ];
    for (const refusal of refusals) {
      expect(refusal.ok).toBe(false);
      expect(JSON.stringify(refusal)).not.toMatch(/eyJ|another|evil|script/);
    }
  });

  test("of a random request contains no token, and reading it does not throw", () => {
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
      const decision = handshakeOf(sent, { ...withCookie, trustedProxies: ["0.0.0.0/0"] }, isPath ? `/${url}` : url);
      if (decision.ok) expect(decision.token ?? TOKEN).toMatch(/^[!-~]+$/);
      else expect(JSON.stringify(decision)).not.toContain(TOKEN);
      if (decision.ok && decision.tokenSource === "cookie") expect(sent.origin).toBeDefined();
    });
    fc.assert(run, { seed, numRuns: 500 });
  });

  test("is a complete HTTP response", () => {
    const refusal = handshakeOf({ "sec-websocket-version": "8" }) as Refusal;
    expect(httpResponse(refusal)).toBe(
      "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nConnection: close\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 32\r\n\r\nSend Sec-WebSocket-Version: 13.\n",
    );
  });
});
