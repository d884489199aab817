import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type JwtAlgorithm, type JwtKeys, type JwtOptions, jwtAuthenticator } from "../../src/auth/jwt.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";

import { ec, ed, encode, jwk, mint, NOW, rsa } from "./tokens.js";

const SECRET = "a secret of at least thirty-two bytes";
const GOOD = { sub: "ann", exp: NOW + 60, iss: "https://issuer.example", aud: "trading" };
const PEM = rsa.publicKey.export({ format: "pem", type: "spki" }).toString();
const KEY_SET = {
  keys: [jwk(rsa, { kid: "r", alg: "RS256" }), jwk(ec, { kid: "e", alg: "ES256" }), jwk(ed, { kid: "d" })],
};

function setup(keys: JwtKeys, options: Partial<JwtOptions> & Pick<JwtOptions, "algorithms">) {
  const clock = new ManualClock(NOW * 1_000);
  const logger = new RecordingLogger();
  const authenticate = jwtAuthenticator(keys, { clock, logger, ...options });
  return { authenticate: async (token: string) => authenticate(token), clock, logger };
}

function withSecret(options: Partial<JwtOptions> = {}) {
  return setup({ secret: SECRET }, { algorithms: ["HS256"], issuer: GOOD.iss, audience: GOOD.aud, ...options });
}

function keyFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "jwks-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "jwks.json");
  writeFileSync(path, content);
  return path;
}

function withFile(algorithms: readonly JwtAlgorithm[] = ["RS256", "ES256", "EdDSA"]) {
  return setup({ jwksFile: keyFile(JSON.stringify(KEY_SET)) }, { algorithms });
}

const UNAUTHORIZED = { code: "unauthorized", message: "The token is not valid" };

describe("a good token", () => {
  test("returns the subject, the claims and the time from which the token is refused", async () => {
    const claims = { ...GOOD, accounts: [{ id: "1" }, { id: "2" }] };
    expect(await withSecret().authenticate(mint("HS256", SECRET, claims))).toEqual({
      subject: "ann",
      expiresAt: (NOW + 60 + 5) * 1_000,
      claims,
    });
  });

  test.each([
    ["RS256", rsa, "r"],
    ["ES256", ec, "e"],
    ["EdDSA", ed, "d"],
  ] as const)("with %s is verified with the public key of the key set", async (algorithm, pair, kid) => {
    const token = mint(algorithm, pair.privateKey, GOOD, { kid });
    expect((await withFile().authenticate(token)).subject).toBe("ann");
  });

  test.each([
    ["HS384", 48],
    ["HS512", 64],
  ] as const)("with %s is verified with a secret of %i bytes", async (algorithm, bytes) => {
    const secret = "s".repeat(bytes);
    const { authenticate } = setup({ secret: Buffer.from(secret) }, { algorithms: [algorithm] });
    expect((await authenticate(mint(algorithm, secret, GOOD))).subject).toBe("ann");
  });

  test("is verified once, until it expires", async () => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    onTestFinished(() => verify.mockRestore());
    const { authenticate, clock } = withSecret();
    const token = mint("HS256", SECRET, GOOD);
    const principal = await authenticate(token);
    for (let count = 0; count < 10; count++) expect(await authenticate(token)).toBe(principal);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(Object.isFrozen(principal)).toBe(true);
    clock.advance(65_000);
    await expect(authenticate(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  test("can have its subject in another claim", async () => {
    const { authenticate } = withSecret({ subjectClaim: "user_id" });
    expect((await authenticate(mint("HS256", SECRET, { ...GOOD, user_id: "u7" }))).subject).toBe("u7");
    await expect(authenticate(mint("HS256", SECRET, GOOD))).rejects.toMatchObject(UNAUTHORIZED);
  });

  test("is valid until the end of the clock tolerance", async () => {
    const { authenticate, clock } = withSecret({ clockToleranceSeconds: 3 });
    const token = mint("HS256", SECRET, GOOD);
    clock.advance(62_999);
    const { expiresAt } = await authenticate(token);
    expect(expiresAt).toBe(clock.now() + 1);
    clock.advance(1);
    await expect(authenticate(token)).rejects.toMatchObject(UNAUTHORIZED);
  });
});

const [HEAD, BODY, SIGNATURE] = mint("HS256", SECRET, GOOD).split(".") as [string, string, string];
const withClaims = (claims: object | string) => mint("HS256", SECRET, claims);
/** Returns a token with a claim as JSON text that no serializer would write. */
const withText = (claim: string) => withClaims(`{"sub":"ann","iss":"${GOOD.iss}","aud":"trading",${claim}}`);

describe("a bad token is refused with the same message", () => {
  test.each([
    ["alg none", mint("none", "", GOOD)],
    ["alg None", `${encode('{"alg":"None"}')}.${BODY}.`],
    ["no signature", `${HEAD}.${BODY}.`],
    ["no alg", `${encode("{}")}.${BODY}.${SIGNATURE}`],
    ["another algorithm of the same key", mint("HS512", SECRET, GOOD)],
    ["another secret", mint("HS256", `${SECRET}.`, GOOD)],
    ["a changed claim", `${HEAD}.${encode(JSON.stringify({ ...GOOD, sub: "bob" }))}.${SIGNATURE}`],
    ["a changed header", `${encode('{"alg":"HS256","kid":"x"}')}.${BODY}.${SIGNATURE}`],
    ["an unknown critical header", mint("HS256", SECRET, GOOD, { crit: ["x"], x: 1 })],
    ["an unencoded payload", mint("HS256", SECRET, GOOD, { crit: ["b64"], b64: false })],
    ["another issuer", withClaims({ ...GOOD, iss: "https://issuer.example.evil" })],
    ["no issuer", withClaims({ ...GOOD, iss: undefined })],
    ["another audience", withClaims({ ...GOOD, aud: ["other", "trading2"] })],
    ["no audience", withClaims({ ...GOOD, aud: undefined })],
    ["nbf in the future", withClaims({ ...GOOD, nbf: NOW + 6 })],
    ["nbf as text", withClaims({ ...GOOD, nbf: "0" })],
    ["no exp", withClaims({ ...GOOD, exp: undefined })],
    ["exp null", withText('"exp":null')],
    ["exp as text", withClaims({ ...GOOD, exp: String(NOW + 60) })],
    ["exp NaN", withText('"exp":NaN')],
    ["exp 1e400", withText('"exp":1e400')],
    ["exp beyond any date", withText('"exp":9007199254740991')],
    ["exp with a fraction", withClaims({ ...GOOD, exp: NOW + 60.5 })],
    ["exp in the past", withClaims({ ...GOOD, exp: NOW - 5 })],
    ["exp in a list", withClaims({ ...GOOD, exp: [NOW + 60] })],
    ["a claim twice", withText(`"exp":${NOW + 60},"sub":"bob"`)],
    ["a claim twice, once escaped", withText(`"exp":${NOW + 60},"\\u0073ub" : "bob"`)],
    ["a name twice inside a claim", withText(`"exp":${NOW + 60},"a":[{"id":"1","id":"2"}]`)],
    ["a claim named __proto__", withText(`"exp":${NOW + 60},"__proto__":{"isAdmin":true}`)],
    ["__proto__ inside a claim, escaped", withText(`"exp":${NOW + 60},"a":{"\\u005f_proto__":1}`)],
    ["no subject", withClaims({ ...GOOD, sub: undefined })],
    ["an empty subject", withClaims({ ...GOOD, sub: "" })],
    ["a number as the subject", withClaims({ ...GOOD, sub: 7 })],
    ["a list as the subject", withClaims({ ...GOOD, sub: ["ann"] })],
    ["a subject of 257 characters", withClaims({ ...GOOD, sub: "a".repeat(257) })],
    ["16 KB and a byte", withClaims({ ...GOOD, filler: "x".repeat(16_384) })],
    ["claims that are a list", withClaims("[]")],
    ["claims that are not JSON", withClaims("sub=ann")],
    ["claims that are not UTF-8", `${HEAD}.${encode(Buffer.from([0xff]))}.${SIGNATURE}`],
    ["five parts, as if encrypted", `${HEAD}.a.b.c.${SIGNATURE}`],
    ["nothing", ""],
    ["a string that is not a JWT", "hunter2"],
    ["dots", ".."],
    ["spaces around it", ` ${HEAD}.${BODY}.${SIGNATURE} `],
  ])("%s", async (_what, token) => {
    const { authenticate, logger } = withSecret();
    const error = await authenticate(token).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(Object.assign({}, error)).toMatchObject({ name: "WsServerError", code: "unauthorized" });
    expect((error as Error).message).toBe("The token is not valid");
    expect((error as Error).cause).toBeUndefined();
    const written = JSON.stringify(logger.entries);
    expect(written).toMatch(/ERR_J/);
    for (const part of token.split(".")) if (part.length > 8) expect(written).not.toContain(part);
  });

  test.each([
    ["HS256, signed with the public key's PEM", mint("HS256", PEM, GOOD, { kid: "r" })],
    ["HS256, signed with the public key's bytes", mint("HS256", KEY_SET.keys[0]?.n as string, GOOD, { kid: "r" })],
    ["alg none", mint("none", "", GOOD, { kid: "r" })],
    ["an unknown kid", mint("RS256", rsa.privateKey, GOOD, { kid: "x" })],
    ["the kid of another key", mint("RS256", rsa.privateKey, GOOD, { kid: "e" })],
    ["a path as the kid", mint("RS256", rsa.privateKey, GOOD, { kid: "../../etc" })],
    ["a kid that is an object", mint("RS256", rsa.privateKey, GOOD, { kid: { r: 1 } })],
    ["__proto__ as the kid", mint("RS256", rsa.privateKey, GOOD, { kid: "__proto__" })],
    ["an algorithm that is not pinned", mint("RS512", rsa.privateKey, GOOD, { kid: "r" })],
    ["a foreign key in its header", mint("ES256", ec.privateKey, GOOD, { kid: "x", jwk: jwk(ec, {}) })],
    ["a foreign key set in its header", mint("RS256", rsa.privateKey, GOOD, { kid: "x", jku: "http://127.0.0.1:1/" })],
  ])("with a key set: %s", async (_what, token) => {
    await expect(withFile().authenticate(token)).rejects.toMatchObject(UNAUTHORIZED);
  });

  test("and does not change a prototype", async () => {
    await withSecret()
      .authenticate(withText(`"exp":${NOW + 60},"__proto__":{"isAdmin":true}`))
      .catch(() => {});
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe("invalid options throw", () => {
  const notKeySet = (file: string) =>
    new RegExp(`^Invalid option "jwksFile": expected a readable JSON Web Key Set of public keys, got ".*${file}"$`);
  const notHttps = (url: string) =>
    new RegExp(`^Invalid option "jwksUrl": expected an https URL, or an http URL of localhost, got "${url}"$`);

  test.each<[string, () => unknown, RegExp]>([
    [
      "a short secret",
      () => withOptions({ secret: "s".repeat(31) }, ["HS256"]),
      /^Invalid option "secret": HS256 requires at least 32 bytes, got 31$/,
    ],
    [
      "too short for one of two",
      () => withOptions({ secret: "s".repeat(47) }, ["HS256", "HS384"]),
      /^Invalid option "secret": HS384 requires at least 48 bytes, got 47$/,
    ],
    [
      "a public key as the secret",
      () => withOptions({ secret: PEM }, ["HS256"]),
      /^Invalid option "secret": got a PEM key/,
    ],
    [
      "no secret",
      () => withOptions({ secret: undefined as unknown as string }, ["HS256"]),
      /^Invalid option "secret": expected a string or bytes, got undefined$/,
    ],
    ["no algorithm", () => withOptions({ secret: SECRET }, []), /^Invalid option "algorithms": expected at least one/],
    [
      "none",
      () => withOptions({ secret: SECRET }, ["none" as "HS256"]),
      /^Invalid option "algorithms": with secret, expected some of HS256.* got "none"$/,
    ],
    [
      "a public-key algorithm with a secret",
      () => withOptions({ secret: SECRET }, ["HS256", "RS256"]),
      /^Invalid option "algorithms": with secret, .* got "RS256"$/,
    ],
    [
      "HS with a key set",
      () => withOptions({ jwksUrl: "https://a.example/k" }, ["RS256", "HS256"]),
      /^Invalid option "algorithms": with jwksUrl, .* got "HS256"$/,
    ],
    [
      "two keys",
      () => withOptions({ secret: SECRET, jwksUrl: "https://a.example/k" } as JwtKeys, ["HS256"]),
      /^Pass one of secret, jwksFile and jwksUrl, got 2$/,
    ],
    ["no key", () => withOptions({} as JwtKeys, ["HS256"]), /^Pass one of secret, jwksFile and jwksUrl, got 0$/],
    ["a missing file", () => withOptions({ jwksFile: "no-such.json" }, ["RS256"]), notKeySet("no-such.json")],
    [
      "a file without a key set",
      () => withOptions({ jwksFile: keyFile('{"keys":1}') }, ["RS256"]),
      notKeySet("jwks.json"),
    ],
    ["a private key", () => withOptions({ jwksFile: keyFile(privateSet()) }, ["RS256"]), notKeySet("jwks.json")],
    ["http elsewhere", () => withOptions({ jwksUrl: "http://a.example/k" }, ["RS256"]), notHttps("http://a.example/k")],
    [
      "a host that only begins like localhost",
      () => withOptions({ jwksUrl: "http://127.0.0.1.evil/" }, ["RS256"]),
      notHttps("http://127.0.0.1.evil/"),
    ],
    ["no URL", () => withOptions({ jwksUrl: "keys" }, ["RS256"]), notHttps("keys")],
    [
      "a negative tolerance",
      () => withSecret({ clockToleranceSeconds: -1 }),
      /^Invalid option "clockToleranceSeconds": expected an integer of at least 0, got -1$/,
    ],
    [
      "no token size",
      () => withSecret({ maxTokenBytes: 0 }),
      /^Invalid option "maxTokenBytes": expected an integer of at least 1, got 0$/,
    ],
  ])("%s", (_what, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(message) }));
  });

  test("without the password of a URL", () => {
    expect(() => withOptions({ jwksUrl: "http://u:hunter2@a.example/" }, ["RS256"])).toThrow(
      /^Invalid option "jwksUrl": must not contain a user or password$/,
    );
  });

  function withOptions(keys: JwtKeys, algorithms: readonly JwtAlgorithm[]) {
    return jwtAuthenticator(keys, { algorithms });
  }

  function privateSet(): string {
    return JSON.stringify({ keys: [rsa.privateKey.export({ format: "jwk" })] });
  }
});

describe("a key set file", () => {
  test("is read again when it changes, and its last valid keys are used while it is invalid", async () => {
    const path = keyFile(JSON.stringify({ keys: [jwk(rsa, { kid: "1" })] }));
    const { authenticate, logger } = setup({ jwksFile: path }, { algorithms: ["RS256", "ES256"] });
    const first = mint("RS256", rsa.privateKey, GOOD, { kid: "1" });
    const second = mint("ES256", ec.privateKey, GOOD, { kid: "second" });
    await authenticate(first);
    await expect(authenticate(second)).rejects.toMatchObject(UNAUTHORIZED);

    writeFileSync(path, '{"keys":[');
    await authenticate(first);
    await authenticate(first);
    expect(logger.entries.filter(({ level }) => level === "warn")).toHaveLength(1);

    writeFileSync(path, JSON.stringify({ keys: [jwk(ec, { kid: "second" })] }));
    await authenticate(second);
    await expect(authenticate(first)).rejects.toMatchObject(UNAUTHORIZED);
  });
});

test("a verified token is refused after its key has been removed from the set", async () => {
  const path = keyFile(JSON.stringify(KEY_SET));
  const { authenticate } = setup({ jwksFile: path }, { algorithms: ["RS256"] });
  const token = mint("RS256", rsa.privateKey, GOOD, { kid: "r" });
  expect((await authenticate(token)).subject).toBe("ann");
  writeFileSync(path, JSON.stringify({ keys: KEY_SET.keys.slice(1) }));
  await expect(authenticate(token)).rejects.toMatchObject(UNAUTHORIZED);
});

describe("a key set at a URL", () => {
  /** Returns an authenticator for the key set that the listener serves, and the number of requests. */
  async function serve(listener: RequestListener) {
    let requests = 0;
    const http = createServer((request, response) => {
      requests++;
      listener(request, response);
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    const { port } = http.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/jwks`;
    return { ...setup({ jwksUrl }, { algorithms: ["RS256"] }), requests: () => requests };
  }

  const good = mint("RS256", rsa.privateKey, GOOD, { kid: "r" });
  const unknown = mint("RS256", rsa.privateKey, GOOD, { kid: "x" });

  test("is fetched once for many tokens, and not again for an unknown key", async () => {
    const { authenticate, requests } = await serve((_request, response) => response.end(JSON.stringify(KEY_SET)));
    await Promise.all(Array.from({ length: 20 }, () => authenticate(good)));
    for (let i = 0; i < 20; i++) await expect(authenticate(unknown)).rejects.toMatchObject(UNAUTHORIZED);
    expect(requests()).toBe(1);
  });

  test.each([
    ["with its length", { "content-length": 10_000 * 65_536 }],
    ["in chunks", {}],
  ])("of more than a mebibyte, sent %s, is not read to its end", async (_how, headers) => {
    const chunk = " ".repeat(65_536);
    let written = 0;
    let isCut = false;
    const { authenticate, logger } = await serve((_request, response) => {
      response.on("close", () => {
        isCut = true;
      });
      response.writeHead(200, headers);
      const write = () => {
        while (written < 10_000 && !isCut) {
          written++;
          if (!response.write(chunk)) return void response.once("drain", write);
        }
        if (!isCut) response.end(JSON.stringify(KEY_SET));
      };
      write();
    });
    await expect(authenticate(good)).rejects.toMatchObject({ code: "keys_unavailable", retryable: true });
    // Besides the mebibyte, the sockets' buffers.
    expect(written * chunk.length).toBeLessThan(64 * 2 ** 20);
    expect(String(logger.entries[0]?.fields?.error)).toContain("more than 1048576 bytes");
  });

  test("that does not respond fails after five seconds", async () => {
    const timeout = new AbortController();
    const limit = vi.spyOn(AbortSignal, "timeout").mockReturnValue(timeout.signal);
    onTestFinished(() => limit.mockRestore());
    const { authenticate } = await serve(() => timeout.abort(new DOMException("late", "TimeoutError")));
    await expect(authenticate(good)).rejects.toMatchObject({ code: "keys_unavailable", retryable: true });
    expect(limit).toHaveBeenCalledWith(5_000);
  });

  test.each<[string, RequestListener]>([
    ["fails", (_request, response) => response.writeHead(500).end(JSON.stringify(KEY_SET))],
    ["redirects", (_request, response) => response.writeHead(302, { location: "/other" }).end()],
    ["responds with a page", (_request, response) => response.end("<html>")],
    ["responds without a key set", (_request, response) => response.end('{"keys":{}}')],
    ["hangs up", (request) => request.socket.destroy()],
  ])(
    "that %s makes tokens unverifiable, not invalid, and is requested again after a second",
    async (_what, listener) => {
      const { authenticate, requests, clock, logger } = await serve((request, response) => {
        if (requests() <= 2) listener(request, response);
        else response.end(JSON.stringify(KEY_SET));
      });
      const unavailable = {
        code: "keys_unavailable",
        message: "Tokens cannot be verified at the moment: try again later",
      };
      for (let i = 0; i < 5; i++) await expect(authenticate(good)).rejects.toMatchObject(unavailable);
      expect(requests()).toBe(1);
      clock.advance(1_000);
      await expect(authenticate(good)).rejects.toMatchObject(unavailable);
      expect(requests()).toBe(2);
      expect(logger.entries.map(({ level }) => level)).toEqual(["warn", "warn"]);
      clock.advance(1_000);
      expect((await authenticate(good)).subject).toBe("ann");
    },
  );

  /** Serves the key sets of a rotation, and returns an authenticator that has fetched the first one. */
  async function rotate(...sets: (readonly object[])[]) {
    let present = 0;
    const served = await serve((_request, response) => response.end(JSON.stringify({ keys: sets[present] })));
    return { ...served, publish: () => void present++ };
  }

  const other = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const UNAVAILABLE = { code: "keys_unavailable", retryable: true };

  test.each([
    ["with a key ID", { kid: "new" }, { kid: "new" }, { kid: "r" }],
    ["without a key ID", {}, {}, {}],
    ["with a key ID that the key set does not have", { kid: "new" }, {}, {}],
  ])(
    "that a key %s has just been added to makes its tokens unverifiable until the next fetch",
    async (_name, header, added, before) => {
      const { authenticate, publish, requests, clock } = await rotate(
        [jwk(rsa, before)],
        [jwk(rsa, before), jwk(other, added)],
      );
      await authenticate(mint("RS256", rsa.privateKey, GOOD, before));
      publish();
      clock.advance(1_000);
      const fresh = mint("RS256", other.privateKey, GOOD, header);
      for (let second = 1; second < 30; second++) {
        await expect(authenticate(fresh)).rejects.toMatchObject(UNAVAILABLE);
        clock.advance(1_000);
      }
      expect(requests()).toBe(1);
      expect((await authenticate(fresh)).subject).toBe("ann");
      expect(requests()).toBe(2);
    },
  );

  test("that a later fetch has not brought either makes a token invalid", async () => {
    const { authenticate, requests, clock } = await rotate([jwk(rsa, { kid: "r" })]);
    await authenticate(good);
    clock.advance(1_000);
    await expect(authenticate(unknown)).rejects.toMatchObject(UNAVAILABLE);
    clock.advance(29_000);
    for (let count = 0; count < 3; count++) await expect(authenticate(unknown)).rejects.toMatchObject(UNAUTHORIZED);
    expect(requests()).toBe(2);
    clock.advance(1_000);
    await expect(authenticate(unknown)).rejects.toMatchObject(UNAUTHORIZED);
    // The key can be published later: it is fetched again after the cooldown.
    clock.advance(29_000);
    await expect(authenticate(unknown)).rejects.toMatchObject(UNAUTHORIZED);
    expect(requests()).toBe(3);
  });

  test("with a known key makes a token with a wrong signature invalid, without a fetch", async () => {
    const { authenticate, requests, clock } = await rotate([jwk(rsa, { kid: "r" })]);
    await authenticate(good);
    clock.advance(60_000);
    const forged = mint("RS256", other.privateKey, GOOD, { kid: "r" });
    await expect(authenticate(forged)).rejects.toMatchObject(UNAUTHORIZED);
    expect(requests()).toBe(1);
  });
});

describe("several fitting keys", () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2_048 });

  test.each([
    ["without key IDs, for a token without one", {}, {}],
    ["without key IDs, for a token with one", {}, { kid: "x" }],
    ["with the same key ID", { kid: "x" }, { kid: "x" }],
    ["with key IDs, for a token without one", undefined, {}],
  ])("%s are all tried", async (_name, members, header) => {
    const keys = [jwk(rsa, members ?? { kid: "1" }), jwk(other, members ?? { kid: "2" })];
    const { authenticate } = setup({ jwksFile: keyFile(JSON.stringify({ keys })) }, { algorithms: ["RS256"] });
    for (const { privateKey } of [rsa, other]) {
      expect((await authenticate(mint("RS256", privateKey, GOOD, header))).subject).toBe("ann");
    }
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    await expect(authenticate(mint("RS256", privateKey, GOOD, header))).rejects.toMatchObject(UNAUTHORIZED);
  });

  test("of a list of secrets are all tried", async () => {
    const secrets = [SECRET, "the secret that was used before that one"];
    const { authenticate } = setup({ secret: secrets }, { algorithms: ["HS256"] });
    for (const secret of secrets) expect((await authenticate(mint("HS256", secret, GOOD))).subject).toBe("ann");
    await expect(authenticate(mint("HS256", "x".repeat(32), GOOD))).rejects.toMatchObject(UNAUTHORIZED);
  });

  test.each([
    [[], 'Invalid option "secret": expected at least one, got an empty list'],
    [[SECRET, "short"], 'Invalid option "secret[1]": HS256 requires at least 32 bytes, got 5'],
  ])("of the list %j are refused", (secret, message) => {
    expect(() => jwtAuthenticator({ secret }, { algorithms: ["HS256"] })).toThrow(message);
  });
});
