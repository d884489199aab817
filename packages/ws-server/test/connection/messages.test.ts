import { describe, expect, test } from "vitest";
import { AAPL } from "../helpers/data.js";
import { START, startMarket } from "../helpers/market.js";
import { NetworkClient } from "../helpers/network-client.js";

describe("the welcome, over the network (PROTOCOL.md, Session extension)", () => {
  test("is the first message, with the connection's settings, even if a subscribe was sent before it", async () => {
    const { server, session, clock } = await startMarket({
      heartbeatIntervalMs: 7_000,
      maxConnectionLifespanMs: 9_000,
    });
    clock.jump(5);
    const client = await NetworkClient.connect(session);
    client.subscribe("bars", AAPL);
    expect(await client.next()).toEqual({
      type: "session.welcome",
      payload: {
        connectionId: server.connections[0]?.id,
        protocol: 2,
        heartbeatIntervalMs: 7_000,
        maxConnectionLifespanMs: 9_000,
        serverTime: START + 5,
        server: "Market/1.2.3",
      },
    });
    expect((await client.next()).type).toBe("bars.subscribe.response");
  });

  test("contains a unique connection id", async () => {
    const { session } = await startMarket();
    const clients = await Promise.all([1, 2, 3].map(() => NetworkClient.connect(session)));
    const ids = await Promise.all(clients.map(async (client) => (await client.next()).payload.connectionId));
    expect(new Set(ids).size).toBe(3);
  });

  test.each(["2", "3", "02", "9007199254740991"])("is sent for ?protocol=%s", async (value) => {
    const { base } = await startMarket();
    const client = await NetworkClient.connect(`${base}?x=1&protocol=${value}`);
    const { type, payload } = await client.next();
    // The server reports its own version, also when the client requests a newer one.
    expect([type, payload.protocol]).toEqual(["session.welcome", 2]);
  });

  test.each([
    "?protocol=1",
    "?protocol=0",
    "?protocol=-2",
    "?protocol=2.5",
    "?protocol=two",
    "?protocol=",
    "?Protocol=2",
    "",
  ])("is not sent for %j", async (query) => {
    const { server, base } = await startMarket();
    const client = await NetworkClient.connect(`${base}${query}`);
    await client.settled();
    expect(client.frames).toEqual([]);
    expect(server.connections[0]?.protocol).toBe("base");
  });

  test("is sent at the endpoint of one module, whose sessions have only the routes of that module", async () => {
    const { base } = await startMarket();
    const client = await NetworkClient.session(base.replace("/v1/ws", "/v1/datafeed/ws?protocol=2"));
    expect((await client.request({ type: "ping", id: 1 })).type).toBe("pong");
    client.subscribe("orders", { accountId: "ann" }, { id: 2 });
    expect((await client.next()).payload).toMatchObject({ code: "unknown_type", id: 2 });
  });
});

describe("a session's ping", () => {
  test.each([["a"], [0], [Number.MAX_SAFE_INTEGER], ["x".repeat(64)]])("gets a pong with its id %j", async (id) => {
    const { session } = await startMarket();
    const client = await NetworkClient.session(session);
    expect(await client.request({ type: "ping", id })).toEqual({ type: "pong", id });
  });

  test("without an id gets a pong without an id, whatever its payload is", async () => {
    const { session } = await startMarket();
    const client = await NetworkClient.session(session);
    expect(await client.request('{"type":"ping","payload":[1,{"a":null}]}')).toEqual({ type: "pong" });
  });

  test("is an unknown type on a base connection", async () => {
    const { base } = await startMarket();
    for (const type of ["ping", "auth.login"]) {
      const client = await NetworkClient.connect(base);
      client.send({ type, payload: { token: "ann" } });
      expect(await client.closed).toEqual({ code: 1003, reason: "No matching type" });
    }
  });
});

describe("an invalid request gets an error message, and the connection stays open", () => {
  const long = "x".repeat(60_000);
  test.each<[string, string | Buffer, string, string | number | undefined]>([
    ["not JSON", "not json", "invalid_message", undefined],
    ["an empty frame", "", "invalid_message", undefined],
    ["binary", Buffer.from('{"type":"ping","id":1}'), "invalid_message", undefined],
    ["no type", '{"payload":{},"id":1}', "invalid_message", undefined],
    ["a bad id", '{"type":"ping","id":1.5}', "invalid_message", undefined],
    ["an id that is too long", `{"type":"ping","id":"${"x".repeat(65)}"}`, "invalid_message", undefined],
    ["a bad payload", '{"type":"bars.subscribe","payload":{"symbol":"AAPL"},"id":7}', "invalid_message", 7],
    ["a long value", `{"type":"trades.subscribe","payload":{"symbol":"${long}"},"id":"l"}`, "invalid_message", "l"],
    ["a long name", `{"type":"bars.subscribe","payload":{"${long}":1},"id":"n"}`, "invalid_message", "n"],
    ["a long type", `{"type":"${"y".repeat(256)}","id":8}`, "unknown_type", 8],
    ["a message type of the server", '{"type":"session.welcome","id":"w"}', "unknown_type", "w"],
    [
      "an invalid position",
      '{"type":"bars.subscribe","resume":{"epoch":"e","offset":-1}}',
      "invalid_message",
      undefined,
    ],
    ["a login without a token", '{"type":"auth.login","payload":{"token":""},"id":9}', "invalid_message", 9],
    [
      "a huge list",
      `{"type":"bars.subscribe","payload":[${Array(5_000).fill(1)}],"id":9}`,
      "invalid_message",
      undefined,
    ],
    ["depth", `{"type":"ping","payload":${"[".repeat(99)}${"]".repeat(99)}}`, "invalid_message", undefined],
    ["control characters", '{"type":"\\u0000\\u001b[31m\\r\\n","id":10}', "unknown_type", 10],
  ])("%s", async (_name, frame, code, id) => {
    const { session } = await startMarket();
    const client = await NetworkClient.session(session);
    client.send(frame);
    expect(await client.next()).toEqual({
      type: "error",
      payload: { code, message: expect.any(String), retryable: false, ...(id !== undefined && { id }) },
    });
    expect(Buffer.byteLength(client.frames[1] as string)).toBeLessThanOrEqual(1_024);
    expect((await client.request({ type: "ping" })).type).toBe("pong");
  });

  test("the connection is closed with 4102 after more than maxErrors errors, and its subscriptions are released", async () => {
    const { server, session, sources } = await startMarket({ heartbeatIntervalMs: 0, lingerMs: 0 });
    const client = await NetworkClient.session(session);
    await client.request({ type: "bars.subscribe", payload: AAPL });
    for (let count = 0; count < 4; count++) {
      client.send("no");
      client.send(Buffer.from("no"));
      client.send({ type: "no" });
      client.login("bad");
    }
    await client.settled();
    expect(client.isOpen).toBe(true);
    client.send("no");
    expect(await client.closed).toEqual({ code: 4102, reason: "Too many errors" });
    // The error that exceeds the limit is sent as well.
    expect(client.types.filter((type) => type === "error")).toHaveLength(13);
    expect(server.counts()).toMatchObject({ subscriptions: 0 });
    expect(sources.bars.count("remove")).toBe(1);
  });

  test("one error every ten seconds never closes the connection", async () => {
    const { session, clock } = await startMarket({ heartbeatIntervalMs: 0, maxErrors: 2 });
    const client = await NetworkClient.session(session);
    for (let count = 0; count < 40; count++) {
      await client.request("no");
      clock.advance(10_000);
    }
    for (const text of ["no", "no"]) await client.request(text);
    client.send("no");
    expect((await client.closed).code).toBe(4102);
  });

  test("valid requests do not count as errors", async () => {
    const { session } = await startMarket({ maxErrors: 1 });
    const client = await NetworkClient.session(session);
    for (let id = 0; id < 50; id++) await client.request({ type: "ping", id });
    expect((await client.request("no")).type).toBe("error");
    client.send("no");
    expect((await client.closed).code).toBe(4102);
  });

  test("a base connection is closed without a message", async () => {
    const { base } = await startMarket();
    for (const [frame, reason] of [
      ["no", "Could not validate payload"],
      [Buffer.from("{}"), "Could not validate payload"],
      ['{"type":"no"}', "No matching type"],
    ] as const) {
      const client = await NetworkClient.connect(base);
      client.send(frame);
      expect(await client.closed).toEqual({ code: 1003, reason });
      expect(client.frames).toEqual([]);
    }
  });
});
