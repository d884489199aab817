import { systemClock } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { compose } from "../src/compose.js";
import { parseEnv } from "../src/config/env.js";
import { listen } from "../src/listen.js";
import { Datafeed } from "../src/modules/datafeed/service.js";
import { silent } from "./helpers.js";
import { ACME, TapeSource } from "./modules/datafeed/tape-source.js";

const ENV = { PORT: "0", METRICS_PORT: "0", ENABLED_MODULES: "datafeed" };

/** Creates a promise that a test resolves. */
function signal() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

/** Starts a server whose source is prepared when a test says so. */
async function start(prepare: () => Promise<void>, clock = systemClock) {
  const env = parseEnv(ENV);
  const server = await compose(env, { logger: silent });
  onTestFinished(async () => {
    await server.app.close();
    await server.datafeed.close();
    await server.monitoring?.close();
  });
  const warnings: string[] = [];
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  const datafeed = new Datafeed(Object.assign(new TapeSource(["1"], [ACME]), { prepare }), logger);
  let monitoringUrl = "";
  const monitoring = {
    listen: async (port: number, host: string) => {
      const actual = await (server.monitoring as NonNullable<typeof server.monitoring>).listen(port, host);
      monitoringUrl = `http://127.0.0.1:${actual}`;
      return actual;
    },
    close: async () => {},
  };
  const listening = listen({ app: server.app, datafeed, monitoring }, env, clock);
  return {
    ...server,
    listening,
    warnings,
    statusOf: async (path: string) => (await fetch(monitoringUrl + path)).status,
  };
}

test("a server is not ready, and accepts no clients, before its datafeed is prepared", async () => {
  let finish = () => {};
  const asked = signal();
  const { app, listening, statusOf } = await start(() => {
    asked.resolve();
    return new Promise((resolve) => (finish = resolve));
  });
  await asked.promise;
  expect(await statusOf("/healthz")).toBe(200);
  expect(await statusOf("/readyz")).toBe(503);
  expect(app.state).toBe("starting");
  finish();
  const ports = await listening;
  expect(await statusOf("/readyz")).toBe(200);
  expect((await fetch(`http://127.0.0.1:${ports?.port}/api/v1/health`)).status).toBe(200);
});

test("a source that cannot be prepared delays no client forever", async () => {
  const failed = await start(() => Promise.reject(new Error("no connection")));
  expect(await failed.listening).toMatchObject({ port: expect.any(Number) });
  expect(failed.warnings).toEqual(["The market source is not prepared: its first subscribers wait longer"]);

  const clock = new ManualClock();
  const asked = signal();
  const silentOne = await start(() => {
    asked.resolve();
    return new Promise(() => {});
  }, clock);
  await asked.promise;
  clock.advance(30_000);
  expect(await silentOne.listening).toMatchObject({ port: expect.any(Number) });
  expect(silentOne.warnings).toHaveLength(1);
});

test("a server that is stopped while its datafeed is prepared does not begin to listen", async () => {
  let finish = () => {};
  const asked = signal();
  const { app, listening } = await start(() => {
    asked.resolve();
    return new Promise((resolve) => (finish = resolve));
  });
  await asked.promise;
  await app.close();
  finish();
  expect(await listening).toBeUndefined();
});
