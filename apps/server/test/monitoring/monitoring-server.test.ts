import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { prometheusMetrics } from "@trading/ws-server/metrics";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createApp } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { createMonitoringServer } from "../../src/monitoring/monitoring-server.js";
import { Ledger } from "../fixtures/ledger.js";
import { Client, getJson, silent, until } from "../helpers.js";

const access = accessByClaims(() => ({ subject: "guest" }), new Set(["OPEN"]));

/** Creates an app that does not listen yet, and its monitoring server. */
async function start() {
  const clock = new ManualClock();
  const ledger = new Ledger();
  const metrics = prometheusMetrics();
  const app = await createApp({ modules: [ledger], access, clock, logger: silent, metrics });
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

test("is ready while it listens and all modules are ready, and is always alive", async () => {
  const { app, ledger, request } = await start();
  const modules = { ledger: true };
  expect(await request("/readyz")).toEqual({ status: 503, body: { state: "starting", modules } });
  await app.listen(0, "127.0.0.1");
  expect(await request("/readyz")).toEqual({ status: 200, body: { state: "serving", modules } });
  ledger.ready = false;
  expect(await request("/readyz?verbose")).toEqual({
    status: 503,
    body: { state: "serving", modules: { ledger: false } },
  });
  expect(await request("/healthz")).toEqual({ status: 200, body: { status: "ok" } });
  expect((await request("/")).status).toBe(404);
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
      await until(() => clock.pending > 0);
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
