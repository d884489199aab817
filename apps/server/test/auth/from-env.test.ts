import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock, systemRandom } from "@trading/ws-server";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { decodeJwt } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { demoRest } from "../../src/auth/demo.js";
import { type Auth, createAuth } from "../../src/auth/from-env.js";
import { signToken } from "../../src/auth/tokens.js";
import { tokenCommand } from "../../src/cli/token-command.js";
import { compose } from "../../src/compose.js";
import { type Environment, parseEnv } from "../../src/config/env.js";
import { Ledger } from "../fixtures/ledger.js";
import { getJson, serveModules, silent } from "../helpers.js";

const SECRET = "0123456789abcdef0123456789abcdef";

const authIn = (given: Environment, directory?: string) => createAuth(parseEnv(given), directory, systemClock, silent);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "auth-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function canUse(auth: Auth | undefined, token: string, account: string): Promise<boolean> {
  const principal = await auth?.access.authenticate(token);
  return auth?.access.canUse(principal, account) ?? false;
}

describe("AUTH_MODE=demo", () => {
  async function start(clock: Clock = systemClock) {
    const auth = authIn({ AUTH_MODE: "demo" });
    const signing = auth?.demo;
    if (signing === undefined) throw new Error("not in demo mode");
    return serveModules([new Ledger()], {
      access: auth?.access,
      authRest: (rest) => demoRest(rest, { signing, clock, random: systemRandom }),
    });
  }

  interface Issued {
    readonly token: string;
    readonly accountId: string;
    readonly expiresAt: number;
  }

  const requestToken = (http: string, body?: unknown) =>
    getJson<Issued>(`${http}/api/v1/auth/demo-token`, {
      method: "POST",
      ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });

  test("warns once a minute when it refuses a token that a server with another secret has signed", async () => {
    const clock = new ManualClock();
    const logger = new RecordingLogger();
    const withSecret = (secret: string) =>
      createAuth(parseEnv({ AUTH_MODE: "demo", DEMO_SECRET: secret.repeat(32) }), undefined, clock, logger);
    const [one, other] = [withSecret("a"), withSecret("b")];
    const claims = { subject: "demo:A-1", accounts: ["A-1"], expiresAt: clock.now() + 900_000 };
    const sign = (changed = {}) => signToken(other!.demo!, { ...claims, ...changed });
    const warnings = () => logger.entries.filter(({ level }) => level === "warn").map(({ message }) => message);
    const refuse = async (token: string) => expect(one?.access.authenticate(token)).rejects.toThrow();

    await other?.access.authenticate(await sign());
    for (const changed of [{ subject: "alice" }, { expiresAt: clock.now() - 1_000 }]) await refuse(await sign(changed));
    await refuse("demo:");
    expect(warnings()).toEqual([]);
    for (let attempt = 0; attempt < 3; attempt++) await refuse(await sign());
    expect(warnings()).toEqual([expect.stringMatching(/signed with another secret: .* the same DEMO_SECRET/)]);
    clock.advance(60_000);
    await refuse(await sign());
    expect(warnings()).toHaveLength(2);
  });

  test("issues a short-lived token for one account to any client", async () => {
    const { http } = await start();
    const { status, body } = await requestToken(http, { accountId: "A-1" });
    expect([status, body.accountId]).toEqual([200, "A-1"]);
    expect(decodeJwt(body.token)).toEqual({ sub: "demo:A-1", accounts: ["A-1"], exp: body.expiresAt / 1_000 });
    const lifetimeMs = body.expiresAt - Date.now();
    expect(lifetimeMs).toBeGreaterThan(0);
    expect(lifetimeMs).toBeLessThanOrEqual(900_000);
    const headers = { authorization: `Bearer ${body.token}` };
    const of = (account: string) => getJson(`${http}/api/v1/ledger/balance?accountId=${account}`, { headers });
    expect([(await of("A-1")).status, (await of("A-2")).status, (await of("TEST-001")).status]).toEqual([
      200, 403, 200,
    ]);
    expect((await getJson(`${http}/api/v1/ledger/balance?accountId=TEST-001`)).status).toBe(200);
  });

  test("generates another account for each request that names none", async () => {
    const { http } = await start();
    const accounts = [await requestToken(http), await requestToken(http, {}), await requestToken(http, null)].map(
      ({ body }) => body.accountId,
    );
    for (const account of accounts) expect(account).toMatch(/^DEMO-[0-9a-f]{8}$/);
    expect(new Set(accounts).size).toBe(3);
  });

  test.each([
    [{ accountId: "" }, 'Invalid accountId "": expected string to have >=1 characters.'],
    [{ accountId: 7 }, "Invalid accountId 7: expected string, received number."],
    [{ accountId: "x".repeat(65) }, "expected string to have <=64 characters."],
  ])("rejects %j", async (body, detail) => {
    const { http } = await start();
    expect(await requestToken(http, body)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining(detail) },
    });
  });

  test("limits the tokens per minute and address, and replies with Retry-After", async () => {
    const clock = new ManualClock(Date.now());
    const { http } = await start(clock);
    for (let count = 0; count < 60; count++) expect((await requestToken(http)).status).toBe(200);
    const response = await fetch(`${http}/api/v1/auth/demo-token`, { method: "POST" });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ code: "too_many_requests", status: 429 });
    // Other endpoints are not limited.
    expect((await getJson(`${http}/api/v1/health`)).status).toBe(200);
    clock.advance(1_000);
    expect([(await requestToken(http)).status, (await requestToken(http)).status]).toEqual([200, 429]);
  });

  test("stores its secret in a file that only its user can read, so that tokens stay valid after a restart", async () => {
    const directory = join(folder(), "new", "data");
    const before = authIn({ AUTH_MODE: "demo" }, directory);
    const file = join(directory, "demo-secret");
    expect([readFileSync(file, "utf8").length, statSync(file).mode & 0o777]).toEqual([64, 0o600]);
    const token = await signToken(before!.demo!, { subject: "a", accounts: ["A-1"], expiresAt: Date.now() + 60_000 });
    expect(await canUse(authIn({ AUTH_MODE: "demo" }, directory), token, "A-1")).toBe(true);
    await expect(canUse(authIn({ AUTH_MODE: "demo" }, folder()), token, "A-1")).rejects.toThrow();
  });

  test("signs with DEMO_SECRET, so that servers with different folders accept each other's tokens", async () => {
    const env = { AUTH_MODE: "demo", DEMO_SECRET: SECRET };
    const token = await signToken(authIn(env, folder())!.demo!, {
      subject: "a",
      accounts: ["A-1"],
      expiresAt: Date.now() + 60_000,
    });
    expect(await canUse(authIn(env, folder()), token, "A-1")).toBe(true);
    expect(() => authIn({ ...env, DEMO_SECRET: "short" })).toThrow(
      "Invalid DEMO_SECRET (5 characters): expected a string of at least 32 characters",
    );
  });

  test("is issued to a client that sends the type of a body, and no body", async () => {
    const { http } = await start();
    const init = { method: "POST", headers: { "content-type": "application/json" } };
    expect((await fetch(`${http}/api/v1/auth/demo-token`, init)).status).toBe(200);
  });

  test("is available in demo mode only", async () => {
    const context = { logger: silent };
    const { app } = await compose(parseEnv({ ENABLED_MODULES: "datafeed", DATA_DIR: folder() }), context);
    onTestFinished(() => app.close());
    const port = await app.listen(0, "127.0.0.1");
    expect((await requestToken(`http://127.0.0.1:${port}`)).status).toBe(404);
  });
});

describe("AUTH_MODE=jwt", () => {
  test.each<[Environment, string]>([
    [{}, "AUTH_MODE=jwt needs a key to verify tokens with: set one of JWT_SECRET, JWKS_URL and JWKS_FILE."],
    [{ JWT_SECRET: SECRET, JWKS_URL: "https://a.example" }, "JWT_SECRET and JWKS_URL are both set: set one of"],
    [
      { JWT_SECRET_PREVIOUS: SECRET },
      "JWT_SECRET_PREVIOUS is set without JWT_SECRET: set JWT_SECRET to the new secret.",
    ],
    [
      { JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS: "short" },
      "Invalid JWT_SECRET_PREVIOUS: HS256 requires at least 32 bytes, got 5.",
    ],
    [{ JWT_SECRET: "short" }, "Invalid JWT_SECRET: HS256 requires at least 32 bytes, got 5."],
    [
      { JWT_SECRET: SECRET, JWT_ALGORITHMS: "none" },
      'Invalid JWT_ALGORITHMS: with secret, expected some of HS256, HS384, HS512, got "none".',
    ],
    [{ JWT_SECRET: SECRET, JWT_ALGORITHMS: "HS512" }, "Invalid JWT_SECRET: HS512 requires at least 64 bytes, got 32."],
    [
      { JWKS_URL: "http://issuer.example/keys" },
      'Invalid JWKS_URL: expected an https URL, or an http URL of localhost, got "http://issuer.example/keys".',
    ],
    [
      { JWKS_FILE: "gone.json" },
      'Invalid JWKS_FILE: expected a readable JSON Web Key Set of public keys, got "gone.json".',
    ],
  ])("with %j is rejected with a message that names the variable", (given, message) => {
    expect(() => authIn({ AUTH_MODE: "jwt", ...given })).toThrow(message);
  });

  test("accepts tokens of its issuer for its audience", async () => {
    const given = { AUTH_MODE: "jwt", JWT_SECRET: SECRET, JWT_ISSUER: "https://login", JWT_AUDIENCE: "trading" };
    const auth = authIn(given);
    const token = (await tokenCommand(["--account", "A-1"], given)).trim();
    expect(await canUse(auth, token, "A-1")).toBe(true);
    expect(await canUse(auth, token, "TEST-001")).toBe(false);
    for (const other of [
      { JWT_ISSUER: "https://other" },
      { JWT_AUDIENCE: "shop" },
      { JWT_SECRET: SECRET.toUpperCase() },
    ]) {
      await expect(canUse(authIn({ ...given, ...other }), token, "A-1")).rejects.toThrow("The token is not valid");
    }
  });
});

test("JWT_SECRET_PREVIOUS is accepted together with JWT_SECRET, and new tokens are signed with JWT_SECRET", async () => {
  const given = { AUTH_MODE: "jwt", JWT_SECRET: "n".repeat(32), JWT_SECRET_PREVIOUS: SECRET };
  const old = (await tokenCommand(["--account", "A-1"], { AUTH_MODE: "jwt", JWT_SECRET: SECRET })).trim();
  const present = (await tokenCommand(["--account", "A-1"], given)).trim();
  for (const token of [old, present]) expect(await canUse(authIn(given), token, "A-1")).toBe(true);
  const after = authIn({ AUTH_MODE: "jwt", JWT_SECRET: given.JWT_SECRET });
  expect(await canUse(after, present, "A-1")).toBe(true);
  await expect(canUse(after, old, "A-1")).rejects.toThrow("The token is not valid");
});

describe("the command token", () => {
  test("creates tokens that the server accepts", async () => {
    const given = { AUTH_MODE: "jwt", JWT_SECRET: SECRET.repeat(2), JWT_ALGORITHMS: "HS512" };
    const args = ["--account", "A-1", "--account", "A-2", "--ttl", "15m", "--subject", "alice"];
    const before = Math.floor(Date.now() / 1_000);
    const token = (await tokenCommand(args, given)).trim();
    const { sub, accounts, exp } = decodeJwt(token);
    expect([sub, accounts]).toEqual(["alice", ["A-1", "A-2"]]);
    expect(exp).toBeGreaterThanOrEqual(before + 900);
    expect(await canUse(authIn(given), token, "A-2")).toBe(true);
  });

  test("creates demo tokens with the secret in the data directory", async () => {
    const DATA_DIR = folder();
    const token = (await tokenCommand(["--account", "A-1"], { AUTH_MODE: "demo", DATA_DIR })).trim();
    expect(await canUse(authIn({ AUTH_MODE: "demo" }, DATA_DIR), token, "A-1")).toBe(true);
  });

  test.each<[string[], Environment, string]>([
    [[], {}, "Missing --account: expected the id of an account. See --help."],
    [["--account", ""], {}, 'Invalid --account "": expected 1 to 64 characters.'],
    [["--account", "A-1"], {}, "JWT_SECRET is not set: set it as for the server, or AUTH_MODE=demo."],
    [["--account", "A-1"], { JWKS_URL: "https://a.example" }, "only their issuer can create tokens"],
    [["--account", "A-1"], { JWT_SECRET: "short" }, "Invalid JWT_SECRET: HS256 requires at least 32 bytes, got 5."],
    [
      ["--account", "A-1", "--ttl", "1"],
      { JWT_SECRET: SECRET },
      'Invalid --ttl "1": expected a number with s, m, h or d',
    ],
    [["--account", "A-1", "--ttl", "0m"], { JWT_SECRET: SECRET }, 'Invalid --ttl "0m": expected a number'],
    [["--account", "A-1", "--subject", ""], { JWT_SECRET: SECRET }, "Invalid --subject: expected 1 to 256 characters."],
    [["--acount", "A-1"], {}, "Unknown option '--acount'. See --help."],
    [["A-1"], {}, "Unexpected argument 'A-1'"],
  ])("rejects %j with %j", async (args, given, message) => {
    await expect(tokenCommand(args, given)).rejects.toThrow(message);
  });

  test("prints its options with --help", async () => {
    const help = await tokenCommand(["--help"], {});
    for (const option of ["--account", "--ttl", "--subject"]) expect(help).toContain(option);
  });
});
