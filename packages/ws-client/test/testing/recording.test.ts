import { bars, defineOperationShape, orders, quotes, trades } from "@trading/topic/shapes";
import { afterEach, expect, test } from "vitest";
import { type Client, type ClientOptions, createClient, type Gap, type UpdateMeta } from "../../src/index.js";
import { ManualClock, MemoryServer, play, type Recording, record } from "../../src/testing/index.js";

const ROUTES = { bars, quotes, trades, orders };
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TAPE = { symbol: "AAPL" };
const ANN = { accountId: "ann" };
const place = defineOperationShape<{ symbol: string }, { orderId: string }>({ name: "orders.place", access: "public" });

const bar = (time: number, close = 1) => ({ time, open: 1, high: 9, low: 0, close, volume: 1 });
const trade = (time: number) => ({ id: String(time), time, price: 1, qty: 1, side: 1 as const });
const order = (id: string) => ({ id, symbol: "AAPL", type: 2 as const, side: 1 as const, qty: 1, status: 6 as const });

const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

function clientOf(WebSocket: ClientOptions["WebSocket"], options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const errors: string[] = [];
  const client = createClient({
    url: "ws://memory",
    routes: ROUTES,
    ...(WebSocket && { WebSocket }),
    clock,
    random: () => 0.5,
    onError: ({ code }) => errors.push(code),
    ...options,
  });
  open.push(client);
  return { client, clock, errors };
}

function playing(recording: Recording, { speed = 1, ...options }: Partial<ClientOptions> & { speed?: number } = {}) {
  const clock = new ManualClock();
  return { ...clientOf(play(recording, { clock, speed }), { clock, ...options }), clock };
}

/** Subscribes to three topics, and records the listeners' calls with their times. */
function follow(client: Client<typeof ROUTES>, clock: ManualClock) {
  const calls: [number, string, unknown][] = [];
  const listener = (name: string) => ({
    onUpdate: (update: unknown, { offset }: UpdateMeta) => calls.push([clock.monotonic(), name, { update, offset }]),
    onGap: ({ reason, snapshot }: Gap) => calls.push([clock.monotonic(), name, { reason, snapshot }]),
  });
  client.subscribe("bars", AAPL, listener("bars"));
  client.subscribe("trades", TAPE, listener("trades"));
  client.subscribe("orders", ANN, listener("orders"));
  return calls;
}

/** Groups the calls by topic, in their order. */
function byTopic(calls: ReturnType<typeof follow>): Record<string, unknown[]> {
  return Object.fromEntries(
    ["bars", "trades", "orders"].map((name) => [
      name,
      calls.filter(([, topic]) => topic === name).map(([, , what]) => what),
    ]),
  );
}

/** Records a session of one minute with a lost connection. */
async function recorded({ protocol = "session" as "session" | "legacy", gap = false } = {}) {
  const server = new MemoryServer({ routes: ROUTES, protocol });
  server.publish("bars", AAPL, bar(60));
  server.publish("orders", ANN, order("1"));
  const { client, clock, errors } = clientOf(server.WebSocket, { getToken: () => "a.secret.token" });
  const recorder = record(client, { clock });
  const calls = follow(client as Client<typeof ROUTES>, clock);
  await clock.advanceAsync(10_000);
  server.publish("trades", TAPE, trade(1));
  server.publish("bars", AAPL, bar(60, 2));
  await clock.advanceAsync(7_500);
  server.publish("trades", TAPE, trade(2));
  server.publish("orders", ANN, order("2"));
  await clock.advanceAsync(2_500);
  server.drop();
  await server.settled();
  if (gap) server.end('trades:{"symbol":"AAPL"}');
  server.publish("trades", TAPE, trade(3));
  server.publish("bars", AAPL, bar(120));
  await clock.advanceAsync(10_000);
  server.publish("trades", TAPE, trade(4));
  server.publish("bars", AAPL, bar(120, 3));
  await clock.advanceAsync(30_000);
  const recording: Recording = JSON.parse(JSON.stringify(recorder.stop()));
  return { server, client, clock, recording, calls, errors };
}

test("plays the same calls at the same times", async () => {
  const { recording, calls } = await recorded();
  expect(calls).toHaveLength(10);
  const { client, clock, errors } = playing(recording);
  const played = follow(client as Client<typeof ROUTES>, clock);
  await clock.advanceAsync(60_000);
  expect(played).toEqual(calls);
  expect(errors).toEqual([]);
  expect(client.inspect().topics.map(({ status }) => status)).toEqual(["live", "live", "live"]);
});

test("scales the times by the speed", async () => {
  const { recording, calls } = await recorded();
  // This far from its start, a clock cannot represent a third of a millisecond: timers fire early or late by a rounding error.
  const start = 1e9 + 1 / 3;
  for (const speed of [0.3, 3, 7]) {
    const { client, clock } = playing(recording, { speed });
    clock.advance(start);
    const played = follow(client as Client<typeof ROUTES>, clock);
    await clock.advanceAsync(60_000 / speed);
    expect(played.map(([, ...what]) => what)).toEqual(calls.map(([, ...what]) => what));
    for (const [index, [at]] of played.entries()) expect(at).toBeCloseTo(start + (calls[index]?.[0] ?? 0) / speed, 3);
  }
});

test("delivers earlier updates immediately on a subscribe, and later ones at their times", async () => {
  const { recording } = await recorded();
  const { client, clock } = playing(recording);
  client.connect();
  await clock.advanceAsync(15_000);
  const received: [number, number][] = [];
  const handle = client.subscribe(trades, TAPE, ({ time }) => received.push([clock.monotonic(), time]));
  await handle.ready;
  await clock.advanceAsync(0);
  expect(received).toEqual([[15_000, 1]]);
  await clock.advanceAsync(20_000);
  expect(received.map(([, time]) => time)).toEqual([1, 2, 3, 4]);
  handle();
  await clock.advanceAsync(0);
  client.subscribe(trades, TAPE, ({ time }) => received.push([clock.monotonic(), time]));
  await clock.advanceAsync(0);
  expect(received.slice(4).map(([, time]) => time)).toEqual([1, 2, 3, 4]);
});

test("resumes a client that reconnects", async () => {
  const { recording, calls } = await recorded();
  const sockets: { close(code?: number): void }[] = [];
  const clock = new ManualClock();
  const Played = play(recording, { clock });
  class Cut extends Played {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  }
  const { client, errors } = clientOf(Cut, { clock });
  const played = follow(client as Client<typeof ROUTES>, clock);
  const flags: boolean[] = [];
  client.subscribe(trades, TAPE, (_, { recovered }) => flags.push(recovered));
  await clock.advanceAsync(17_400);
  sockets[0]?.close(1011);
  await clock.advanceAsync(50_000);
  expect(byTopic(played)).toEqual(byTopic(calls));
  expect(sockets).toHaveLength(2);
  expect(errors).toEqual([]);
  expect(client.inspect().topics.map(({ status }) => status)).toEqual(["live", "live", "live"]);
  expect(flags).toEqual([false, true, false, false]);
});

test("plays a gap for updates that were not recovered", async () => {
  const { recording, calls } = await recorded({ gap: true });
  expect(calls).toContainEqual([20_500, "trades", { reason: "not_recovered", snapshot: false }]);
  const { client, clock } = playing(recording);
  const played = follow(client as Client<typeof ROUTES>, clock);
  await clock.advanceAsync(60_000);
  expect(byTopic(played)).toEqual(byTopic(calls));
  expect(client.state.status).toBe("connected");
});

test("plays a legacy server with the base protocol", async () => {
  const { recording, calls } = await recorded({ protocol: "legacy" });
  expect(recording.protocol).toBe("base");
  const { client, clock } = playing(recording);
  const played = follow(client as Client<typeof ROUTES>, clock);
  await clock.advanceAsync(60_000);
  expect(calls.filter(([, , what]) => "reason" in (what as object))).toHaveLength(3);
  expect(byTopic(played)).toEqual(byTopic(calls));
  expect(client.inspect().protocol).toBe("base");
});

test("records no token and no heartbeat", async () => {
  const { recording, server } = await recorded();
  expect(server.frames.some(({ type }) => type === "auth.login")).toBe(true);
  expect(server.frames.some(({ type }) => type === "ping")).toBe(true);
  const types = recording.frames.map(({ frame }) => JSON.parse(frame).type as string);
  expect(types.filter((type) => /auth|ping|pong|welcome/.test(type))).toEqual([]);
  expect(JSON.stringify(recording)).not.toContain("secret");
});

test("replies to requests as recorded, in their order, and accepts any token", async () => {
  const server = new MemoryServer({ routes: ROUTES });
  let count = 0;
  server.handle(place, () => {
    if (++count === 2) throw Object.assign(new Error("Trading is halted"), { code: "halted" });
    return { orderId: String(count) };
  });
  server.refuse("quotes", "forbidden", "You may not use this");
  const live = clientOf(server.WebSocket);
  const recorder = record(live.client, { clock: live.clock });
  live.client.connect();
  await server.settled();
  const ask = (client: Client) => client.request(place, { symbol: "AAPL" }).catch(({ code }) => code);
  const replies = [await ask(live.client), await ask(live.client), await ask(live.client)];
  const WATCHED = { symbols: ["AAPL"], fast_symbols: [] };
  await live.client.subscribe(quotes, WATCHED, () => {}).ready.catch(() => {});
  expect(replies).toEqual([{ orderId: "1" }, "halted", { orderId: "3" }]);

  const { client, clock } = playing(recorder.stop(), { getToken: () => "another" });
  client.connect();
  await clock.advanceAsync(0);
  expect([await ask(client), await ask(client), await ask(client), await ask(client)]).toEqual([
    ...replies,
    replies[2],
  ]);
  await expect(client.subscribe(quotes, WATCHED, () => {}).ready).rejects.toMatchObject({ code: "forbidden" });
});

test("refuses requests that are not in the recording with a message that names them", async () => {
  const { recording } = await recorded();
  const { client, clock, errors } = playing(recording);
  await expect(client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {}).ready).rejects.toMatchObject({
    code: "not_recorded",
    message: 'The recording has no bars.subscribe with {"symbol":"MSFT","resolution":"1"}',
  });
  await expect(client.request(place, { symbol: "AAPL" })).rejects.toMatchObject({ code: "not_recorded" });
  await clock.advanceAsync(60_000);
  expect(errors).toEqual(["not_recorded"]);
});

test("plays an ended topic and its restart at their times", async () => {
  const server = new MemoryServer({ routes: ROUTES });
  const live = clientOf(server.WebSocket);
  const recorder = record(live.client, { clock: live.clock });
  const listen = ({ client, clock }: Pick<typeof live, "client" | "clock">) => {
    const calls: [number, number | string][] = [];
    const handle = client.subscribe(bars, AAPL, {
      onUpdate: ({ time }) => calls.push([clock.monotonic(), time]),
      onStatus: ({ state, error }) => calls.push([clock.monotonic(), error?.code ?? state]),
    });
    return { calls, topic: handle.topic };
  };
  const { calls, topic } = listen(live);
  await live.clock.advanceAsync(1_000);
  server.publish("bars", AAPL, bar(60));
  await live.clock.advanceAsync(1_000);
  server.end(topic);
  await live.clock.advanceAsync(600);
  server.publish("bars", AAPL, bar(120));
  await live.clock.advanceAsync(1_000);
  server.end(topic, "delisted", { retryable: false });
  await live.clock.advanceAsync(10_000);
  expect(calls.filter(([, what]) => typeof what === "number")).toEqual([
    [1_000, 60],
    [2_600, 120],
  ]);

  const again = playing(recorder.stop());
  const played = listen(again);
  await again.clock.advanceAsync(20_000);
  expect(played.calls).toEqual(calls);
  expect(again.errors).toEqual(live.errors);
});

test("a client that subscribes before a topic was recorded waits for its start", async () => {
  const server = new MemoryServer({ routes: ROUTES });
  const live = clientOf(server.WebSocket);
  const recorder = record(live.client, { clock: live.clock });
  live.client.subscribe(bars, AAPL, () => {});
  await live.clock.advanceAsync(5_000);
  const { topic } = live.client.subscribe(trades, TAPE, () => {});
  await live.clock.advanceAsync(0);
  server.publish("trades", TAPE, trade(1));
  await live.clock.advanceAsync(1_000);
  server.end(topic);
  await live.clock.advanceAsync(1_000);
  server.publish("trades", TAPE, trade(2));
  await live.clock.advanceAsync(1_000);

  const { client, clock } = playing(recorder.stop());
  const received: [number, number][] = [];
  const handle = client.subscribe(trades, TAPE, ({ time }) => received.push([clock.monotonic(), time]));
  await handle.ready;
  await clock.advanceAsync(10_000);
  expect(received).toEqual([
    [5_000, 1],
    [7_000, 2],
  ]);
});

test("stops recording with stop, and when the client closes", async () => {
  const { client, clock, server, recording } = await recorded();
  const { client: other, clock: otherClock } = clientOf(server.WebSocket);
  const recorder = record(other, { clock: otherClock });
  other.subscribe(bars, AAPL, () => {});
  await otherClock.advanceAsync(0);
  const stopped = recorder.stop();
  server.publish("bars", AAPL, bar(180));
  await otherClock.advanceAsync(0);
  expect(recorder.stop()).toEqual(stopped);
  expect(stopped.frames.map(({ from, connection }) => [from, connection])).toEqual([
    ["client", 1],
    ["server", 1],
    ["server", 1],
    ["server", 1],
  ]);
  client.close();
  expect(clock.pending).toBe(0);
  expect(record(client).stop().frames).toEqual([]);
  expect(recording.frames[0]).toMatchObject({ atMs: 0, connection: 1, from: "client" });
});

test("leaves no timer behind", async () => {
  const { recording } = await recorded();
  const { client, clock } = playing(recording);
  follow(client as Client<typeof ROUTES>, clock);
  await clock.advanceAsync(5_000);
  client.close();
  await clock.advanceAsync(0);
  expect(clock.pending).toBe(0);
});

test("rejects an invalid recording and an invalid speed", async () => {
  const { recording } = await recorded();
  expect(() => play({} as Recording)).toThrow("recording version undefined, expected 1");
  for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => play(recording, { speed })).toThrow(`Invalid option "speed": expected a number > 0, got ${speed}`);
  }
});
