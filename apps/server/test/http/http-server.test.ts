import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { SourceError } from "@trading/ws-server";
import { describe, expect, test } from "vitest";
import type { AppOptions } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { problemSchema } from "../../src/http/problem-schema.js";
import { Ledger } from "../fixtures/ledger.js";
import { getJson, serveModules, silent } from "../helpers.js";

const access = accessByClaims(() => Promise.reject(new Error("invalid token")), new Set(["OPEN"]));

/** Starts a server with a ledger, whose endpoint `slow` fails with the given reason. */
async function start(options: Partial<AppOptions> = {}, failure?: unknown) {
  const ledger = new Ledger();
  if (failure !== undefined) {
    ledger.slow = Promise.reject(failure);
    ledger.slow.catch(() => {});
  }
  const logged: unknown[] = [];
  const logger = { ...silent, error: (...entry: unknown[]) => void logged.push(entry) };
  return { ledger, logged, ...(await serveModules([ledger], { access, logger, ...options })) };
}

const json = { "content-type": "application/json" };

describe("a problem document reports", () => {
  const LONG_ID = "x".repeat(65);

  test.each<[string, string, RequestInit, number, string, string]>([
    ["an unknown address", "/api/v1/nope", {}, 404, "not_found", "Not found."],
    [
      "a method that is not allowed",
      "/api/v1/ledger/balance?accountId=OPEN",
      { method: "POST" },
      405,
      "method_not_allowed",
      "use GET, HEAD.",
    ],
    [
      "a body that is not JSON",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: "{" },
      400,
      "bad_request",
      "not valid JSON",
    ],
    [
      "an empty body",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json },
      400,
      "bad_request",
      "The body is empty",
    ],
    [
      "a body with __proto__",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: '{"__proto__":1}' },
      400,
      "bad_request",
      "not valid JSON",
    ],
    [
      "an unsupported content type",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", body: "text" },
      415,
      "unsupported_media_type",
      "application/json",
    ],
    [
      "a body that is too large",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: JSON.stringify({ text: "x".repeat(66_000) }) },
      413,
      "body_too_large",
      "64 KiB",
    ],
    [
      "a body that does not match its schema",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: '{"text":"x","stars":9}' },
      400,
      "invalid_body",
      "Invalid stars 9: expected number to be <=5.",
    ],
    [
      "a missing member",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: "{}" },
      400,
      "invalid_body",
      "Missing text: expected string, received undefined.",
    ],
    [
      "a member whose length cannot be converted to a number",
      "/api/v1/ledger/notes/1?accountId=OPEN",
      { method: "PUT", headers: json, body: '{"text":{"length":{"toString":0}}}' },
      400,
      "invalid_body",
      "Invalid text (an object): expected the documented type.",
    ],
    [
      "a path parameter that does not match its schema",
      `/api/v1/ledger/notes/${LONG_ID}?accountId=OPEN`,
      { method: "PUT", headers: json, body: '{"text":"x"}' },
      400,
      "invalid_path",
      `Invalid id "${LONG_ID}": expected string to have <=64 characters.`,
    ],
    [
      "a path parameter that is too long",
      `/api/v1/ledger/notes/${"x".repeat(1_025)}?accountId=OPEN`,
      { method: "PUT", headers: json, body: '{"text":"x"}' },
      414,
      "address_too_long",
      "A path parameter is longer than 1,024 characters.",
    ],
  ])("%s", async (_name, path, init, status, code, detail) => {
    const { http, logged } = await start();
    const response = await fetch(http + path, init);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = problemSchema.parse(await response.json());
    expect(problem).toMatchObject({ type: "about:blank", status, code });
    expect(response.status).toBe(status);
    expect(problem.detail).toContain(detail);
    expect(logged).toEqual([]);
  });

  test("an error of a source, with a status for its code", async () => {
    const of = async (error: SourceError) => {
      const { http } = await start({}, error);
      return getJson(`${http}/api/v1/ledger/slow`);
    };
    expect(await of(new SourceError("unknown_symbol", "There is none."))).toMatchObject({
      status: 404,
      body: { code: "unknown_symbol", detail: "There is none." },
    });
    expect(await of(new SourceError("too_fine", "Too fine."))).toMatchObject({
      status: 400,
      body: { code: "too_fine" },
    });
    const later = await of(new SourceError("feed_lost", "Later.", { retryable: true }));
    expect(later).toMatchObject({ status: 503, body: { code: "feed_lost" } });
  });

  test.each([
    [new Error("the password is sesame")],
    ["the password is sesame"],
    [{ statusCode: 302, message: "sesame" }],
  ])("an internal error, which is logged, without its message: %s", async (error) => {
    const { http, logged } = await start({}, error);
    const response = await fetch(`${http}/api/v1/ledger/slow`);
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).not.toContain("sesame");
    expect(JSON.parse(body)).toMatchObject({ status: 500, code: "internal" });
    expect(logged).toEqual([["A request failed", { method: "GET", route: "/api/v1/ledger/slow", error }]]);
  });

  test("lists the allowed methods with 405", async () => {
    const { http } = await start();
    const response = await fetch(`${http}/api/v1/ledger/notes/1`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "PUT"]);
    await response.arrayBuffer();
  });
});

describe("an invalid HTTP request gets a problem document", () => {
  test.each([
    ["nonsense", "nonsense\r\n\r\n", 400],
    ["an unknown method", "FLY / HTTP/1.1\r\nhost: x\r\n\r\n", 400],
    ["two lengths", "PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400],
    [
      "a length and chunks",
      "PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
    ],
    [
      "broken chunks",
      "PUT /api/v1/ledger/notes/1?accountId=OPEN HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      400,
    ],
    ["headers that are too long", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"x".repeat(17_000)}\r\n\r\n`, 431],
    ["a control character in a header", "GET / HTTP/1.1\r\nhost: x\r\nx: \u0001\r\n\r\n", 400],
  ])("%s", async (_name, bytes, status) => {
    const { http, logged } = await start();
    const socket = connect(Number(new URL(http).port), "127.0.0.1");
    socket.write(bytes);
    const reply = await text(socket);
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(reply).toContain("content-type: application/problem+json");
    const [, body = ""] = reply.split("\r\n\r\n");
    expect(problemSchema.parse(JSON.parse(body)).status).toBe(status);
    expect(logged).toEqual([]);
  });
});

describe("CORS", () => {
  const origin = "https://app.example.com";
  const request = (http: string, from: string, init: RequestInit = {}) =>
    fetch(`${http}/api/v1/health`, { ...init, headers: { origin: from, ...init.headers } });

  test("allows listed origins, with a token and a body", async () => {
    const { http } = await start({ allowedOrigins: [origin, "http://localhost:5173"] });
    const response = await request(http, origin);
    expect(response.headers.get("access-control-allow-origin")).toBe(origin);
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    expect(response.headers.get("vary")).toContain("Origin");
    const preflight = await request(http, origin, {
      method: "OPTIONS",
      headers: {
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    // Pages can read error replies, too.
    const rejected = await fetch(`${http}/api/v1/ledger/balance?accountId=A-1`, { headers: { origin } });
    expect([rejected.status, rejected.headers.get("access-control-allow-origin")]).toEqual([401, origin]);
  });

  test.each([
    "https://app.example.com.evil.example",
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "null",
    "https://APP.example.com@evil.example",
  ])("does not allow an origin that is not listed: %s", async (from) => {
    const { http } = await start({ allowedOrigins: [origin] });
    const response = await request(http, from);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await request(http, from, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "PUT" },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("allows no origin when none are listed", async () => {
    const { http } = await start();
    expect((await request(http, origin)).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("allows pages of this machine with localPages, and no others", async () => {
    const { http } = await start({ localPages: true });
    const local = http.replace("127.0.0.1", "localhost");
    for (const from of ["http://localhost:5173", "http://127.0.0.1:3000", "https://app.localhost:4"]) {
      expect((await request(local, from)).headers.get("access-control-allow-origin"), from).toBe(from);
    }
    const put = { method: "OPTIONS", headers: { "access-control-request-method": "PUT" } };
    const preflight = await request(local, "http://localhost:5173", put);
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([
      204,
      expect.stringContaining("PUT"),
    ]);
    for (const from of [origin, "null", "http://localhost.evil.example", "http://192.168.0.7:5173"]) {
      const { status, headers } = await request(local, from);
      expect([status, headers.get("access-control-allow-origin")], from).toEqual([403, null]);
    }
  });

  test("applies the same list to the socket", async () => {
    const { http } = await start({ allowedOrigins: [origin] });
    const upgrade = (from: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(http).port), "127.0.0.1");
        socket.once("data", (data) => {
          resolve(String(data).split("\r\n")[0] as string);
          socket.destroy();
        });
        const key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13";
        socket.write(
          `GET /api/v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\norigin: ${from}\r\n\r\n`,
        );
      });
    expect(await upgrade(origin)).toContain("101");
    expect(await upgrade("https://evil.example")).toContain("403");
  });
});

test("every reply has the security headers", async () => {
  const { http } = await start();
  for (const path of ["/", "/api/v1/health", "/api/v1/nope", "/api/v1/docs", "/api/v1/ws/asyncapi", "/%"]) {
    const response = await fetch(http + path);
    await response.arrayBuffer();
    expect(response.headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(response.headers.get("x-frame-options"), path).toBe("DENY");
    expect(response.headers.get("referrer-policy"), path).toBe("no-referrer");
  }
});
