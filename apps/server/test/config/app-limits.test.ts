import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compose } from "../../src/compose.js";
import { fixedLimitsOf, limitsOf, maxSocketsOf } from "../../src/config/app-limits.js";
import { type Environment, parseEnv } from "../../src/config/env.js";
import { LIMITS } from "../../src/config/limits.js";
import { Client, silent } from "../helpers.js";
import { until } from "../until.js";

/** Starts the server that an environment describes, with only the datafeed, on a free port. */
async function start(given: Environment, query = "") {
  const DATA_DIR = mkdtempSync(join(tmpdir(), "limits-"));
  onTestFinished(() => rmSync(DATA_DIR, { recursive: true }));
  const env = parseEnv({ ENABLED_MODULES: "datafeed", DATA_DIR, TOPIC_START_TIMEOUT_MS: "0", ...given });
  const { app } = await compose(env, { logger: silent });
  onTestFinished(() => app.close());
  const port = await app.listen(0, env.HOST);
  return { app, client: await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws${query}`) };
}

const SESSION = "?protocol=2";
const quotes = (...symbols: string[]) => ({ symbols: [], fast_symbols: symbols });

test.each(Object.keys(LIMITS))("%s is an option of the server, with its value", (name) => {
  // Limits before a login, and of open files, are lowered to others.
  const value = /ANONYMOUS|^MAX_CONNECTIONS$/.test(name) ? 29 : 1_234_567;
  const env = parseEnv({ TRUSTED_PROXIES: "none", [name]: `${value}` });
  expect(JSON.stringify([limitsOf(env), fixedLimitsOf(env)])).toMatch(new RegExp(`:${value}\\b`));
});

test.each<[Environment, number | undefined, number]>([
  [{}, 1_048_576, 10_000],
  [{}, undefined, 10_000],
  [{}, 1_024, 760],
  [{ MAX_CONNECTIONS: "0" }, 1_048_576, 1_048_312],
  [{ MAX_CONNECTIONS: "0" }, undefined, 0],
])("%j with %s open files permits %d sockets", (given, openFiles, expected) => {
  expect(maxSocketsOf(parseEnv(given), openFiles)).toBe(expected);
});

test.each<[Environment, number]>([
  [{ MAX_CONNECTIONS: "1999" }, 999],
  [{ MAX_CONNECTIONS: "1" }, 1],
  [{ MAX_CONNECTIONS: "100", MAX_CONNECTIONS_PER_ADDRESS: "70" }, 70],
  [{ MAX_CONNECTIONS_PER_ADDRESS: "0" }, 0],
])("%j permits %d sockets of an address", (given, expected) => {
  expect(limitsOf(parseEnv(given)).streaming?.maxConnectionsPerAddress).toBe(expected);
});

test("a connection has at most as much before its login as after it", () => {
  const anonymous = (given: Environment) => limitsOf(parseEnv(given)).streaming?.anonymousLimits;
  const lower = { MAX_TOPIC_CHARACTERS_PER_CONNECTION: "7", MAX_SOCKET_REQUESTS_PER_SECOND_PER_CONNECTION: "8" };
  expect(anonymous(lower)).toMatchObject({ maxTopicCharacters: 7, maxRequestsPerSecond: 8, maxSubscriptions: 100 });
  expect(anonymous({ MAX_TOPIC_CHARACTERS_PER_CONNECTION: "0" })).toMatchObject({ maxTopicCharacters: 65_536 });
});

describe("the engine applies", () => {
  test.each<[Environment, string, string]>([
    [{ MAX_TOPIC_CHARACTERS_PER_CONNECTION: "10" }, "too_many_subscriptions", "10 characters"],
    [{ AUTH_MODE: "demo", MAX_TOPIC_CHARACTERS_PER_ANONYMOUS_CONNECTION: "11" }, "too_many_subscriptions", "11"],
    [{ TRUSTED_PROXIES: "none", MAX_TOPIC_CHARACTERS_PER_ADDRESS: "12" }, "too_many_subscriptions", "12"],
    [{ MAX_TOPIC_LENGTH: "9" }, "topic_too_long", "the maximum is 9"],
  ])("%j: a subscription is refused", async (given, code, message) => {
    const { client } = await start(given);
    client.send("quotes.subscribe", quotes("AAPL"));
    const { payload } = await client.next();
    expect([payload.code, payload.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test.each<Environment>([
    { MAX_SUBSCRIBED_BYTES_PER_CONNECTION: "1" },
    { AUTH_MODE: "demo", MAX_SUBSCRIBED_BYTES_PER_ANONYMOUS_CONNECTION: "1" },
    { TRUSTED_PROXIES: "none", MAX_SUBSCRIBED_BYTES_PER_ADDRESS: "1" },
  ])("%j: no subscription after one with updates", async (given) => {
    const { client, app } = await start(given);
    client.send("quotes.subscribe", quotes("AAPL"));
    await until(() => app.stream.stats().retainedBytes > 1);
    client.send("bars.subscribe", { symbol: "MSFT", resolution: "1" });
    const isRefused = () => client.frames.some(({ payload }) => payload.code === "too_many_subscriptions");
    await until(isRefused);
  });

  test("MAX_RETAINED_BYTES_PER_TOPIC: a topic keeps less", async () => {
    const retained = async (given: Environment) => {
      const { client, app } = await start(given);
      client.send("quotes.subscribe", quotes("AAPL", "MSFT"));
      await until(() => client.frames.filter(({ type }) => type === "quotes.update").length >= 2);
      return app.stream.stats().retainedBytes;
    };
    expect(await retained({ MAX_RETAINED_BYTES_PER_TOPIC: "1" })).toBeLessThan(0.7 * (await retained({})));
  });

  test("the rate and burst of a connection: pings above them close it", async () => {
    const { client } = await start({
      MAX_SOCKET_REQUESTS_PER_SECOND_PER_CONNECTION: "1",
      MAX_SOCKET_REQUEST_BURST_PER_CONNECTION: "2",
    });
    for (let pings = 0; pings < 8; pings++) client.socket.ping();
    expect((await once(client.socket, "close"))[0]).toBe(1008);
  });

  test("MAX_FRAME_BYTES: a larger message closes the socket", async () => {
    const { client } = await start({ MAX_FRAME_BYTES: "20" });
    client.socket.send("x".repeat(21));
    expect((await once(client.socket, "close"))[0]).toBe(1009);
  });

  test("MAX_ERRORS_PER_CONNECTION: one more closes the socket", async () => {
    const { client } = await start({ MAX_ERRORS_PER_CONNECTION: "1" }, SESSION);
    for (let errors = 0; errors < 3; errors++) client.send("no.such.type", {});
    expect((await once(client.socket, "close"))[0]).toBe(4102);
  });

  test("HEARTBEAT_INTERVAL_MS and MAX_CONNECTION_LIFESPAN_MS, and sends them to clients", async () => {
    const { client } = await start({ HEARTBEAT_INTERVAL_MS: "1234", MAX_CONNECTION_LIFESPAN_MS: "300" }, SESSION);
    expect((await client.next()).payload).toMatchObject({ heartbeatIntervalMs: 1_234, maxConnectionLifespanMs: 300 });
    expect((await once(client.socket, "close"))[0]).toBe(4201);
  });
});
