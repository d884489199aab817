import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { AAPL, bar, trade } from "../helpers/data.js";
import { turn, turns, until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";
import { received, setup, untilReceived } from "../helpers/session.js";

describe("the welcome (PROTOCOL.md, Session extension)", () => {
  test("is the first message, and contains the connection's settings", async () => {
    const { connect, server } = setup({ heartbeatIntervalMs: 7_000, maxConnectionLifespanMs: 9_000 });
    const client = connect();
    client.send({ type: "ping", id: "a" });
    client.send({ type: "ping" });
    await untilReceived(client, 2);
    expect(client.messages).toEqual([
      {
        type: "session.welcome",
        payload: {
          connectionId: server.connections[0]?.id,
          protocol: 2,
          heartbeatIntervalMs: 7_000,
          maxConnectionLifespanMs: 9_000,
          serverTime: 0,
          server: "Market/1.2.3",
        },
      },
      { type: "pong", id: "a" },
      { type: "pong" },
    ]);
  });

  test.each([
    ["?protocol=2", "session.welcome"],
    ["?protocol=3", "session.welcome"],
    ["?protocol=1", "bars.subscribe.response"],
    ["?protocol=x", "bars.subscribe.response"],
    ["", "bars.subscribe.response"],
  ])("over the network, %s gets %s first", async (query, first) => {
    const { url } = await startServer();
    const client = await NetworkClient.connect(`${url}${query}`);
    client.subscribe("bars", AAPL);
    expect((await client.next()).type).toBe(first);
  });
});

describe("an invalid request gets an error message", () => {
  test.each([
    ["not JSON", "not json", "invalid_message", undefined],
    ["no envelope", "[]", "invalid_message", undefined],
    ["a bad id", '{"type":"ping","id":1.5}', "invalid_message", undefined],
    ["a missing parameter", '{"type":"bars.subscribe","payload":{"symbol":"AAPL"},"id":7}', "invalid_message", 7],
    ["a login without a token", '{"type":"auth.login","payload":{},"id":"x"}', "invalid_message", "x"],
    ["an unknown type", '{"type":"nothing","id":8}', "unknown_type", 8],
    [
      "a huge list",
      `{"type":"bars.subscribe","payload":[${Array(5_000).fill(1)}],"id":9}`,
      "invalid_message",
      undefined,
    ],
    ["depth", `{"type":"ping","payload":${"[".repeat(99)}${"]".repeat(99)}}`, "invalid_message", undefined],
  ])("%s", async (_name, text, code, id) => {
    const { connect } = setup();
    const client = connect();
    client.send(text);
    client.send({ type: "ping" });
    await untilReceived(client, 2);
    const [error, pong] = client.messages.slice(1);
    expect(error).toEqual({
      type: "error",
      payload: { code, message: expect.any(String), retryable: false, ...(id !== undefined && { id }) },
    });
    expect(JSON.stringify(error).length).toBeLessThanOrEqual(1_024);
    expect(pong?.type).toBe("pong");
  });

  test("up to maxErrors; one error expires every ten seconds", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect();
    for (let count = 0; count < 16; count++) client.send("no");
    clock.advance(20_000);
    client.send("no");
    client.send("no");
    await untilReceived(client, 18);
    expect(client.messages).toHaveLength(1 + 18);
    client.send("no");
    expect(await client.closed).toEqual({ code: 4102, reason: "Too many errors" });
  });
});

describe("a source that ends its topic", () => {
  test("ends the subscription of a session, and closes a base connection, which has no message for it", async () => {
    const { connect, sources } = setup();
    const [session, base] = [connect(), connect({ protocol: "base" })];
    for (const client of [session, base]) client.subscribe("bars", AAPL);
    await Promise.all([untilReceived(session, 2), untilReceived(base, 1)]);
    sources.bars.end();
    await untilReceived(session, 3);
    expect(received(session).at(-1)).toEqual([
      "subscription.ended",
      { topic: 'bars:{"resolution":"1","symbol":"AAPL"}', code: "source_ended", retryable: true },
    ]);
    expect(await base.closed).toMatchObject({ code: 1013 });
  });
});

describe("slow consumers", () => {
  test("of a keyed route skip superseded updates, and end with the last state", async () => {
    const { connect, server, sources } = setup({ maxBufferedBytes: 4_096, maxBatchDelayMs: 0 });
    const [slow, fast] = [connect(), connect()];
    for (const client of [slow, fast]) client.subscribe("bars", AAPL);
    await Promise.all([untilReceived(slow, 2), untilReceived(fast, 2)]);
    slow.stall();
    for (let close = 1; close <= 500; close++) {
      sources.bars.publish(bar(1 + (close % 3), close));
      if (close % 50 === 0) await turn();
      expect(Math.max(...server.connections.map(({ waitingBytes }) => waitingBytes))).toBeLessThanOrEqual(4_096);
    }
    const closes = (client: MemoryClient) =>
      received(client).flatMap(([, { payload }]) => (payload as { close?: number })?.close ?? []);
    await until(() => closes(fast).length === 500);
    slow.drain();
    await until(() => closes(slow).at(-1) === 500);
    expect(closes(slow).slice(-3)).toEqual([498, 499, 500]);
    expect(closes(slow).length).toBeLessThan(60);
    expect(server.connections).toHaveLength(2);
  });

  test.each([
    ["session", 4101],
    ["base", 1013],
  ] as const)(
    "of a log are closed when updates they need are no longer retained: %s with %i",
    async (protocol, code) => {
      const { connect, server, sources } = setup({ maxBufferedBytes: 4_096, maxBatchDelayMs: 0 });
      const [slow, fast] = [connect({ protocol }), connect()];
      for (const client of [slow, fast]) client.subscribe("trades", { symbol: "AAPL" });
      await Promise.all([untilReceived(slow, 1), untilReceived(fast, 1)]);
      slow.stall();
      for (let time = 1; time <= 1_200; time++) {
        sources.trades.publish(trade(time));
        if (time % 20 === 0) await turn();
      }
      expect((await slow.closed).code).toBe(code);
      expect(received(fast).filter(([type]) => type === "trades.update")).toHaveLength(1_200);
      expect(server.counts().subscriptions).toBe(1);
    },
  );
});

test("a subscribe that would exceed maxTopics or maxTopicLength is refused, and a running topic can still be subscribed", async () => {
  const { connect } = setup({ maxTopics: 2, maxTopicLength: 60 });
  const [first, second] = [connect(), connect()];
  for (const symbol of ["A", "B", "C"]) first.subscribe("trades", { symbol });
  second.subscribe("trades", { symbol: "A" });
  second.subscribe("trades", { symbol: "x".repeat(64) });
  await Promise.all([untilReceived(first, 3), untilReceived(second, 2)]);
  const outcomes = (client: MemoryClient) => received(client).map(([, { status, code }]) => code ?? status);
  expect(outcomes(first)).toEqual(["ok", "ok", "too_many_topics"]);
  expect(outcomes(second)).toEqual(["ok", "topic_too_long"]);
  expect(received(second)[1]?.[1].topic).toBe("");
});

describe("draining", () => {
  test("notifies sessions, closes base connections in batches, refuses new connections, and then closes the sessions", async () => {
    const { server, clock, connect } = setup({ heartbeatIntervalMs: 0 });
    const session = connect();
    const bases = Array.from({ length: 40 }, () => connect({ protocol: "base" }));
    await until(() => session.messages.length === 1);
    const left = () => server.counts().connections;
    const closed = server.close({ drainMs: 10_000 });
    expect(() => connect()).toThrow(expect.objectContaining({ code: "closed" }));
    await untilReceived(session, 1);
    expect(received(session)).toEqual([["server.draining", { reconnectAfterMs: 10_000 }]]);
    for (let step = 0; step < 20; step++) {
      if (step > 0) clock.advance(500);
      const expected = Math.max(39 - 2 * step, 1);
      await until(() => left() <= expected);
      await turns();
      expect(left()).toBe(expected);
    }
    clock.advance(500);
    expect(await session.closed).toEqual({ code: 1012, reason: "Service restart" });
    // The window for clients that no other server has accepted.
    expect(received(session)[1]).toEqual(["server.draining", { reconnectAfterMs: 1_000 }]);
    expect(await (bases[0] as MemoryClient).closed).toMatchObject({ code: 1012 });
    await closed;
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
  });

  test("asks the clients of a closing server to return at most 2,500 a second", async () => {
    const { server, connect } = setup({ heartbeatIntervalMs: 0 });
    const clients = Array.from({ length: 3_000 }, () => connect());
    await server.close();
    const [first] = clients;
    expect(await first?.closed).toEqual({ code: 1012, reason: "Service restart" });
    expect(received(first as MemoryClient)).toEqual([["server.draining", { reconnectAfterMs: 1_200 }]]);
  });

  test("refuses a client on the network with 503", async () => {
    const { server, url } = await startServer();
    const stays = await NetworkClient.connect(`${url}?protocol=2`);
    const closed = server.close({ drainMs: 50 });
    await expect(NetworkClient.connect(url)).rejects.toThrow(/503|ECONNREFUSED/);
    expect((await stays.closed).code).toBe(1012);
    await closed;
  });
});

test("a session is closed with 4201 after 80 to 100 % of the maximum lifespan", async () => {
  for (const [fraction, lifespanMs] of [
    [0, 2_880_000],
    [0.5, 3_240_000],
  ] as const) {
    const ids = { fraction: () => fraction, id: () => "id" };
    const { clock, connect } = setup({ random: ids, heartbeatIntervalMs: 0 });
    const client = connect();
    clock.advance(lifespanMs - 1);
    expect(client.messages.length).toBeLessThanOrEqual(1);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 4201, reason: "Lifespan reached" });
  }
});

test("a session stays open while it answers pings and is closed with 4203 otherwise; a base connection needs messages", async () => {
  const { clock, connect } = setup();
  const [lively, stuck, base] = [connect(), connect(), connect({ protocol: "base" })];
  stuck.stall();
  for (let half = 0; half < 6; half++) {
    clock.advance(15_000);
    // The reply to the ping arrives in one of the next turns.
    await turns();
  }
  expect(await stuck.closed).toEqual({ code: 4203, reason: "Idle" });
  expect(await base.closed).toMatchObject({ code: 1003, reason: expect.stringContaining("Connection timed out") });
  lively.send({ type: "ping" });
  await untilReceived(lively, 1);
  expect(received(lively)).toEqual([["pong", {}]]);
});
