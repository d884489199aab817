import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { Client, startServer } from "../helpers/server.js";
import { AAPL, rest, setup, told, trade } from "../helpers/session.js";

describe("the welcome (PROTOCOL.md, Session extension)", () => {
  test("is the first frame, and tells how the connection lives", async () => {
    const { connect, server } = setup({ heartbeatIntervalMs: 7_000, maxConnectionLifespanMs: 9_000 });
    const client = connect();
    client.send({ type: "ping", id: "a" });
    client.send({ type: "ping" });
    await rest();
    expect(client.messages).toEqual([
      {
        type: "session.welcome",
        payload: {
          connectionId: server.connections[0]?.id,
          protocol: 2,
          heartbeatIntervalMs: 7_000,
          maxConnectionLifespanMs: 9_000,
          serverTime: 0,
          server: "Test/1",
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
    const client = await Client.connect(`${url}${query}`);
    client.subscribe();
    expect((await client.next()).type).toBe(first);
  });
});

describe("a problem is an error message", () => {
  test.each([
    ["not JSON", "not json", "invalid_message", undefined],
    ["no envelope", "[]", "invalid_message", undefined],
    ["a bad id", '{"type":"ping","id":1.5}', "invalid_message", undefined],
    ["a missing parameter", '{"type":"bars.subscribe","payload":{"symbol":"AAPL"},"id":7}', "invalid_message", 7],
    ["a login without a token", '{"type":"auth.login","payload":{},"id":"x"}', "invalid_message", "x"],
    ["a type there is none of", '{"type":"nothing","id":8}', "unknown_type", 8],
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
    await rest();
    const [error, pong] = client.messages.slice(1);
    expect(error).toEqual({
      type: "error",
      payload: { code, message: expect.any(String), retryable: false, ...(id !== undefined && { id }) },
    });
    expect(JSON.stringify(error).length).toBeLessThanOrEqual(1_024);
    expect(pong?.type).toBe("pong");
  });

  test("up to a limit of them, of which one is forgiven every ten seconds", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect();
    for (let count = 0; count < 16; count++) client.send("no");
    clock.advance(20_000);
    client.send("no");
    client.send("no");
    await rest();
    expect(client.messages).toHaveLength(1 + 18);
    client.send("no");
    expect(await client.closed).toEqual({ code: 4102, reason: "Too many errors" });
  });
});

describe("a source that gives its topic up", () => {
  test("ends it for session clients by name, and base connections, which cannot be told", async () => {
    const { connect, sources } = setup();
    const [session, base] = [connect(), connect({ protocol: "base" })];
    for (const client of [session, base]) client.subscribe("bars", AAPL);
    await rest();
    sources.bars.end();
    await rest();
    expect(told(session).at(-1)).toEqual([
      "subscription.ended",
      { topic: 'bars:{"resolution":"1","symbol":"AAPL"}', code: "source_ended", retryable: true },
    ]);
    expect(await base.closed).toMatchObject({ code: 1013 });
  });
});

describe("slow consumers", () => {
  const bar = (time: number, close: number) => ({ time, open: 1, high: 99_999, low: 0, close, volume: 1 });

  test("of a keyed route are spared what was superseded, and end up with the last state", async () => {
    const { connect, server, sources } = setup({ maxBufferedBytes: 4_096, maxBatchDelayMs: 0 });
    const [slow, fast] = [connect(), connect()];
    for (const client of [slow, fast]) client.subscribe("bars", AAPL);
    await rest();
    slow.stall();
    for (let close = 1; close <= 500; close++) {
      sources.bars.publish(bar(1 + (close % 3), close));
      if (close % 50 === 0) await rest(1);
      expect(Math.max(...server.connections.map(({ waitingBytes }) => waitingBytes))).toBeLessThanOrEqual(4_096);
    }
    await rest();
    const closes = (client: MemoryClient) =>
      told(client).flatMap(([, { payload }]) => (payload as { close?: number })?.close ?? []);
    expect(closes(fast)).toHaveLength(500);
    slow.drain();
    await rest(8);
    expect(closes(slow).slice(-3)).toEqual([498, 499, 500]);
    expect(closes(slow).length).toBeLessThan(60);
    expect(server.connections).toHaveLength(2);
  });

  test.each([
    ["session", 4101],
    ["base", 1013],
  ] as const)("of a log that moves on too far are closed: %s with %i", async (protocol, code) => {
    const { connect, server, sources } = setup({ maxBufferedBytes: 4_096, maxBatchDelayMs: 0 });
    const [slow, fast] = [connect({ protocol }), connect()];
    for (const client of [slow, fast]) client.subscribe("trades", { symbol: "AAPL" });
    await rest();
    slow.stall();
    for (let time = 1; time <= 1_200; time++) {
      sources.trades.publish(trade(time));
      if (time % 20 === 0) await rest(1);
    }
    expect((await slow.closed).code).toBe(code);
    expect(told(fast).filter(([type]) => type === "trades.update")).toHaveLength(1_200);
    expect(server.counts().subscriptions).toBe(1);
  });
});

test("more topics than may run are refused, and those that run are not", async () => {
  const { connect } = setup({ maxTopics: 2, maxTopicLength: 60 });
  const [first, second] = [connect(), connect()];
  for (const symbol of ["A", "B", "C"]) first.subscribe("trades", { symbol });
  second.subscribe("trades", { symbol: "A" });
  second.subscribe("trades", { symbol: "x".repeat(64) });
  await rest();
  const outcomes = (client: MemoryClient) => told(client).map(([, { status, code }]) => code ?? status);
  expect(outcomes(first)).toEqual(["ok", "ok", "too_many_topics"]);
  expect(outcomes(second)).toEqual(["ok", "topic_too_long"]);
  expect(told(second)[1]?.[1].topic).toBe("");
});

describe("draining", () => {
  test("tells sessions, closes base clients in batches, lets nobody in, and then everything", async () => {
    const { server, clock, connect } = setup({ heartbeatIntervalMs: 0 });
    const session = connect();
    const bases = Array.from({ length: 40 }, () => connect({ protocol: "base" }));
    await rest();
    const left = () => server.counts().connections;
    const closed = server.close({ drainMs: 10_000 });
    expect(() => connect()).toThrow(expect.objectContaining({ code: "closed" }));
    await rest();
    expect(told(session)).toEqual([["server.draining", { reconnectAfterMs: 10_000 }]]);
    const steps = [left()];
    for (let step = 0; step < 19; step++) {
      clock.advance(500);
      await rest();
      steps.push(left());
    }
    expect(steps).toEqual(Array.from({ length: 20 }, (_, step) => 39 - 2 * step).map((count) => Math.max(count, 1)));
    clock.advance(500);
    await rest();
    expect(await session.closed).toEqual({ code: 1012, reason: "Service restart" });
    expect(await (bases[0] as MemoryClient).closed).toMatchObject({ code: 1012 });
    await closed;
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
  });

  test("a client on the network is told 503 meanwhile", async () => {
    const { server, url } = await startServer();
    const stays = await Client.connect(`${url}?protocol=2`);
    const closed = server.close({ drainMs: 50 });
    await expect(Client.connect(url)).rejects.toThrow(/503|ECONNREFUSED/);
    expect((await stays.closed).code).toBe(1012);
    await closed;
  });
});

test("a session lives for 80 to 100 % of the maximum, and is closed with 4201", async () => {
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

test("a session that answers pings lives; one that does not is closed with 4203; a base one needs messages", async () => {
  const { clock, connect } = setup();
  const [lively, stuck, base] = [connect(), connect(), connect({ protocol: "base" })];
  stuck.stall();
  for (let half = 0; half < 6; half++) {
    clock.advance(15_000);
    await rest();
  }
  expect(await stuck.closed).toEqual({ code: 4203, reason: "Idle" });
  expect(await base.closed).toMatchObject({ code: 1003, reason: expect.stringContaining("Connection timed out") });
  lively.send({ type: "ping" });
  await rest();
  expect(told(lively)).toEqual([["pong", {}]]);
});
