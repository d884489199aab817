import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL, bar, Client, deferred, startServer, until } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };

describe("a disconnect", () => {
  test.each(["close", "terminate"] as const)("by %s releases everything that was held", async (how) => {
    const { server, source, url } = await startServer();
    const client = await Client.connect(url);
    client.subscribe();
    client.subscribe({ symbol: "MSFT", resolution: "D" });
    await client.next();
    await client.next();
    expect(server.counts()).toEqual({ connections: 1, topics: 2, subscriptions: 2 });
    client.socket[how]();
    await until(() => server.counts().connections + server.counts().topics === 0);
    expect(server.counts()).toEqual(NONE);
    expect(source.count("remove")).toBe(2);
  });

  test("while the source starts removes it once, after it has settled", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = () => start.promise;
    const client = await Client.connect(url);
    client.subscribe();
    await until(() => source.count("create") === 1);
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    expect(source.count("remove")).toBe(0);
    start.resolve();
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(1);
  });

  test("of one leaves the other its updates", async () => {
    const { server, source, url } = await startServer();
    const [one, other] = [await Client.connect(url), await Client.connect(url)];
    for (const client of [one, other]) {
      client.subscribe();
      await client.next();
    }
    one.socket.terminate();
    await until(() => server.counts().connections === 1);
    source.publish(bar(1));
    expect((await other.next()).payload.payload).toEqual(bar(1));
  });
});

describe("a frame that is refused closes the connection", () => {
  const INVALID = { code: 1003, reason: "Could not validate payload" };
  const UNKNOWN = { code: 1003, reason: "No matching type" };
  test.each([
    ["not JSON", "not json", INVALID],
    ["a binary frame", Buffer.from('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}'), INVALID],
    ["no envelope", "[]", INVALID],
    ["no type", { payload: AAPL }, INVALID],
    ["no payload", { type: "bars.subscribe" }, INVALID],
    ["a missing parameter", { type: "bars.subscribe", payload: { symbol: "AAPL" } }, INVALID],
    ["a parameter of the wrong kind", { type: "bars.unsubscribe", payload: { ...AAPL, symbol: 1 } }, INVALID],
    ["a resolution there is none of", { type: "bars.subscribe", payload: { ...AAPL, resolution: "7" } }, INVALID],
    [
      "half a surrogate pair",
      String.raw`{"type":"bars.subscribe","payload":{"symbol":"\ud800","resolution":"1"}}`,
      INVALID,
    ],
    ["an id that is too long", { type: "bars.subscribe", payload: AAPL, id: "x".repeat(65) }, INVALID],
    ["an id with a fraction", { type: "bars.subscribe", payload: AAPL, id: 1.5 }, INVALID],
    ["deep nesting", `{"type":"bars.subscribe","payload":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, INVALID],
    ["an unknown type", { type: "bars.nonsense", payload: {} }, UNKNOWN],
    ["the engine's own type", { type: "bars.update", payload: {} }, UNKNOWN],
    ["a name of Object.prototype", { type: "constructor" }, UNKNOWN],
    ["a frame over 64 KiB", { type: "bars.subscribe", payload: { ...AAPL, x: "x".repeat(65_536) } }, { code: 1009 }],
  ])("%s", async (_name, frame, expected) => {
    const { server, source, url } = await startServer();
    const client = await Client.connect(url);
    client.subscribe({ symbol: "MSFT", resolution: "1" });
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
  test("is closed after 30 s without a message, in the origin's words", async () => {
    const clock = new ManualClock();
    const { server, url } = await startServer({ clock });
    const client = await Client.connect(url);
    await until(() => server.counts().connections === 1);
    clock.advance(29_999);
    client.subscribe();
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

  test("is closed after an hour, however lively", async () => {
    const clock = new ManualClock();
    const { url } = await startServer({ clock, heartbeatIntervalMs: 0, maxConnectionLifespanMs: 1_500 });
    const client = await Client.connect(url);
    client.subscribe();
    await client.next();
    clock.advance(1_500);
    expect(await client.closed).toEqual({
      code: 1003,
      reason: "Connection timed out. Heartbeat interval 0.0. Max connection lifespan 1.5",
    });
  });

  test("that does not read is closed with 1013 and holds nothing any more", async () => {
    const { server, source, url } = await startServer({ maxBufferedBytes: 4_096 });
    const slow = await Client.connect(url);
    const lively = await Client.connect(url);
    for (const client of [slow, lively]) {
      client.subscribe();
      await client.next();
    }
    slow.socket.pause();
    let time = 0;
    while (server.counts().subscriptions === 2) {
      for (let count = 0; count < 50; count++) source.publish(bar(++time));
      await lively.settled();
    }
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 1013 });
    await until(() => lively.frames.length === time + 1);
    expect(lively.messages.slice(1).map(({ payload }) => payload.payload?.time)).toEqual(
      Array.from({ length: time }, (_, index) => index + 1),
    );
  });
});
