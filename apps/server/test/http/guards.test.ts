import { request } from "node:http";
import { text } from "node:stream/consumers";
import { prometheusMetrics } from "@trading/ws-server/metrics";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AppOptions } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { demoRest } from "../../src/auth/demo.js";
import { Ledger } from "../fixtures/ledger.js";
import { serveModules, silent } from "../helpers.js";

const access = accessByClaims((token) => ({ subject: token, claims: { accounts: ["A-1", "A-2"] } }), new Set(["OPEN"]));
const signing = { secret: "s".repeat(32), algorithm: "HS256", issuer: "", audience: "" } as const;

/** Starts a server in demo mode on a loopback address. `send` returns a reply's status, code and headers. */
async function start(options: Partial<AppOptions> = {}) {
  const clock = new ManualClock();
  const ledger = new Ledger();
  const metrics = prometheusMetrics();
  const logged: [string, Record<string, unknown>][] = [];
  const logger = { ...silent, warn: (message: string, fields = {}) => void logged.push([message, fields]) };
  const { http, url } = await serveModules([ledger], {
    access,
    clock,
    logger,
    metrics,
    allowedHosts: [],
    authRest: (rest) => demoRest(rest, { signing, clock, random: { id: () => "12345678", next: () => 0 } as never }),
    ...options,
  });
  const { port } = new URL(http);
  /** Sends any headers, which `fetch` does not. */
  const send = (path: string, headers: Record<string, string> = {}, method = "GET", body = "") =>
    new Promise<{ status: number | undefined; code: string; headers: Record<string, unknown> }>((resolve, reject) => {
      const sent = request({ port, host: "127.0.0.1", path, method, headers, agent: false }, async (response) => {
        const content = await text(response);
        const code = content.startsWith("{") ? JSON.parse(content).code : undefined;
        resolve({ status: response.statusCode, code, headers: response.headers });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const refused = async (reason: string) => {
    const all = await metrics.register.getSingleMetricAsString("trading_http_refused_total");
    return Number(new RegExp(`reason="${reason}"\\} (\\d+)`).exec(all)?.[1] ?? 0);
  };
  return { clock, ledger, send, refused, logged, url, port };
}

const JSON_TYPE = { "content-type": "application/json" };
const NOTE = "/api/v1/ledger/notes/1?accountId=OPEN";

describe("a page whose name resolves to 127.0.0.1", () => {
  test("is refused with 421 at every path, because of its Host, although it has the server's own origin", async () => {
    const { send, ledger, port, refused, logged } = await start();
    const headers = {
      host: `evil.example:${port}`,
      origin: `http://evil.example:${port}`,
      "sec-fetch-site": "same-origin",
    };
    for (const path of ["/", "/api/v1/health", "/api/v1/nope", "/api/v1/ws/asyncapi.json", "/api/v1/docs/"]) {
      expect(await send(path, headers), path).toMatchObject({ status: 421, code: "misdirected" });
    }
    expect(await send(NOTE, { ...headers, ...JSON_TYPE }, "PUT", '{"text":"x"}')).toMatchObject({ status: 421 });
    expect(await send("/api/v1/auth/demo-token", headers, "POST")).toMatchObject({ status: 421 });
    expect(ledger.handled).toEqual([]);
    expect(await refused("host")).toBe(7);
    // One line, however many there are.
    expect(logged).toEqual([
      ["A request was refused", { reason: "host", host: `evil.example:${port}`, address: "127.0.0.1" }],
    ]);
  });

  test("cannot open a socket", async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const status = await new Promise((resolve) => {
      const socket = new WebSocket(url, {
        headers: { host: `evil.example:${port}` },
        origin: `http://evil.example:${port}`,
      });
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.on("open", () => resolve("open"));
      socket.on("error", () => {});
    });
    expect(status).toBe(421);
  });

  test("loopback names and configured ones are served", async () => {
    const { send, port } = await start({ allowedHosts: ["trading.example.com"] });
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, "[::1]", "trading.example.com"]) {
      expect((await send("/api/v1/health", { host })).status, host).toBe(200);
    }
  });
});

describe("pages of other origins", () => {
  test.each<[string, Record<string, string>]>([
    ["a foreign origin", { origin: "https://evil.example" }],
    ["the null origin of a sandboxed frame", { origin: "null" }],
    ["a foreign origin with the name of a local one", { origin: "http://localhost.evil.example" }],
    ["an image of a foreign page", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
    ["an image of another site's page on this machine", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }],
    ["a page of a local file", { origin: "file://" }],
  ])("are refused with 403, for reading and for writing: %s", async (_name, headers) => {
    const { send, ledger, refused } = await start();
    expect(await send("/api/v1/ledger/balance?accountId=OPEN", headers)).toMatchObject({
      status: 403,
      code: "foreign_origin",
    });
    expect(await send(NOTE, { ...headers, ...JSON_TYPE }, "PUT", '{"text":"x"}')).toMatchObject({ status: 403 });
    expect(ledger.handled).toEqual([]);
    expect(await refused("origin")).toBe(2);
  });

  test("cannot use up the demo tokens and the rate of the browser's user", async () => {
    const { send } = await start({ rates: { perAddress: 1 } });
    for (let count = 0; count < 70; count++) {
      const reply = await send("/api/v1/auth/demo-token", { origin: "https://evil.example" }, "POST");
      expect(reply.status).toBe(403);
    }
    const own = await send("/api/v1/auth/demo-token", JSON_TYPE, "POST", '{"accountId":"A-1"}');
    expect([own.status, own.headers["cache-control"]]).toEqual([200, "no-store"]);
  });

  test("a link to the server is followed, but a form is not accepted", async () => {
    const { send } = await start();
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await send("/api/v1/health", link)).status).toBe(200);
    expect((await send("/api/v1/auth/demo-token", link, "POST")).status).toBe(403);
  });

  test.each<[string, (port: string) => Record<string, string>]>([
    ["the server's own page", (port) => ({ host: `localhost:${port}`, origin: `http://localhost:${port}` })],
    ["its own page behind a proxy", () => ({ origin: "https://any.example", "sec-fetch-site": "same-origin" })],
    ["a development server on this machine", () => ({ origin: "http://localhost:5173" })],
    ["a client that is not a browser", () => ({})],
    ["an address that the user entered", () => ({ "sec-fetch-site": "none", "sec-fetch-mode": "navigate" })],
  ])("%s is served", async (_name, headersOf) => {
    const { send, port } = await start();
    const reply = await send(NOTE, { ...headersOf(port), ...JSON_TYPE }, "PUT", '{"text":"x"}');
    expect(reply.status).toBe(204);
  });

  test("of this machine cannot use a server that is reached by a public name", async () => {
    const { send } = await start({ allowedHosts: ["trading.example.com"] });
    const headers = { host: "trading.example.com", origin: "http://localhost:5173" };
    expect((await send("/api/v1/health", headers)).status).toBe(403);
    expect((await send("/api/v1/health", { ...headers, origin: "https://trading.example.com" })).status).toBe(200);
  });

  test("with a list of origins, only those are served", async () => {
    const { send } = await start({ allowedOrigins: ["https://app.example.com"] });
    expect((await send("/api/v1/health", { origin: "https://app.example.com" })).status).toBe(200);
    expect((await send("/api/v1/health", { origin: "http://localhost:5173" })).status).toBe(403);
  });
});

describe("rates", () => {
  test("limit the requests of an address at every path, and say when to try again", async () => {
    const { send, clock, refused } = await start({ rates: { perAddress: 1 } });
    for (const path of ["/", "/api/v1/health", "/api/v1/nope", "/api/v1/ledger/slow", "/api/v1/docs/"]) {
      expect((await send(path)).status).not.toBe(429);
    }
    for (let count = 0; count < 5; count++) await send("/api/v1/health");
    const { status, code, headers } = await send("/api/v1/health");
    expect([status, code, headers["retry-after"], headers["content-type"]]).toEqual([
      429,
      "too_many_requests",
      "1",
      "application/problem+json",
    ]);
    expect(await refused("rate_address")).toBe(1);
    clock.advance(1_000);
    expect((await send("/api/v1/health")).status).toBe(200);
    expect((await send("/api/v1/health")).status).toBe(429);
  });

  test("count the clients behind a trusted proxy separately, and an IPv6 network as one", async () => {
    const { send } = await start({ rates: { perAddress: 1 }, trustedProxies: ["127.0.0.1"] });
    const from = async (address: string) => (await send("/api/v1/health", { "x-forwarded-for": address })).status;
    for (let count = 0; count < 10; count++) await from("203.0.113.1");
    expect([await from("203.0.113.1"), await from("203.0.113.2")]).toEqual([429, 200]);
    for (let count = 0; count < 10; count++) await from(`2001:db8::${count}`);
    expect([await from("2001:db8::ff"), await from("2001:db8:0:1::1")]).toEqual([429, 200]);
  });

  test("can be read by allowed pages of other origins", async () => {
    const { send } = await start({ rates: { perAddress: 1 }, allowedOrigins: ["https://app.example.com"] });
    const origin = { origin: "https://app.example.com" };
    for (let count = 0; count < 10; count++) await send("/api/v1/health", origin);
    const { status, headers } = await send("/api/v1/health", origin);
    expect([status, headers["access-control-allow-origin"]]).toEqual([429, "https://app.example.com"]);
  });

  test("limit a user at any address and for any account", async () => {
    const { send, refused } = await start({ rates: { perUser: 1 }, trustedProxies: ["127.0.0.1"] });
    const balance = async (user: string, account: string, address: string) =>
      (
        await send(`/api/v1/ledger/balance?accountId=${account}`, {
          authorization: `Bearer ${user}`,
          "x-forwarded-for": address,
        })
      ).status;
    for (let count = 0; count < 10; count++) {
      expect(await balance("ann", count % 2 === 0 ? "A-1" : "A-2", `203.0.113.${count}`)).toBe(200);
    }
    expect([await balance("ann", "A-1", "203.0.113.99"), await balance("bob", "A-1", "203.0.113.99")]).toEqual([
      429, 200,
    ]);
    expect(await refused("rate_user")).toBe(1);
  });

  test("limit the changes of an account by all of its users; reading it is not limited", async () => {
    const { send, ledger, refused } = await start({ rates: { perAccount: 1 } });
    const save = async (user: string, account: string) =>
      (
        await send(
          `/api/v1/ledger/notes/1?accountId=${account}`,
          { authorization: `Bearer ${user}`, ...JSON_TYPE },
          "PUT",
          '{"text":"x"}',
        )
      ).status;
    for (let count = 0; count < 10; count++) expect(await save(count % 2 === 0 ? "ann" : "bob", "A-1")).toBe(204);
    ledger.handled.length = 0;
    expect([await save("ann", "A-1"), await save("bob", "A-1"), ledger.handled]).toEqual([429, 429, []]);
    expect(await save("ann", "A-2")).toBe(204);
    expect(await refused("rate_account")).toBe(2);
    const { status } = await send("/api/v1/ledger/balance?accountId=A-1", { authorization: "Bearer ann" });
    expect(status).toBe(200);
  });

  test("of an account are not used up by requests without access to it", async () => {
    const { send } = await start({ rates: { perAccount: 1 } });
    for (let count = 0; count < 20; count++) {
      const path = `/api/v1/ledger/notes/1?accountId=${count % 2 === 0 ? "A-1" : "B-1"}`;
      const headers = count % 2 === 0 ? JSON_TYPE : { authorization: "Bearer ann", ...JSON_TYPE };
      expect([401, 403]).toContain((await send(path, headers, "PUT", '{"text":"x"}')).status);
    }
    const { status } = await send(
      "/api/v1/ledger/notes/1?accountId=A-1",
      { authorization: "Bearer ann", ...JSON_TYPE },
      "PUT",
      '{"text":"x"}',
    );
    expect(status).toBe(204);
  });
});

test("private replies are not stored in caches, whether they are data or refusals", async () => {
  const { send } = await start();
  for (const account of ["OPEN", "A-1"]) {
    const { headers } = await send(`/api/v1/ledger/balance?accountId=${account}`);
    expect(headers["cache-control"]).toBe("no-store");
  }
});
