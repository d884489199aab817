import { WsServerError } from "@trading/ws-server";
import { jwtAuthenticator } from "@trading/ws-server/jwt";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.js";
import { type Access, accessByClaims } from "../../src/auth/access.js";
import { type Signing, signToken } from "../../src/auth/tokens.js";
import { assertAuthConfigured } from "../../src/compose.js";
import { EnvError } from "../../src/config/env.js";
import { Ledger } from "../fixtures/ledger.js";
import { Client, getJson, serveModules, silent } from "../helpers.js";

const NOW = Date.UTC(2026, 10, 25);
const SIGNING: Signing = { secret: "s".repeat(32), algorithm: "HS256", issuer: "", audience: "" };

const token = (accounts: readonly string[], expiresAt = NOW + 60_000, signing = SIGNING) =>
  signToken(signing, { subject: "alice", accounts, expiresAt });

const clock = new ManualClock(NOW);
const authenticate = jwtAuthenticator(
  { secret: SIGNING.secret },
  { algorithms: [SIGNING.algorithm], clock, logger: silent },
);
const access = accessByClaims(authenticate, new Set(["OPEN"]));

async function start(using: Access = access) {
  const ledger = new Ledger();
  return { ledger, ...(await serveModules([ledger], { access: using, clock })) };
}

const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

describe("an endpoint with an account", () => {
  test("accepts tokens that list the account", async () => {
    const { http, ledger } = await start();
    for (const accountId of ["A-1", "A-2"]) {
      const url = `${http}/api/v1/ledger/balance?accountId=${accountId}`;
      expect(await getJson(url, bearer(await token(["A-1", "A-2"])))).toEqual({
        status: 200,
        body: { accountId, balance: 100 },
      });
    }
    expect(ledger.handled).toEqual(["A-1", "A-2"]);
  });

  test("refuses a token whose subject the server has revoked", async () => {
    const { http, app, ledger } = await start();
    app.stream.revoke({ subject: "alice" });
    const { status, body } = await getJson(`${http}/api/v1/ledger/balance?accountId=A-1`, bearer(await token(["A-1"])));
    expect(status).toBe(401);
    expect(body).toMatchObject({ detail: "The token is invalid or has expired: get a new one." });
    expect(ledger.handled).toEqual([]);
  });

  test("accepts requests without a token when the account is open", async () => {
    const { http } = await start();
    const url = `${http}/api/v1/ledger/balance?accountId=OPEN`;
    expect((await getJson(url)).status).toBe(200);
    expect((await getJson(url, bearer(await token(["A-1"])))).status).toBe(200);
    // An invalid token is rejected even where no token is needed.
    expect((await getJson(url, bearer("x"))).status).toBe(401);
  });

  test.each<[string, () => Promise<RequestInit>, string]>([
    ["without a token", async () => ({}), "Bearer"],
    ["with another scheme", async () => ({ headers: { authorization: "Basic QTox" } }), "invalid_token"],
    ["with an empty token", async () => ({ headers: { authorization: "Bearer" } }), "invalid_token"],
    ["with a malformed token", async () => bearer("a.b.c"), "invalid_token"],
    ["with an expired token", async () => bearer(await token(["A-1"], NOW - 60_000)), "invalid_token"],
    [
      "with a token signed with another secret",
      async () => bearer(await token(["A-1"], NOW + 60_000, { ...SIGNING, secret: "x".repeat(32) })),
      "invalid_token",
    ],
  ])("replies 401 to requests %s", async (_name, init, challenge) => {
    const { http, ledger } = await start();
    const response = await fetch(`${http}/api/v1/ledger/balance?accountId=A-1`, await init());
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain(challenge);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 401, code: "unauthorized" });
    expect(ledger.handled).toEqual([]);
  });

  test.each([[["A-2"]], [[]], [["A-10"]], [["a-1"]]])("replies 403 when the token lists %j", async (accounts) => {
    const { http, ledger } = await start();
    const url = `${http}/api/v1/ledger/balance?accountId=A-1`;
    const { status, body } = await getJson(url, bearer(await token(accounts)));
    expect([status, body]).toEqual([403, expect.objectContaining({ code: "forbidden", status: 403 })]);
    expect(ledger.handled).toEqual([]);
  });

  test.each([
    ["", "Missing accountId"],
    ["?accountId=", "Missing accountId"],
    ["?accountId=A-1&accountId=A-2", "Invalid accountId (a list)"],
  ])("replies 400 when the query is %j", async (query, detail) => {
    const { http, ledger } = await start();
    const { status, body } = await getJson<{ detail: string }>(
      `${http}/api/v1/ledger/balance${query}`,
      bearer(await token(["A-1"])),
    );
    expect([status, body.detail]).toEqual([400, expect.stringContaining(detail)]);
    expect(ledger.handled).toEqual([]);
  });

  test("checks access before it reads the body, for every method", async () => {
    const { http } = await start();
    const url = `${http}/api/v1/ledger/notes/1?accountId=A-1`;
    const headers = { "content-type": "application/json" };
    expect((await getJson(url, { method: "PUT", headers, body: "{" })).status).toBe(401);
    const own = { ...headers, ...bearer(await token(["A-1"])).headers };
    expect((await getJson(url, { method: "PUT", headers: own, body: "{" })).status).toBe(400);
    expect((await fetch(url, { method: "PUT", headers: own, body: '{"text":"x"}' })).status).toBe(204);
    const head = await fetch(`${http}/api/v1/ledger/balance?accountId=A-1`, { method: "HEAD" });
    expect(head.status).toBe(401);
  });

  test("replies 503 with Retry-After when tokens cannot be verified", async () => {
    const unavailable = () =>
      Promise.reject(new WsServerError("keys_unavailable", "Try again later", { retryable: true }));
    const { http } = await start(accessByClaims(unavailable));
    const response = await fetch(`${http}/api/v1/ledger/balance?accountId=A-1`, bearer("x"));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({ code: "keys_unavailable" });
  });

  test("is not served when authentication is not configured", async () => {
    const options = { modules: [new Ledger()], clock, logger: silent };
    await expect(createApp(options)).rejects.toThrow();
    expect(() => assertAuthConfigured([new Ledger()], undefined)).toThrow(EnvError);
    expect(() => assertAuthConfigured([new Ledger()], undefined)).toThrow(
      "set AUTH_MODE=demo to try it on this machine",
    );
    expect(() => assertAuthConfigured([new Ledger()], { access })).not.toThrow();
  });

  test.each([[{ accounts: "A-1" }], [{ accounts: { 0: "A-1" } }], [{ accounts: [["A-1"]] }], [{}], [undefined]])(
    "rejects principals with the claims %j",
    (claims) => {
      expect(access.canUse({ subject: "A-1", ...(claims && { claims }) }, "A-1")).toBe(false);
    },
  );
});

describe("a route with an account", () => {
  test("accepts tokens that list the account, as over HTTP", async () => {
    const { url } = await start();
    const client = await Client.connect(url, await token(["A-1"]));
    client.send("account.subscribe", { accountId: "A-1" });
    expect((await client.next()).payload.status).toBe("ok");
    expect(await client.update()).toMatchObject({ id: "A-1", balance: 100 });
    client.send("account.subscribe", { accountId: "A-2" });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "forbidden" });
    client.send("account.subscribe", { accountId: "OPEN" });
    expect((await client.next()).payload.status).toBe("ok");
  });

  test("rejects clients without a token unless the account is open", async () => {
    const { url } = await start();
    const client = await Client.connect(url);
    client.send("account.subscribe", { accountId: "A-1" });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "unauthorized" });
    client.send("account.subscribe", { accountId: "OPEN" });
    expect((await client.next()).payload.status).toBe("ok");
    expect(await client.update()).toMatchObject({ id: "OPEN" });
  });
});
