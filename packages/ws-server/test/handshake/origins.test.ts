import { describe, expect, test } from "vitest";
import { APP, authorization, handshakeOf, TOKEN, withCookie } from "./requests.js";

describe("an Origin", () => {
  const allowedOrigins = [APP, "http://localhost:5173", "https://[2001:db8::1]:8443", "https://bücher.example"];

  test.each([
    APP,
    "HTTPS://App.Example.COM",
    `${APP}:443`,
    "http://localhost:5173",
    "https://[2001:DB8:0::1]:8443",
    "https://xn--bcher-kva.example",
  ])("on the list is accepted: %s", (origin) => {
    expect(handshakeOf({ origin }, { allowedOrigins })).toMatchObject({ ok: true });
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
    expect(handshakeOf({ origin, authorization }, { allowedOrigins })).toMatchObject({ ok: false, status: 403 });
  });

  test("sent twice is refused", () => {
    expect(handshakeOf({ origin: [APP, APP] }, { allowedOrigins })).toMatchObject({ status: 403 });
  });

  test.each([
    ["app.example.com", APP],
    ["app.example.com:443", APP],
    ["APP.example.com", APP],
    ["app.example.com:8443", `${APP}:8443`],
    ["app.example.com", "http://app.example.com"],
    ["localhost:8000", "http://localhost:8000"],
    ["localhost:8000", "http://localhost:5173"],
    ["127.0.0.1:8000", "http://localhost:5173"],
    ["localhost:8000", "http://[::1]:5173"],
    ["[::1]:8000", "https://app.localhost"],
  ])("without a list, the server addressed as %s accepts pages of %s", (host, origin) => {
    expect(handshakeOf({ host, origin })).toMatchObject({ ok: true });
    expect(handshakeOf({ host, origin }, { allowedOrigins: [] })).toMatchObject({ ok: true });
  });

  test.each([
    ["app.example.com", "null"],
    ["app.example.com", "https://evil.example"],
    ["app.example.com", `${APP}:8443`],
    ["app.example.com:80", APP],
    ["app.example.com:8000", APP],
    // The page of a developer's machine is foreign to a server elsewhere.
    ["app.example.com", "http://localhost:5173"],
    ["localhost:8000", "null"],
    ["localhost:8000", "file://"],
    ["localhost:8000", "https://evil.example"],
    ["localhost:8000", "http://localhost.evil.example:8000"],
    ["localhost:8000", "http://127.0.0.1.evil.example:8000"],
    ["localhost:8000", "tauri://localhost"],
    ["evil.example/localhost", "http://localhost"],
    ["localhost@evil.example", "http://localhost"],
  ])("without a list, the server addressed as %s refuses pages of %s", (host, origin) => {
    for (const options of [{}, { allowedOrigins: [] }]) {
      expect(handshakeOf({ host, origin, authorization }, options)).toMatchObject({ status: 403, cause: "origin" });
    }
  });

  test('is not checked with "any"', () => {
    expect(handshakeOf({ origin: "https://any.example" }, { allowedOrigins: "any" })).toMatchObject({ ok: true });
    expect(handshakeOf({ origin: "null" }, { allowedOrigins: "any" })).toMatchObject({ ok: true });
  });

  test("is optional unless the token is in a cookie", () => {
    expect(handshakeOf({ authorization }, withCookie)).toMatchObject({ ok: true });
    expect(handshakeOf({ cookie: `session=${TOKEN}` }, withCookie)).toMatchObject({ ok: false, status: 403 });
  });

  test("of another site is refused whatever cookies the request has", () => {
    const decision = handshakeOf({ cookie: `session=${TOKEN}`, origin: "https://evil.example" }, withCookie);
    expect(decision).toMatchObject({ ok: false, status: 403 });
  });

  test("with the custom scheme of a desktop shell is compared by scheme and host", () => {
    const options = { allowedOrigins: ["tauri://localhost"] };
    expect(handshakeOf({ origin: "tauri://localhost" }, options)).toMatchObject({ ok: true });
    expect(handshakeOf({ origin: "capacitor://localhost" }, options)).toMatchObject({ status: 403 });
    expect(handshakeOf({ origin: "null" }, options)).toMatchObject({ status: 403 });
  });
});
