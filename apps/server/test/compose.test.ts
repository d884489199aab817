import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { describeStartupError } from "../src/cli/startup-error.js";
import { compose } from "../src/compose.js";
import { limitsOf } from "../src/config/app-limits.js";
import { EnvError, type Environment, parseEnv } from "../src/config/env.js";
import { Client, getJson, silent } from "./helpers.js";
import { until } from "./until.js";

/** A self-signed certificate for localhost and its key, used only in these tests. */
const TLS_CERT_FILE = fileURLToPath(new URL("fixtures/tls/cert.pem", import.meta.url));
const TLS_KEY_FILE = fileURLToPath(new URL("fixtures/tls/key.pem", import.meta.url));

/** Starts the server that an environment describes, with only the datafeed, on a free port. */
async function start(given: Environment) {
  // A busy machine can need longer than the default to compute the simulated prices.
  const env = parseEnv({ ENABLED_MODULES: "datafeed", TOPIC_START_TIMEOUT_MS: "0", ...given });
  const { app } = await compose(env, { logger: silent });
  onTestFinished(() => app.close());
  return { app, port: await app.listen(0, env.HOST) };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "compose-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test.each([
  [{ COMPACT_UPDATES: "on" }, "trading.v2.compact"],
  [{}, "trading.v2"],
])("with %j a client that offers compact updates gets %s", async (given, selected) => {
  const { port } = await start(given);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws`, ["trading.v2.compact", "trading.v2"]);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  expect(socket.protocol).toBe(selected);
});

test("refuses operators' tokens without a port for them, and damaged revocations", async () => {
  const ADMIN_TOKEN = "t".repeat(32);
  await expect(start({ ADMIN_TOKEN })).rejects.toThrow("METRICS_PORT is not set: ADMIN_TOKEN needs it");
  const DATA_DIR = folder();
  writeFileSync(join(DATA_DIR, "revocations.json"), "{");
  await expect(start({ ADMIN_TOKEN, METRICS_PORT: "0", DATA_DIR })).rejects.toThrow(
    "revocations.json is damaged: expected a list of revocations.",
  );
});

describe("a start that cannot use DATA_DIR names it, and the file", () => {
  const ADMIN_TOKEN = "t".repeat(32);

  test("for revocations that are there and cannot be read", async () => {
    const DATA_DIR = folder();
    mkdirSync(join(DATA_DIR, "revocations.json"));
    const starting = start({ ADMIN_TOKEN, METRICS_PORT: "0", DATA_DIR });
    await expect(starting).rejects.toThrow(/^Cannot use ".*revocations\.json" of DATA_DIR: EISDIR/);
    await expect(starting).rejects.toBeInstanceOf(EnvError);
  });

  test.each([{ AUTH_MODE: "demo" }, { DATAFEED: "replay" }, { ADMIN_TOKEN, METRICS_PORT: "0" }])(
    "if it is a file: %j",
    async (given) => {
      const DATA_DIR = join(folder(), "file");
      writeFileSync(DATA_DIR, "");
      await expect(start({ ...given, DATA_DIR })).rejects.toThrow(/^Cannot use ".*file.*" of DATA_DIR: E/);
    },
  );
});

test("only a port that needs privileges is reported as one", () => {
  const denied = (syscall: string) => Object.assign(new Error("denied"), { code: "EACCES", syscall });
  expect(describeStartupError(denied("listen"), "127.0.0.1", 80)).toContain("Port 80 requires privileges");
  expect(describeStartupError(denied("open"), "127.0.0.1", 80)).toMatch(/^Error: denied\n/);
});

test.each([
  [{ AUTH_MODE: "demo" }, "http://localhost:5173"],
  [{}, null],
  [{ AUTH_MODE: "demo", ALLOWED_ORIGINS: "http://localhost:3000" }, null],
])("with %j a page of localhost:5173 gets the CORS header %s", async (given, allowed) => {
  const { port } = await start({ DATA_DIR: folder(), ...given });
  const headers = { origin: "http://localhost:5173" };
  const reply = await fetch(`http://localhost:${port}/api/v1/datafeed/config`, { headers });
  await reply.arrayBuffer();
  expect(reply.headers.get("access-control-allow-origin")).toBe(allowed);
});

describe("modules", () => {
  test("are all modules by default, or those that ENABLED_MODULES names", async () => {
    const names = async (given: Environment) => {
      const { port } = await start({ AUTH_MODE: "demo", DATA_DIR: folder(), ...given });
      const { body } = await getJson<{ modules: { name: string }[] }>(`http://127.0.0.1:${port}/api/v1/versions`);
      return body.modules.map(({ name }) => name);
    };
    expect(await names({ ENABLED_MODULES: "all" })).toEqual(["datafeed", "broker"]);
    expect(await names({ ENABLED_MODULES: " broker , datafeed" })).toEqual(["datafeed", "broker"]);
    expect(await names({ ENABLED_MODULES: "broker" })).toEqual(["broker"]);
  });

  test.each(["datafed", "datafeed,constructor", "datafeed,All"])(
    "rejects unknown modules with the available ones: %s",
    async (given) => {
      const env = parseEnv({ ENABLED_MODULES: given });
      const unknown = given.split(",").at(-1);
      await expect(compose(env, { logger: silent })).rejects.toThrow(
        `Unknown module "${unknown}" in ENABLED_MODULES: expected all, or some of datafeed,broker.`,
      );
    },
  );

  test("rejects modules with accounts when authentication is not configured, and names the variables to set", async () => {
    await expect(compose(parseEnv({ DATA_DIR: folder() }), { logger: silent })).rejects.toThrow(
      "AUTH_MODE is not set, but the module broker needs it: set AUTH_MODE=demo to try it on this machine, " +
        "AUTH_MODE=jwt with a JWT_SECRET to serve others, or disable the module with ENABLED_MODULES=datafeed.",
    );
  });
});

describe("limits", () => {
  async function rejectionOf(url: string): Promise<number> {
    const [, response] = await once(new WebSocket(url), "unexpected-response");
    response.resume();
    return response.statusCode;
  }

  test.each<[Environment, number]>([
    [{ MAX_CONNECTIONS: "1" }, 503],
    [{ MAX_CONNECTIONS_PER_ADDRESS: "1", TRUSTED_PROXIES: "none" }, 429],
  ])("%j rejects one more connection with %d", async (given, status) => {
    const { port } = await start(given);
    const url = `ws://127.0.0.1:${port}/api/v1/ws`;
    await Client.connect(url);
    expect(await rejectionOf(url)).toBe(status);
  });

  test("a request with a proxy's header is reported if TRUSTED_PROXIES is not set", async () => {
    for (const [given, count] of [
      [{}, 1],
      [{ TRUSTED_PROXIES: "none" }, 0],
    ] as const) {
      const warnings: string[] = [];
      const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
      const { app } = await compose(parseEnv({ ENABLED_MODULES: "datafeed", ...given }), { logger });
      onTestFinished(() => app.close());
      const port = await app.listen(0, "127.0.0.1");
      await fetch(`http://127.0.0.1:${port}/api/v1/health`, { headers: { "x-forwarded-for": "203.0.113.7" } });
      expect(warnings.filter((message) => message.includes("TRUSTED_PROXIES"))).toHaveLength(count);
    }
  });

  test("MAX_TOPICS_PER_CONNECTION rejects one more subscription", async () => {
    const { port } = await start({ MAX_TOPICS_PER_CONNECTION: "1" });
    const client = await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws`);
    for (const symbol of ["AAPL", "MSFT"]) client.send("bars.subscribe", { symbol, resolution: "1" });
    await until(() => client.frames.filter(({ type }) => type === "bars.subscribe.response").length === 2);
    const codes = client.frames.map(({ payload }) => payload.code).filter((code) => code !== undefined);
    expect(codes).toEqual(["too_many_subscriptions"]);
  });

  test.each([
    [{ MAX_LIST_ITEMS_PER_CONNECTION: "2" }, "too_many_subscriptions"],
    [{ AUTH_MODE: "demo", MAX_LIST_ITEMS_PER_ANONYMOUS_CONNECTION: "2" }, "too_many_subscriptions"],
    [{ MAX_LIST_ITEMS_PER_CONNECTION: "3" }, undefined],
  ])("%j limits the symbols of a connection", async (given, code) => {
    const { port } = await start({ ...given, DATA_DIR: folder() });
    const client = await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws`);
    client.send("quotes.subscribe", { symbols: [], fast_symbols: ["AAPL", "MSFT", "TSLA"] });
    expect((await client.next()).payload.code).toBe(code);
  });

  test("workers share the rate of new connections of an address, and each has the other limits", () => {
    const given = { TRUSTED_PROXIES: "none", MAX_CONNECTIONS_PER_ADDRESS: "30", MAX_TOPICS: "9" };
    const limits = (WORKERS: string, rate: string) => {
      const env = parseEnv({ ...given, WORKERS, MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: rate });
      const { sockets, streaming, rates } = limitsOf(env);
      return [sockets?.maxNewConnectionsPerSecond, streaming?.maxConnectionsPerAddress, streaming?.maxTopics, rates];
    };
    const rates = { perAddress: 100, perUser: 50, perAccount: 20 };
    expect(limits("1", "200")).toEqual([200, 30, 9, rates]);
    expect(limits("4", "200")).toEqual([50, 30, 9, rates]);
    // Each worker accepts one connection a second at least.
    expect(limits("16", "8")).toEqual([1, 30, 9, rates]);
    expect(limits("4", "0")).toEqual([0, 30, 9, rates]);
  });

  test.each<[Environment, string]>([
    [
      { TRUSTED_PROXIES: "10.0.0.0/99" },
      'Invalid TRUSTED_PROXIES: expected addresses or CIDR blocks such as 10.0.0.1 or 10.0.0.0/8, got "10.0.0.0/99".',
    ],
    [
      { ALLOWED_ORIGINS: "app.example.com" },
      'Invalid ALLOWED_ORIGINS: expected scheme://host or scheme://host:port, got "app.example.com".',
    ],
  ])("%j is rejected with a message that names the variable", async (given, message) => {
    const error = await compose(parseEnv({ ENABLED_MODULES: "datafeed", ...given }), { logger: silent }).catch(
      (reason: unknown) => reason,
    );
    expect(describeStartupError(error, "127.0.0.1", 8_000)).toContain(message);
  });
});

describe("the price step of an instrument is a setting", () => {
  const symbolOf = async (given: Environment, symbol: string) => {
    const { port } = await start({ AUTH_MODE: "demo", ENABLED_MODULES: "all", DATA_DIR: folder(), ...given });
    const url = `http://127.0.0.1:${port}/api/v1`;
    const { body } = await getJson<object>(`${url}/datafeed/resolve/${symbol}`);
    const orderAt = (limitPrice: number) =>
      getJson<{ detail?: string }>(`${url}/broker/orders?accountId=TEST-001`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ symbol, type: 1, side: 1, qty: 1, limitPrice }),
      });
    return { body, orderAt };
  };

  test("for the external feed: on charts, and for the broker's orders", async () => {
    const given = { DATAFEED: "external", EXTERNAL_SYMBOLS: "ACME,ES=0.25" };
    const { body, orderAt } = await symbolOf(given, "ES");
    expect(body).toMatchObject({ minmov: 25, pricescale: 100 });
    expect((await orderAt(4_500.1)).body.detail).toContain("it must be a multiple of 0.25");
  });

  test("for a recording, instead of the decimals of its prices", async () => {
    const file = join(folder(), "es.csv");
    const days = ["2026-01-05,4500.25,4500.5,4500,4500.25,9", "2026-01-06,4501,4501,4501,4501,9"];
    writeFileSync(file, ["date,open,high,low,close,volume", ...days, ""].join("\n"));
    const given = { DATAFEED: "replay", REPLAY_FILE: file };
    expect((await symbolOf(given, "ES")).body).toMatchObject({ minmov: 1, pricescale: 100 });
    const { body, orderAt } = await symbolOf({ ...given, REPLAY_PRICE_STEP: "0.25" }, "ES");
    expect(body).toMatchObject({ minmov: 25, pricescale: 100 });
    expect((await orderAt(4_500.1)).body.detail).toContain("it must be a multiple of 0.25");
  });
});

describe("TLS", () => {
  test("serves https and wss when there is a certificate", async () => {
    const { app, port } = await start({ TLS_CERT_FILE, TLS_KEY_FILE });
    const ca = readFileSync(TLS_CERT_FILE);
    const [response] = await once(get({ port, path: "/api/v1/health", ca, agent: false }), "response");
    expect(await json(response)).toMatchObject({ status: "ok" });
    const socket = new WebSocket(`wss://localhost:${port}/api/v1/ws`, { ca });
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    expect(app.stream.counts().connections).toBe(1);
    await expect(fetch(`http://127.0.0.1:${port}/api/v1/health`)).rejects.toThrow();
  });

  test("rejects files that are not a certificate and its key", async () => {
    const other = join(folder(), "other.pem");
    writeFileSync(other, "no key");
    await expect(start({ TLS_CERT_FILE, TLS_KEY_FILE: other })).rejects.toThrow(
      "expected a certificate and its private key, both PEM",
    );
    await expect(start({ TLS_CERT_FILE: "gone", TLS_KEY_FILE })).rejects.toThrow(
      'Cannot read the file "gone" that TLS_CERT_FILE names: ENOENT',
    );
  });
});
