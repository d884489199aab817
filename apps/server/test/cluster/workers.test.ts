import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client, getJson } from "../helpers.js";
import { portOf, run, useBuiltServer } from "../server-process.js";
import { until } from "../until.js";

useBuiltServer();

/** Between two looks at another process. */
const LOOK_MS = 20;

const AAPL = { symbol: "AAPL", resolution: "1" };

/** Starts a server with two workers, and waits until both listen. */
async function startTwo(env: Record<string, string> = {}) {
  const process = run({ PORT: "0", WORKERS: "2", LOG_LEVEL: "info", SIMULATED_SEED: "s", ...env });
  const listening = () => linesOf(process.output.stderr, "A worker listens");
  let hasEnded = false;
  void process.exited.then(() => (hasEnded = true));
  await until(() => hasEnded || listening().length === 2);
  if (hasEnded) throw new Error(`The server has ended: ${process.output.stderr}`);
  const port = portOf(await process.printed("datafeed  "));
  const connect = () => Client.connect(`ws://127.0.0.1:${port}/api/v1/ws?protocol=2`);
  /** Returns the process id of the last worker that has listened with a number. */
  const pidOf = (worker: number) => listening().findLast((line) => line.worker === worker)?.workerPid ?? 0;
  return { ...process, port, connect, listening, pidOf };
}

/** Returns the fields of the log lines with a message, of a log in the format `text`. */
function linesOf(log: string, message: string) {
  return log
    .split("\n")
    .filter((line) => line.includes(message))
    .map((line) =>
      Object.fromEntries(Array.from(line.matchAll(/(\w+)=(\S+)/g), ([, name, value]) => [name, Number(value)])),
    );
}

/** Returns the payload of the next frame of a type, with its position. */
async function next(client: Client, type: string) {
  let frame = await client.next();
  while (frame.type !== type) frame = await client.next();
  const { payload } = frame;
  return payload as typeof payload & { readonly epoch?: string; readonly offset?: number };
}

/** Subscribes to bars, and waits for the first update. @returns the epoch */
async function subscribe(client: Client) {
  client.send("bars.subscribe", AAPL);
  const { epoch } = await next(client, "bars.subscribe.response");
  await next(client, "bars.update");
  return epoch;
}

describe("a server with two workers", () => {
  test("sends the clients of both the same updates, and prints its addresses once", async () => {
    const { child, exited, connect } = await startTwo();
    const clients = [await connect(), await connect()];
    const [first, second] = [await subscribe(clients[0]!), await subscribe(clients[1]!)];
    expect(second).toBe(first);
    const offsets = new Map<number, string[]>();
    const isShared = () => [...offsets.values()].filter((bodies) => bodies.length === 2).length >= 3;
    while (!isShared()) {
      for (const client of clients) {
        const payload = await next(client, "bars.update");
        const { offset = 0 } = payload;
        offsets.set(offset, [...(offsets.get(offset) ?? []), JSON.stringify(payload)]);
      }
    }
    for (const [one, other] of offsets.values()) if (other !== undefined) expect(other).toBe(one);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await exited;
    expect(code).toBe(0);
    expect(stdout.match(/^page /gm)).toHaveLength(1);
    expect(linesOf(stderr, "The server has stopped").map(({ worker }) => worker)).toEqual([1, 2, undefined]);
  });

  test("replaces a worker that was killed, and the topics that it owned start on the other", async () => {
    const { connect, listening, pidOf } = await startTwo();
    const clients = [await connect(), await connect()];
    const [owner] = [await subscribe(clients[0]!), await subscribe(clients[1]!)];
    const lost = once(clients[0]!.socket, "close");
    process.kill(pidOf(1), "SIGKILL");
    await lost;
    expect(await next(clients[1]!, "subscription.ended")).toMatchObject({
      code: expect.stringMatching(/^(?:moved|owner_lost)$/),
      retryable: true,
    });
    const again = await subscribe(clients[1]!);
    expect(again).not.toBe(owner);
    await until(() => listening().length === 3);
    // The replacement follows.
    const others = [await connect(), await connect()];
    for (const other of others) expect(await subscribe(other)).toBe(again);
  });

  test("ends with the error of the worker when the port is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as { readonly port: number };
    const { exited } = run({ PORT: String(port), WORKERS: "3" });
    const { code, stderr, stdout } = await exited;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.split("\n")).toEqual([expect.stringContaining(`Port ${port} is already in use`), ""]);
  });

  test("its workers end when the primary is killed", async () => {
    const { child, exited, pidOf } = await startTwo();
    const pids = [pidOf(1), pidOf(2)];
    child.kill("SIGKILL");
    await exited;
    await until(() => pids.every((pid) => !isRunning(pid)));
  });

  test("serves the endpoints of operators for all workers", async () => {
    const token = "t".repeat(32);
    const { connect, output } = await startTwo({ METRICS_PORT: "0", ADMIN_TOKEN: `ann:${token}` });
    const base = /http:\/\/localhost:\d+(?=\/metrics)/.exec(output.stdout)?.[0];
    const admin = (path: string, method = "GET") =>
      fetch(`${base}/admin/v1${path}`, { method, headers: { authorization: `Bearer ${token}` } });
    expect(await getJson(`${base}/healthz`)).toEqual({ status: 200, body: { status: "ok", workersListening: 2 } });
    const state = { state: "serving", modules: { datafeed: "ready" } };
    expect(await getJson(`${base}/readyz`)).toEqual({
      status: 200,
      body: { state: "serving", workers: { 1: state, 2: state } },
    });
    expect((await getJson(`${base}/readyz/other`)).status).toBe(404);

    const clients = [await connect(), await connect()];
    for (const client of clients) await subscribe(client);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    for (const worker of [1, 2])
      expect(metrics).toMatch(`trading_ws_connections{protocol="session",worker="${worker}"} 1`);
    for (const worker of [1, 2]) expect(metrics).toMatch(`trading_ws_cluster_up{worker="${worker}"} 1`);
    expect(metrics).toContain('trading_workers_listening{worker="primary"} 2');
    expect(metrics.match(/^# TYPE trading_ws_connections /gm)).toHaveLength(1);

    expect((await fetch(`${base}/admin/v1/connections`)).status).toBe(401);
    const listed = (await (await admin("/connections")).json()) as { total: number; connections: { id: string }[] };
    expect(listed).toMatchObject({ total: 2, connections: [{ topics: [expect.any(String)] }, {}] });
    const closed = clients.map(({ socket }) => once(socket, "close"));
    for (const { id } of listed.connections) expect((await admin(`/connections/${id}`, "DELETE")).status).toBe(204);
    await Promise.all(closed);
    expect((await admin("/connections/none", "DELETE")).status).toBe(404);
    expect(output.stderr).toContain('who="ann"  address="127.0.0.1"  act="close"');
  });

  test("sets the level of the log in all processes, also in a worker that starts later", async () => {
    const token = "t".repeat(32);
    const { output, exited, child, pidOf } = await startTwo({ METRICS_PORT: "0", ADMIN_TOKEN: `ann:${token}` });
    const base = /http:\/\/localhost:\d+(?=\/metrics)/.exec(output.stdout)?.[0];
    const reply = await fetch(`${base}/admin/v1/log-level`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ level: "warn" }),
    });
    expect(reply.status).toBe(204);
    const killed = pidOf(1);
    process.kill(killed, "SIGKILL");
    await until(() => output.stderr.includes("A worker has ended"));
    while ((await getJson<{ workersListening: number }>(`${base}/healthz`)).body.workersListening < 2)
      await pause(LOOK_MS);
    child.kill("SIGTERM");
    const { stderr } = await exited;
    expect(stderr.match(/The server starts/g)).toHaveLength(3);
    expect(stderr.match(/A worker listens/g)).toHaveLength(2);
    expect(stderr).not.toContain("The server stops");
  });

  test("replaces a worker whose event loop is blocked", async () => {
    const { listening, pidOf } = await startTwo({ WORKER_TIMEOUT_MS: "2000" });
    const blocked = pidOf(1);
    process.kill(blocked, "SIGSTOP");
    await until(() => listening().some(({ worker, workerPid }) => worker === 1 && workerPid !== blocked));
    expect(isRunning(blocked)).toBe(false);
  });

  test("starts with a recording without a given start", async () => {
    const { child, exited } = await startTwo({ DATAFEED: "replay" });
    child.kill("SIGTERM");
    expect((await exited).code).toBe(0);
  });

  test("passes SIGHUP on to the workers", async () => {
    const { child, output } = await startTwo();
    child.kill("SIGHUP");
    await until(() => linesOf(output.stderr, "The settings were reloaded").length === 2);
  });
});

describe("orders with two workers", () => {
  const ACCOUNT = "A-1";
  const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 };

  /** Starts two workers that trade, each with a client that has subscribed to the orders of the account. */
  async function startTrading() {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "workers-"));
    const server = await startTwo({ ENABLED_MODULES: "all", AUTH_MODE: "demo", DATA_DIR, METRICS_PORT: "0" });
    onTestFinished(async () => {
      // The folder is removed when its files are closed.
      server.child.kill("SIGKILL");
      await until(() => ![1, 2].some((worker) => isRunning(server.pidOf(worker))));
      rmSync(DATA_DIR, { recursive: true });
    });
    const base = `http://127.0.0.1:${server.port}/api/v1`;
    const reply = await fetch(`${base}/auth/demo-token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ accountId: ACCOUNT }),
    });
    const { token } = (await reply.json()) as { readonly token: string };
    const workersOf = (message: string) => linesOf(server.output.stderr, message).map(({ worker }) => worker as number);
    /** Opens a connection, which the primary passes to the next worker. */
    const connect = () => Client.connect(`ws://127.0.0.1:${server.port}/api/v1/ws?protocol=2`, token);
    const clients = new Map<number, Client>();
    for (let connection = 1; clients.size < 2; connection++) {
      const client = await connect();
      await until(() => workersOf("A client has logged in").length === connection);
      clients.set(workersOf("A client has logged in").at(-1) ?? 0, client);
    }
    /** Sends a request on a new connection. @returns the reply's status and body */
    const request = async (method: string, body?: object) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const sent = httpRequest(`${base}/broker/orders?accountId=${ACCOUNT}`, { method, headers, agent: false });
      sent.end(body && JSON.stringify(body));
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      return { status: response.statusCode ?? 0, body: (await json(response)) as object };
    };
    /** Places an order. @returns its id, and the worker that has received the request */
    const place = async () => {
      const before = workersOf("A request to change an account").length;
      const { status, body } = await request("POST", LIMIT);
      expect(status).toBe(200);
      await until(() => workersOf("A request to change an account").length > before);
      return {
        id: (body as { readonly orderId: string }).orderId,
        worker: workersOf("A request to change an account")[before],
      };
    };
    const metrics = /http:\/\/localhost:\d+(?=\/metrics)/.exec(server.output.stdout)?.[0];
    /** Returns the worker that runs the broker; undefined if none does. */
    const holder = async () => {
      const { body } = await getJson<{ workers: Record<string, { modules: { broker: string } }> }>(`${metrics}/readyz`);
      return Number(Object.entries(body.workers).find(([, { modules }]) => modules.broker === "ready")?.[0]);
    };
    return { ...server, clients, place, request, holder };
  }

  /** Subscribes to the orders of the account, again if the topic is moving to another worker. */
  async function subscribeToOrders(client: Client): Promise<void> {
    do client.send("orders.subscribe", { accountId: ACCOUNT });
    while ((await next(client, "orders.subscribe.response")).status !== "ok");
  }

  /** Waits until orders have been sent. */
  async function untilSent(client: Client, ids: readonly string[]): Promise<void> {
    const missing = new Set(ids);
    while (missing.size > 0) {
      const { payload } = await next(client, "orders.update");
      missing.delete(String(payload?.id));
    }
  }

  test("appear on both, wherever they were placed, and outlive the worker that runs the broker", async () => {
    const { clients, place, request, holder, pidOf } = await startTrading();
    for (const client of clients.values()) await subscribeToOrders(client);
    const placedBy = new Map<number, string[]>();
    while (placedBy.size < 2 || [...placedBy.values()].some(({ length }) => length < 3)) {
      const { id, worker = 0 } = await place();
      placedBy.set(worker, [...(placedBy.get(worker) ?? []), id]);
    }
    expect([...placedBy.keys()].toSorted()).toEqual([1, 2]);
    const ids = [...placedBy.values()].flat();
    await Promise.all([...clients.values()].map((client) => untilSent(client, ids)));

    const killed = await holder();
    const survivor = clients.get(3 - killed) as Client;
    process.kill(pidOf(killed), "SIGKILL");
    await next(survivor, "subscription.ended");
    await subscribeToOrders(survivor);
    await untilSent(survivor, ids);
    let listed = await request("GET");
    while (listed.status === 503) {
      await pause(LOOK_MS);
      listed = await request("GET");
    }
    expect((listed.body as readonly { id: string }[]).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const { id } = await place();
    await untilSent(survivor, [id]);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
