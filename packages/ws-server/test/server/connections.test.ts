import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { deferred, until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };

describe("a disconnect", () => {
  test.each(["close", "terminate"] as const)("by %s releases all subscriptions", async (how) => {
    const { server, source, url } = await startServer();
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    client.subscribe("bars", { symbol: "MSFT", resolution: "D" });
    await client.next();
    await client.next();
    expect(server.counts()).toEqual({ connections: 1, topics: 2, subscriptions: 2 });
    client.socket[how]();
    await until(() => server.counts().connections + server.counts().topics === 0);
    expect(server.counts()).toEqual(NONE);
    expect(source.count("remove")).toBe(2);
  });

  test("during the start of the source removes the topic once, after the start has settled", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = () => start.promise;
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await until(() => source.count("create") === 1);
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    expect(source.count("remove")).toBe(0);
    start.resolve();
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(1);
  });

  test("of one client does not affect the updates of another", async () => {
    const { server, source, url } = await startServer();
    const [one, other] = [await NetworkClient.connect(url), await NetworkClient.connect(url)];
    for (const client of [one, other]) {
      client.subscribe("bars", AAPL);
      await client.next();
    }
    one.socket.terminate();
    await until(() => server.counts().connections === 1);
    source.publish(bar(1));
    expect((await other.next()).payload.payload).toEqual(bar(1));
  });
});

describe("an invalid frame closes the connection", () => {
  const INVALID = { code: 1003, reason: "Could not validate payload" };
  const UNKNOWN = { code: 1003, reason: "No matching type" };
  test.each([
    ["not JSON", "not json", INVALID],
    ["a binary frame", Buffer.from('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}'), INVALID],
    ["no envelope", "[]", INVALID],
    ["no type", { payload: AAPL }, INVALID],
    ["no payload", { type: "bars.subscribe" }, INVALID],
    ["a missing parameter", { type: "bars.subscribe", payload: { symbol: "AAPL" } }, INVALID],
    ["a parameter of the wrong type", { type: "bars.unsubscribe", payload: { ...AAPL, symbol: 1 } }, INVALID],
    ["an unknown resolution", { type: "bars.subscribe", payload: { ...AAPL, resolution: "7" } }, INVALID],
    [
      "half a surrogate pair",
      String.raw`{"type":"bars.subscribe","payload":{"symbol":"\ud800","resolution":"1"}}`,
      INVALID,
    ],
    ["an id that is too long", { type: "bars.subscribe", payload: AAPL, id: "x".repeat(65) }, INVALID],
    ["an id with a fraction", { type: "bars.subscribe", payload: AAPL, id: 1.5 }, INVALID],
    ["deep nesting", `{"type":"bars.subscribe","payload":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, INVALID],
    ["an unknown type", { type: "bars.nonsense", payload: {} }, UNKNOWN],
    ["a message type of the server", { type: "bars.update", payload: {} }, UNKNOWN],
    ["a name of Object.prototype", { type: "constructor" }, UNKNOWN],
    ["a frame over 64 KiB", { type: "bars.subscribe", payload: { ...AAPL, x: "x".repeat(65_536) } }, { code: 1009 }],
  ])("%s", async (_name, frame, expected) => {
    const { server, source, url } = await startServer();
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", { symbol: "MSFT", resolution: "1" });
    await client.next();
    client.send(frame);
    expect(await client.closed).toMatchObject(expected);
    expect(client.frames).toHaveLength(1);
    await until(() => server.counts().connections + server.counts().topics === 0);
    expect(server.counts()).toEqual(NONE);
    expect(source.count("remove")).toBe(1);
  });
});

describe("a connection", () => {
  test("is closed after 30 s without a message, with the close reason of the legacy system", async () => {
    const clock = new ManualClock();
    const { server, url } = await startServer({ clock });
    const client = await NetworkClient.connect(url);
    await until(() => server.counts().connections === 1);
    clock.advance(29_999);
    client.subscribe("bars", AAPL);
    await client.next();
    clock.advance(29_999);
    await client.settled();
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    clock.advance(1);
    expect(await client.closed).toEqual({
      code: 1003,
      reason: "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0",
    });
    await until(() => server.counts().topics + server.counts().connections === 0);
    expect(clock.pending).toBe(0);
  });

  test("is closed at the end of its lifespan, even if it is active", async () => {
    const clock = new ManualClock();
    const { url } = await startServer({ clock, heartbeatIntervalMs: 0, maxConnectionLifespanMs: 1_500 });
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await client.next();
    clock.advance(1_500);
    expect(await client.closed).toEqual({
      code: 1003,
      reason: "Connection timed out. Heartbeat interval 0.0. Max connection lifespan 1.5",
    });
  });

  test("that does not read is closed with 1013, and its subscription is released", async () => {
    // The loop below sends many pings on a fast machine, and can take longer than a heartbeat interval on a busy one.
    const limits = { maxRequestsPerSecond: 0, heartbeatIntervalMs: 0 };
    const { server, source, url } = await startServer({ maxBufferedBytes: 4_096, ...limits });
    const slow = await NetworkClient.connect(url);
    const fast = await NetworkClient.connect(url);
    for (const client of [slow, fast]) {
      client.subscribe("bars", AAPL);
      await client.next();
    }
    slow.socket.pause();
    let time = 0;
    while (server.counts().subscriptions === 2) {
      for (let count = 0; count < 50; count++) source.publish(bar(++time));
      await fast.settled();
    }
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 1013 });
    await until(() => fast.frames.length === time + 1);
    expect(fast.messages.slice(1).map(({ payload }) => payload.payload?.time)).toEqual(
      Array.from({ length: time }, (_, index) => index + 1),
    );
  });
});
