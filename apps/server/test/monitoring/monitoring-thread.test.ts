import { once } from "node:events";
import { Agent, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import { connect } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { prometheusMetrics } from "@trading/ws-server/metrics";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../src/app.js";
import { createMonitoringServer, type MonitoringOptions } from "../../src/monitoring/monitoring-server.js";
import { silent } from "../helpers.js";
import { until } from "../until.js";

/** The longest time that a test blocks the event loop: no reply has arrived then, and the test fails. */
const MAX_BLOCK_MS = 60_000;

/** Starts a monitoring server whose requests for `/admin/…` are handled by the test. @returns its port */
async function start(options: MonitoringOptions) {
  const app = await createApp({ modules: [], clock: new ManualClock(), logger: silent });
  const monitoring = createMonitoringServer(app, prometheusMetrics(), { logger: silent, ...options });
  onTestFinished(async () => {
    await monitoring.close();
    await app.close();
  });
  return monitoring.listen(0, "127.0.0.1");
}

/** A client in a separate thread, so that it gets replies while this one is blocked. */
const CLIENT = `
  const { get } = require("node:http");
  const { parentPort, workerData } = require("node:worker_threads");
  const { port, memory } = workerData;
  const isDone = new Int32Array(memory);
  const ask = (path) => new Promise((resolve, reject) => {
    get({ port, path, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ path, status: response.statusCode, body: JSON.parse(text) });
    }).on("error", reject);
  });
  parentPort.on("message", async ({ paths, until }) => {
    for (const path of paths) {
      let reply;
      do reply = await ask(path);
      while (until !== undefined && reply.status !== until);
      parentPort.postMessage(reply);
    }
    Atomics.store(isDone, 0, 1);
    Atomics.notify(isDone, 0);
  });
  parentPort.postMessage("ready");
`;

interface Reply {
  readonly path: string;
  readonly status: number;
  readonly body: { readonly status?: string; readonly loopBlockedMs?: number; readonly detail?: string };
}

async function createClient(port: number) {
  const isDone = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(CLIENT, { eval: true, workerData: { port, memory: isDone.buffer } });
  onTestFinished(async () => void (await thread.terminate()));
  await once(thread, "message");
  const replies: Reply[] = [];
  thread.on("message", (reply: Reply) => replies.push(reply));
  return {
    /** Sends requests one after the other, each again `until` its reply has a status. */
    send(paths: readonly string[], until?: number) {
      Atomics.store(isDone, 0, 0);
      thread.postMessage({ paths, until });
    },
    /** Blocks the event loop of this thread until all replies have arrived. */
    block() {
      // The loop does not run meanwhile: replies that need it would not arrive.
      expect(Atomics.wait(isDone, 0, 0, MAX_BLOCK_MS)).not.toBe("timed-out");
    },
    /** Returns the replies, in order. */
    async replies(count: number) {
      while (replies.length < count) await once(thread, "message");
      return replies;
    },
  };
}

test("replies to /healthz while the event loop is blocked, and does not carry out other requests", async () => {
  const handled: string[] = [];
  const admin = ({ url = "" }: IncomingMessage, response: ServerResponse) => {
    handled.push(url);
    response.end("{}");
  };
  const client = await createClient(await start({ admin, blockedLimits: { requestMs: 0 } }));
  client.send(["/healthz", "/readyz", "/admin/act"]);
  client.block();
  const [health, ready, act] = await client.replies(3);
  expect(health).toMatchObject({ status: 200, body: { status: "ok", loopBlockedMs: expect.any(Number) } });
  const detail = expect.stringMatching(
    /^The server's event loop has been blocked for [1-9]\d* ms: the request was not carried out\.$/,
  );
  expect(ready).toEqual({ path: "/readyz", status: 503, body: { detail } });
  expect(act).toEqual({ path: "/admin/act", status: 503, body: { detail } });
  client.send(["/admin/next"]);
  expect((await client.replies(4))[3]).toEqual({ path: "/admin/next", status: 200, body: {} });
  expect(handled).toEqual(["/admin/next"]);
});

test("says that a request may have been carried out if its handler blocks the event loop", async () => {
  const admin = (_request: IncomingMessage, response: ServerResponse) => {
    client.block();
    response.end();
  };
  const client = await createClient(await start({ admin, blockedLimits: { requestMs: 0 } }));
  client.send(["/admin/act"]);
  const [reply] = await client.replies(1);
  expect(reply).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining("the request may have been carried out") },
  });
});

test("/healthz replies 503 while the event loop is blocked for longer than the limit", async () => {
  const client = await createClient(await start({ blockedLimits: { healthMs: 0 } }));
  client.send(["/healthz"], 503);
  client.block();
  const [reply] = await client.replies(1);
  expect(reply?.body).toEqual({ status: "blocked", loopBlockedMs: expect.any(Number) });
  client.send(["/healthz"], 200);
  expect((await client.replies(2))[1]).toMatchObject({ body: { status: "ok" } });
});

test("forwards bodies of any size in both directions, with the headers and the address of the client", async () => {
  const admin = (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(201, { "x-name": request.headers["x-name"], "x-address": request.socket.remoteAddress });
    request.pipe(response);
  };
  const port = await start({ admin });
  const sent = "0123456789".repeat(200_000);
  const reply = await fetch(`http://127.0.0.1:${port}/admin/echo`, {
    method: "POST",
    body: sent,
    headers: { "x-name": "ab" },
  });
  expect([reply.status, reply.headers.get("x-name"), reply.headers.get("x-address")]).toEqual([201, "ab", "127.0.0.1"]);
  expect(await reply.text()).toBe(sent);
});

test("a client gets the reply to a request whose body it has not sent completely", async () => {
  const admin = (_request: IncomingMessage, response: ServerResponse) => response.writeHead(401).end("no");
  const port = await start({ admin });
  const request = sendRequest({ port, host: "127.0.0.1", path: "/admin/act", method: "POST", agent: false });
  onTestFinished(() => void request.destroy());
  request.on("error", () => {}).write("the beginning");
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect([response.statusCode, await readAll(response)]).toEqual([401, "no"]);
});

test("a request ends when its client disconnects, and a connection is used for several requests", async () => {
  let ended = () => {};
  const isEnded = new Promise<void>((resolve) => (ended = resolve));
  const port = await start({ admin: (_request, response) => void response.once("close", ended).write("part") });
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /admin/act HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await isEnded;

  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ports = new Set<number | undefined>();
  for (const [method, path] of [
    ["GET", "/metrics"],
    ["GET", "/healthz"],
    ["GET", "/unknown"],
    ["HEAD", "/metrics"],
  ]) {
    const request = sendRequest({ port, host: "127.0.0.1", path, method, agent }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    ports.add(response.socket.localPort);
    const body = await readAll(response);
    expect([path, response.statusCode, body === ""]).toEqual([
      path,
      path === "/unknown" ? 404 : 200,
      method === "HEAD",
    ]);
  }
  expect(ports.size).toBe(1);
});

test("logs refused requests in the main thread", async () => {
  const warnings: unknown[] = [];
  let logged = () => {};
  const isLogged = new Promise<void>((resolve) => (logged = resolve));
  const warn = (message: string, fields?: object) => {
    warnings.push([message, fields]);
    logged();
  };
  const port = await start({ allowedHosts: [], logger: { ...silent, warn } });
  const request = sendRequest({ port, host: "127.0.0.1", path: "/healthz", headers: { host: "evil.example" } }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect([response.resume().statusCode]).toEqual([421]);
  await isLogged;
  expect(warnings).toEqual([["A request was refused", { reason: "host", host: "evil.example" }]]);
});

test("handles pipelined requests one after the other, and closes a connection with too many", async () => {
  const warnings: unknown[] = [];
  const warn = (_message: string, fields?: object) => void warnings.push(fields);
  const port = await start({ admin: () => {}, logger: { ...silent, warn } });
  const socket = connect(port, "127.0.0.1");
  socket.resume().write("GET /admin/act HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(20));
  await once(socket, "close");
  await until(() => warnings.length === 1);
  expect(warnings).toEqual([{ reason: "pipelined_requests", address: "127.0.0.1" }]);
});
