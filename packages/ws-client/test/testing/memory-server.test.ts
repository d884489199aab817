import { bars as barsRoute, orders as ordersRoute } from "@trading/topic";
import { bars, defineOperationShape, orders, quotes, trades } from "@trading/topic/shapes";
import { afterEach, expect, test, vi } from "vitest";
import { type Client, ClientError, type ClientOptions, createClient, type Gap } from "../../src/index.js";
import { ManualClock, MemoryServer, type MemoryServerOptions } from "../../src/testing/index.js";

const ROUTES = { bars, quotes, trades, orders };
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TAPE = { symbol: "AAPL" };
const ANN = { accountId: "ann" };

const bar = (time: number, close = 1) => ({ time, open: 1, high: 9, low: 0, close, volume: 1 });
const trade = (time: number) => ({ id: String(time), time, price: 1, qty: 1, side: 1 as const });

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

function setUp(options: Partial<ClientOptions> = {}, more: Partial<MemoryServerOptions> = {}) {
  const server = new MemoryServer({ ...more, routes: ROUTES });
  const clock = new ManualClock();
  const errors: string[] = [];
  const client = createClient({
    url: "ws://memory",
    routes: ROUTES,
    WebSocket: server.WebSocket,
    clock,
    random: () => 0.5,
    onError: ({ code }) => errors.push(code),
    ...options,
  });
  open.push(client);
  return { server, clock, errors, client };
}

/** Subscribes to a topic, and records the times of its updates, and its gaps. */
function listen(client: Client, route: "bars" | "trades", params: object) {
  const received: (number | Gap)[] = [];
  const handle = client.subscribe((route === "bars" ? bars : trades) as typeof trades, params as typeof TAPE, {
    onUpdate: ({ time }) => received.push(time),
    onGap: (gap) => received.push(gap),
  });
  return { received, handle };
}

test("delivers updates that were published before and after a subscribe", async () => {
  const { server, client } = setUp();
  server.publish("bars", AAPL, bar(60));
  const { received, handle } = listen(client, "bars", AAPL);
  await handle.ready;
  server.publish(bars, AAPL, bar(120));
  await server.settled();
  expect(received).toEqual([60, 120]);
  expect(handle.status.state).toBe("live");
  expect(server.subscriptions).toEqual([handle.topic]);
  expect(server.connections).toBe(1);
  expect(server.frames).toEqual([{ type: "bars.subscribe", payload: AAPL, id: 1 }]);
  handle();
  await server.settled();
  expect(server.subscriptions).toEqual([]);
});

test("takes microtasks only, with fake timers too", async () => {
  vi.useFakeTimers();
  try {
    const { server, client } = setUp();
    const { received } = listen(client, "bars", AAPL);
    await server.settled();
    server.publish("bars", AAPL, bar(60));
    expect(received).toEqual([]);
    await server.settled();
    expect(received).toEqual([60]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("is not affected by later changes of a published object", async () => {
  const { server, client } = setUp();
  const update = bar(60);
  server.publish("bars", AAPL, update);
  update.time = 120;
  const { received, handle } = listen(client, "bars", AAPL);
  await handle.ready;
  await server.settled();
  expect(received).toEqual([60]);
});

test("recovers every update after a cut connection", async () => {
  const { server, client, clock } = setUp();
  const { received, handle } = listen(client, "trades", TAPE);
  await handle.ready;
  server.publish("trades", TAPE, trade(1));
  await server.settled();
  server.drop();
  await server.settled();
  expect(server.subscriptions).toEqual([]);
  server.publish("trades", TAPE, trade(2));
  await clock.advanceAsync(1_000);
  server.publish("trades", TAPE, trade(3));
  await server.settled();
  expect(received).toEqual([1, 2, 3]);
});

test("refuses connections while it is down, and retains updates", async () => {
  const { server, client, clock } = setUp();
  const { received, handle } = listen(client, "trades", TAPE);
  await handle.ready;
  server.stop();
  await clock.advanceAsync(60_000);
  expect(client.state.status).toBe("connecting");
  server.publish("trades", TAPE, trade(1));
  expect(server.connections).toBe(0);
  server.start();
  await clock.advanceAsync(30_000);
  expect(received).toEqual([1]);
});

test("reports a gap after a topic was ended", async () => {
  const { server, client, clock, errors } = setUp();
  const { received, handle } = listen(client, "bars", AAPL);
  await handle.ready;
  server.publish("bars", AAPL, bar(60));
  await server.settled();
  server.end(handle.topic);
  await server.settled();
  expect(handle.status).toMatchObject({ state: "error", error: { code: "source_ended", retryable: true } });
  server.publish("bars", AAPL, bar(120));
  await clock.advanceAsync(1_000);
  expect(received).toMatchObject([60, { reason: "not_recovered", snapshot: true, before: { offset: 1 } }, 120]);
  expect(errors).toEqual(["source_ended"]);
});

test("closes connections with a code that the client obeys", async () => {
  const { server, client } = setUp();
  await listen(client, "bars", AAPL).handle.ready;
  server.close(4001, "Unauthorized");
  await server.settled();
  expect(client.state).toMatchObject({ status: "closed", reason: expect.stringContaining("4001, Unauthorized") });
});

test("loses no update during a drain", async () => {
  const { server, client, clock, errors } = setUp();
  const { received, handle } = listen(client, "trades", TAPE);
  await handle.ready;
  server.drain(10_000);
  server.publish("trades", TAPE, trade(1));
  await server.settled();
  await clock.advanceAsync(5_000);
  server.publish("trades", TAPE, trade(2));
  await clock.advanceAsync(1_000);
  expect(received).toEqual([1, 2]);
  expect(server.frames.filter(({ type }) => type === "trades.subscribe")).toHaveLength(2);
  expect(errors).toEqual([]);
});

test("refuses a route until the refusal is undone", async () => {
  const { server, client, clock, errors } = setUp();
  const allow = server.refuse("bars", "source_unavailable", "The feed is down", { retryable: true });
  const { received, handle } = listen(client, "bars", AAPL);
  await expect(handle.ready).rejects.toMatchObject({ code: "source_unavailable", message: "The feed is down" });
  await listen(client, "trades", TAPE).handle.ready;
  server.publish("bars", AAPL, bar(60));
  allow();
  await clock.advanceAsync(1_000);
  expect(received).toEqual([60]);
  expect(errors).toEqual(["source_unavailable"]);
});

test("replaces an older refusal by a newer one, and ends subscriptions", async () => {
  const { server, client, clock } = setUp();
  const { handle } = listen(client, "bars", AAPL);
  await handle.ready;
  const allow = server.refuse(bars, "first", "The first");
  server.refuse("bars", "forbidden", "Not any more");
  allow();
  server.drop();
  await server.settled();
  await clock.advanceAsync(1_000);
  expect(handle.status.error?.code).toBe("forbidden");
  const socket = new server.WebSocket("ws://memory");
  await server.settled();
  socket.send(JSON.stringify({ type: "bars.unsubscribe", payload: AAPL }));
  await server.settled();
  expect(server.subscriptions).toEqual([]);
});

test("ends a subscription that is refused when it is repeated", async () => {
  const { server } = setUp();
  const socket = new server.WebSocket("ws://memory");
  await server.settled();
  const ask = async () => {
    socket.send(JSON.stringify({ type: "bars.subscribe", payload: AAPL }));
    await server.settled();
  };
  await ask();
  expect(server.subscriptions).toHaveLength(1);
  server.refuse("bars", "forbidden", "Not any more");
  await ask();
  expect(server.subscriptions).toEqual([]);
});

test("requires the login for private topics", async () => {
  const tokens = ["bad", "good", "better"];
  const reasons: string[] = [];
  const { server, client } = setUp(
    {
      getToken: ({ reason }) => {
        reasons.push(reason);
        return tokens[reasons.length - 1];
      },
    },
    { authenticate: async (token) => (token === "bad" ? null : "ann") },
  );
  server.publish("orders", ANN, { id: "1", symbol: "AAPL", type: 2, side: 1, qty: 1, status: 6 });
  const ids: string[] = [];
  await client.subscribe("orders", ANN, ({ id }) => ids.push(id)).ready;
  await server.settled();
  expect(ids).toEqual(["1"]);
  server.expireTokens(60_000);
  await server.settled();
  expect(reasons).toEqual(["connect", "rejected", "refresh"]);
  expect(server.frames.map(({ type }) => type)).toEqual(["auth.login", "auth.login", "orders.subscribe", "auth.login"]);
});

test("refuses private topics if authenticate throws", async () => {
  const { server, client } = setUp(
    { getToken: () => "token" },
    {
      authenticate: () => {
        throw new Error("no such token");
      },
    },
  );
  await expect(client.subscribe("orders", ANN, () => {}).ready).rejects.toMatchObject({ code: "unauthorized" });
  expect(server.subscriptions).toEqual([]);
});

test("replies to requests with the result of their handlers", async () => {
  const { server, client } = setUp();
  const place = defineOperationShape<{ symbol: string }, { orderId: string }>({
    name: "orders.place",
    access: "public",
  });
  server.handle(place, ({ symbol }) => {
    if (symbol === "HALTED") throw new ClientError("halted", "Trading is halted", { retryable: true });
    if (symbol === "") throw new TypeError("no symbol");
    return { orderId: `1 of ${symbol}` };
  });
  server.handle("orders.cancel", async () => undefined);
  client.connect();
  await server.settled();
  await expect(client.request(place, { symbol: "AAPL" })).resolves.toEqual({ orderId: "1 of AAPL" });
  await expect(client.request(place, { symbol: "HALTED" })).rejects.toMatchObject({ code: "halted", retryable: true });
  await expect(client.request(place, { symbol: "" })).rejects.toMatchObject({ code: "internal", message: "no symbol" });
  const cancel = defineOperationShape<object, object>({ name: "orders.cancel", access: "public" });
  await expect(client.request(cancel, {})).resolves.toEqual({});
  const unknown = defineOperationShape<object, object>({ name: "orders.change", access: "public" });
  await expect(client.request(unknown, {})).rejects.toMatchObject({ code: "unknown_type" });
});

test("replies to pings, unless heartbeatIntervalMs is 0", async () => {
  const { server, client, clock } = setUp();
  await listen(client, "bars", AAPL).handle.ready;
  await clock.advanceAsync(150_000);
  expect(server.frames.filter(({ type }) => type === "ping")).toHaveLength(10);
  expect(client.inspect().connectionId).toBe("connection-1");
  const silent = setUp({}, { heartbeatIntervalMs: 0 });
  await listen(silent.client, "bars", AAPL).handle.ready;
  expect(silent.clock.pending).toBe(0);
});

test("has no positions with the legacy protocol, so that each reconnect is a gap", async () => {
  const { server, client, clock } = setUp({}, { protocol: "legacy" });
  const { received, handle } = listen(client, "bars", AAPL);
  await handle.ready;
  expect(client.inspect()).toMatchObject({ protocol: "base", connectionId: undefined });
  server.publish("bars", AAPL, bar(60));
  await server.settled();
  server.drain(10_000);
  await server.settled();
  expect(client.state.reason).toContain("1012");
  await clock.advanceAsync(1_000);
  server.publish("bars", AAPL, bar(120));
  await server.settled();
  expect(received).toMatchObject([60, { reason: "no_positions" }, 120]);
  server.end(handle.topic);
  await server.settled();
  expect(client.state.reason).toContain("1013");
});

test("validates parameters with whole routes, and rejects unknown routes", async () => {
  const server = new MemoryServer({ routes: { bars: barsRoute, orders: ordersRoute } });
  expect(() => server.publish("bars", { ...AAPL, resolution: "7" as "1" }, bar(60))).toThrow("resolution");
  expect(() => server.publish(trades, TAPE, trade(1))).toThrow(
    'Unknown route "trades": add it to the option "routes" (bars,orders)',
  );
  expect(() => server.refuse("quotes" as "bars", "c", "m")).toThrow('Unknown route "quotes"');
});

test("follows the lifecycle of a WebSocket", async () => {
  const server = new MemoryServer({ routes: ROUTES });
  const socket = new server.WebSocket("ws://memory");
  const events: string[] = [];
  socket.onopen = () => events.push("open");
  socket.onclose = () => events.push("close");
  socket.onmessage = () => events.push("message");
  expect(() => socket.send("{}")).toThrow("not open yet");
  await server.settled();
  socket.close();
  socket.close();
  socket.send("{}");
  server.publish("bars", AAPL, bar(60));
  await server.settled();
  expect(events).toEqual(["open", "message", "close"]);
  expect(server.connections).toBe(0);
  const early = new server.WebSocket("ws://memory");
  early.onopen = () => events.push("open");
  early.close();
  server.drop();
  await server.settled();
  expect(server.connections).toBe(0);
});
