import { once } from "node:events";
import { get } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { defineModule } from "@trading/ws-server";
import { prometheusMetrics } from "@trading/ws-server/metrics";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createApp, VERSION } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import type { ServerModule } from "../../src/modules/module.js";
import { createMonitoringServer } from "../../src/monitoring/monitoring-server.js";
import { Ledger } from "../fixtures/ledger.js";
import { Client, getJson, silent } from "../helpers.js";
import { until } from "../until.js";

const access = accessByClaims(() => ({ subject: "guest" }), new Set(["OPEN"]));

/** A module that is always ready. */
class Prices implements ServerModule {
  readonly name = "prices";
  readonly streams = defineModule({ name: "prices", version: "1.0.0", routes: [] });
  registerRest(): void {}
  readiness = () => ({ status: "ready" }) as const;
  async close(): Promise<void> {}
}

/** Creates an app that does not listen yet, and its monitoring server. */
async function start(modules?: readonly ServerModule[]) {
  const clock = new ManualClock();
  const ledger = new Ledger();
  const metrics = prometheusMetrics();
  const app = await createApp({ modules: modules ?? [ledger], access, clock, logger: silent, metrics });
  const monitoring = createMonitoringServer(app, metrics);
  onTestFinished(async () => {
    await app.close();
    await monitoring.close();
  });
  const port = await monitoring.listen(0, "127.0.0.1");
  const request = (path: string) => getJson(`http://127.0.0.1:${port}${path}`);
  const text = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { app, ledger, clock, request, text };
}

test("is ready while it listens and a module is ready, and is always alive", async () => {
  const { app, ledger, request } = await start();
  const modules = { ledger: "ready" };
  expect(await request("/readyz")).toEqual({ status: 503, body: { state: "starting", modules } });
  await app.listen(0, "127.0.0.1");
  expect(await request("/readyz")).toEqual({ status: 200, body: { state: "serving", modules } });
  expect(await request("/readyz/ledger")).toEqual({ status: 200, body: { state: "serving", modules } });
  ledger.ready = { status: "unavailable", reason: "no ink" };
  expect(await request("/readyz?verbose")).toEqual({
    status: 503,
    body: { state: "serving", modules: { ledger: "no ink" } },
  });
  expect(await request("/healthz")).toEqual({
    status: 200,
    body: { status: "ok", loopBlockedMs: expect.any(Number) },
  });
  const unknown = { detail: "Not found. See /healthz, /readyz, /readyz/ledger, /metrics." };
  expect(await request("/")).toEqual({ status: 404, body: unknown });
  expect(await request("/readyz/other")).toEqual({ status: 404, body: unknown });
});

test("a module that is not ready does not take the others with it, but a standby receives no clients", async () => {
  const ledger = new Ledger();
  const { app, request, text } = await start([new Prices(), ledger]);
  const port = await app.listen(0, "127.0.0.1");
  const health = async () =>
    ((await getJson(`http://127.0.0.1:${port}/api/v1/health`)).body as { modules: unknown[] }).modules[1];
  const statuses = async () => {
    const paths = ["/readyz", "/readyz/prices", "/readyz/ledger"];
    return (await Promise.all(paths.map(request))).map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 200, 200]);
  expect(await health()).toEqual({ name: "ledger", ready: true, status: "ready" });
  ledger.ready = { status: "unavailable", reason: "store unavailable: secret detail" };
  expect(await statuses()).toEqual([200, 200, 503]);
  expect(await health()).toEqual({ name: "ledger", ready: false, status: "unavailable" });
  expect(await text()).toContain('trading_module_ready{module="ledger"} 0\n');
  expect(await text()).toContain('trading_module_standby{module="ledger"} 0\n');
  expect(await text()).toContain('trading_module_ready{module="prices"} 1\n');
  ledger.ready = { status: "standby", reason: "standby: held by trading-1" };
  expect(await statuses()).toEqual([503, 200, 503]);
  expect(await request("/readyz")).toEqual({
    status: 503,
    body: { state: "serving", modules: { prices: "ready", ledger: "standby: held by trading-1" } },
  });
  expect(await health()).toEqual({ name: "ledger", ready: false, status: "standby" });
  expect(await text()).toContain('trading_module_standby{module="ledger"} 1\n');
});

test("drains: is not ready, rejects new connections, serves requests, closes connections, then closes the modules", async () => {
  const { app, ledger, clock, request } = await start();
  const port = await app.listen(0, "127.0.0.1");
  const url = `ws://127.0.0.1:${port}/api/v1/ws`;
  const clients = await Promise.all([Client.connect(url), Client.connect(url)]);
  const codes = clients.map(({ socket }) => once(socket, "close"));
  let isClosed = false;
  const closed = app.close({ drainMs: 10_000 }).then(() => {
    isClosed = true;
  });
  expect(await request("/readyz")).toMatchObject({ status: 503, body: { state: "draining" } });
  expect(await request("/healthz")).toMatchObject({ status: 200 });
  expect(await getJson(`http://127.0.0.1:${port}/api/v1/health`)).toMatchObject({
    status: 200,
    body: { status: "draining" },
  });
  const [, rejected] = await once(new WebSocket(url), "unexpected-response");
  rejected.resume();
  expect(rejected.statusCode).toBe(503);
  expect(ledger.closed).toBe(0);
  await until(() => {
    if (clock.pending > 0) clock.advance(1_000);
    return isClosed;
  });
  await closed;
  expect((await Promise.all(codes)).map(([code]) => code)).toEqual([1012, 1012]);
  expect(ledger.closed).toBe(1);
  await expect(fetch(`http://127.0.0.1:${port}/api/v1/health`)).rejects.toThrow();
  await app.close();
  expect(ledger.closed).toBe(1);
});

test("accepts clients for delayMs while it is not ready, before it drains", async () => {
  const { app, clock, request } = await start();
  const url = `ws://127.0.0.1:${await app.listen(0, "127.0.0.1")}/api/v1/ws`;
  const closed = app.close({ delayMs: 3_000, drainMs: 0 });
  expect(await request("/readyz")).toMatchObject({ status: 503, body: { state: "draining" } });
  clock.advance(2_999);
  const client = await Client.connect(url);
  const ended = once(client.socket, "close");
  clock.advance(1);
  expect((await ended)[0]).toBe(1012);
  await closed;
});

test("replies 503 with Retry-After to an upgrade that is complete only after the sockets have closed", async () => {
  const { app } = await start();
  const socket = connect(await app.listen(0, "127.0.0.1"), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const head = (path: string) => `GET /api/v1/${path} HTTP/1.1\r\nhost: localhost\r\n`;
  // With the reply to the first request, the server has read the beginning of the second one.
  socket.write(`${head("health")}\r\n${head("ws")}connection: upgrade\r\n`);
  await once(socket.setEncoding("utf8"), "data");
  const closed = app.close();
  await app.stream.close();
  socket.end("upgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n");
  let reply = "";
  for await (const text of socket) reply += text;
  expect(reply).toMatch(/HTTP\/1.1 503 Service Unavailable\r\nretry-after: 1\r\n/i);
  await closed;
});

test("finishes pending requests before it closes, and aborts those that take too long", async () => {
  for (const isFinished of [true, false]) {
    const { app, ledger, clock } = await start();
    let release = () => {};
    ledger.slow = new Promise((resolve) => {
      release = resolve;
    });
    const port = await app.listen(0, "127.0.0.1");
    const reply = fetch(`http://127.0.0.1:${port}/api/v1/ledger/slow`).then(
      ({ status }) => status,
      () => "aborted",
    );
    await until(() => ledger.handled.length === 1);
    const closed = app.close();
    if (isFinished) release();
    else {
      // The request's own time limit, and that of closing, which begins after the sockets have closed.
      await app.stream.close();
      await until(() => clock.pending > 1);
      clock.advance(5_000);
    }
    expect(await reply).toBe(isFinished ? 200 : "aborted");
    release();
    await closed;
    expect(ledger.closed).toBe(1);
  }
});

test("measures requests by endpoint, without text from clients, and measures the socket", async () => {
  const { app, text } = await start();
  const port = await app.listen(0, "127.0.0.1");
  const of = (path: string, init?: RequestInit) => getJson(`http://127.0.0.1:${port}${path}`, init);
  await of("/api/v1/ledger/balance?accountId=OPEN");
  await of("/api/v1/ledger/balance?accountId=OPEN");
  await of("/api/v1/ledger/balance?accountId=SECRET-1");
  await of("/api/v1/ledger/notes/SECRET-2?accountId=OPEN", { method: "PUT" });
  await of("/api/v1/ledger/notes/SECRET-3?accountId=OPEN", { method: "DELETE" });
  await of("/SECRET-4");
  const client = await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws`);
  client.send("account.subscribe", { accountId: "OPEN" });
  await client.next();
  const metrics = await text();
  const count = (method: string, endpoint: string, status: number) =>
    `trading_http_request_duration_seconds_count{method="${method}",endpoint="${endpoint}",status="${status}"}`;
  expect(metrics).toContain(`${count("GET", "/api/v1/ledger/balance", 200)} 2\n`);
  expect(metrics).toContain(`${count("GET", "/api/v1/ledger/balance", 401)} 1\n`);
  expect(metrics).toContain(`${count("PUT", "/api/v1/ledger/notes/:id", 400)} 1\n`);
  expect(metrics).toContain(`${count("DELETE", "/api/v1/ledger/notes/:id", 405)} 1\n`);
  expect(metrics).toContain(`${count("GET", "none", 404)} 1\n`);
  expect(metrics).toContain('trading_ws_connections{protocol="base"} 1\n');
  expect(metrics).toContain('trading_ws_subscriptions{route="account"} 1\n');
  expect(metrics).not.toContain("SECRET");
});

test("names METRICS_PORT in the error when its port is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const metrics = prometheusMetrics();
  const app = await createApp({ modules: [], clock: new ManualClock(), logger: silent });
  const monitoring = createMonitoringServer(app, metrics);
  await expect(monitoring.listen(port, "127.0.0.1")).rejects.toThrow(
    `Cannot listen on METRICS_PORT ${port} at 127.0.0.1: listen EADDRINUSE`,
  );
  await monitoring.close();
  await app.close();
});

test("is not reachable by a name that resolves to 127.0.0.1, and closes connections above its limit", async () => {
  const { app } = await start();
  const metrics = prometheusMetrics();
  const sockets = { maxConnections: 2 };
  const monitoring = createMonitoringServer(app, metrics, { allowedHosts: [], sockets, logger: silent });
  onTestFinished(() => monitoring.close());
  const port = await monitoring.listen(0, "127.0.0.1");
  const send = async (path: string, host: string) => {
    const [response] = await once(get({ port, host: "127.0.0.1", path, headers: { host }, agent: false }), "response");
    response.resume();
    return response.statusCode;
  };
  for (const path of ["/metrics", "/readyz", "/healthz"]) {
    expect([await send(path, `evil.example:${port}`), path]).toEqual([421, path]);
    expect(await send(path, `localhost:${port}`)).not.toBe(421);
  }
  const silentOnes = Array.from({ length: 3 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  onTestFinished(() => {
    for (const socket of silentOnes) socket.destroy();
  });
  await once((silentOnes[0] as Socket).resume(), "end");
});

test("describes the build, and measures commits and waiting commands", async () => {
  let listener: (durationMs: number, isStored: boolean) => void = () => {};
  const ledger = Object.assign(new Ledger(), {
    commits: {
      queued: 3,
      onCommit(added: typeof listener) {
        listener = added;
      },
    },
  });
  const { text } = await start([ledger]);
  listener(4, true);
  listener(700, false);
  const metrics = await text();
  expect(metrics).toContain(`trading_build_info{version="${VERSION}",node="${process.versions.node}"} 1\n`);
  expect(metrics).toContain('trading_broker_commit_duration_seconds_bucket{le="0.005",outcome="ok"} 1\n');
  expect(metrics).toContain('trading_broker_commit_duration_seconds_count{outcome="failed"} 1\n');
  expect(metrics).toContain("trading_broker_queued_commands 3\n");
});
