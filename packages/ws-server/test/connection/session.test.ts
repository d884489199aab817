import { orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { Client, deferred, startServer } from "../helpers/server.js";
import { AAPL, ORDERS_OF_ANN, type Order, order, rest, setup, told, trade } from "../helpers/session.js";

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

describe("logging in", () => {
  const login = (client: MemoryClient, token: string, id = token) =>
    client.send({ type: "auth.login", payload: { token }, id });

  test("opens what is private; without it that is unauthorized, with another's login forbidden", async () => {
    const { connect } = setup();
    const client = connect();
    client.subscribe("orders", { accountId: "ann" }, { id: 1 });
    await rest();
    login(client, "bob");
    await rest();
    client.subscribe("orders", { accountId: "ann" }, { id: 2 });
    client.subscribe("orders", { accountId: "nobody there" }, { id: 3 });
    await rest();
    const other = connect({ principal: { subject: "ann" } });
    other.subscribe("orders", { accountId: "ann" }, { id: 4 });
    await rest();
    expect(told(client).map(([type, { status, code }]) => [type, status, code])).toEqual([
      ["orders.subscribe.response", "error", "unauthorized"],
      ["auth.login.response", "ok", undefined],
      ["orders.subscribe.response", "error", "forbidden"],
      ["orders.subscribe.response", "error", "forbidden"],
    ]);
    const refusals = told(client)
      .slice(2)
      .map(([, { message }]) => message);
    expect(new Set(refusals).size).toBe(1);
    expect(told(other)[0]).toMatchObject(["orders.subscribe.response", { status: "ok", topic: ORDERS_OF_ANN }]);
  });

  test("with a token that is not valid, or another subject's, changes nothing", async () => {
    const { connect, server } = setup();
    const client = connect();
    login(client, "bad");
    await rest();
    login(client, "ann");
    await rest();
    login(client, "bob");
    await rest();
    expect(told(client).map(([, { status, code }]) => [status, code])).toEqual([
      ["error", "unauthorized"],
      ["ok", undefined],
      ["error", "subject_changed"],
    ]);
    expect(server.connections[0]?.subject).toBe("ann");
  });

  test("twice at once, the one that was sent last holds, however late the first is answered", async () => {
    const starts = new Map<string, ReturnType<typeof deferred>>();
    const { connect, server } = setup({
      authenticate: async (token) => {
        const start = deferred();
        starts.set(token, start);
        await start.promise;
        return { subject: "ann", claims: { token } };
      },
    });
    const client = connect();
    login(client, "first");
    login(client, "second");
    await rest();
    expect([...starts.keys()]).toEqual(["first"]);
    starts.get("first")?.resolve();
    await rest();
    starts.get("second")?.resolve();
    await rest();
    expect(client.messages.slice(1).map(({ id }) => id)).toEqual(["first", "second"]);
    expect(server.connections[0]?.principal?.claims).toEqual({ token: "second" });
  });

  test("waits a limited time, and tells that another try may help", async () => {
    const { connect, clock } = setup({ authenticate: () => new Promise(() => {}) });
    const client = connect();
    login(client, "ann");
    await rest();
    clock.advance(2_500);
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "authentication_unavailable" });
  });

  test("ends with its token: warned once, closed in time, kept by a fresh one", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect({ principal: { subject: "ann", expiresAt: 300_000 } });
    const lazy = connect({ principal: { subject: "bob", expiresAt: 300_000 } });
    const base = connect({ protocol: "base", principal: { subject: "carl", expiresAt: 300_000 } });
    clock.advance(239_999);
    await rest();
    expect(told(client)).toEqual([]);
    clock.advance(1);
    await rest();
    expect(told(client)).toEqual([["auth.expiring", { expiresInMs: 60_000 }]]);
    login(client, "ann@600000");
    await rest();
    clock.advance(59_999);
    await rest();
    expect(told(client).map(([type]) => type)).toEqual(["auth.expiring", "auth.login.response"]);
    clock.advance(1);
    expect(await lazy.closed).toEqual({ code: 4202, reason: "Token expired" });
    expect(await base.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(told(lazy)).toHaveLength(1);
    expect(base.messages).toEqual([]);
    clock.advance(300_000);
    expect((await client.closed).code).toBe(4202);
  });

  test("follows a date that jumps within half a minute", async () => {
    const { connect, clock } = setup({ heartbeatIntervalMs: 0 });
    const client = connect({ principal: { subject: "ann", expiresAt: 3_600_000 } });
    clock.jump(3_600_000);
    clock.advance(29_999);
    expect(told(client)).toEqual([]);
    clock.advance(1);
    expect((await client.closed).code).toBe(4202);
  });
});

describe("what is private", () => {
  const ann = { principal: { subject: "ann" } };

  test("is asked about at each subscribe and each resume", async () => {
    const { connect, asked, sources } = setup();
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    sources.orders.publish(order("1"));
    await rest();
    const [[, reply] = []] = told(client);
    const { epoch, offset } = reply as { epoch: string; offset: number };
    client.disconnect();
    await rest();
    const stranger = connect({ principal: { subject: "bob" } });
    stranger.subscribe("orders", { accountId: "ann" }, { resume: { epoch, offset } });
    await rest();
    expect(asked.map(({ subject }) => subject)).toEqual(["ann", "bob"]);
    expect(told(stranger)).toHaveLength(1);
    expect(told(stranger)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden", topic: ORDERS_OF_ANN });
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
      1,
    ],
    ["rejects", () => Promise.reject(new Error("no")), 1],
    ["returns something true that is not true", () => 1 as unknown as boolean, 0],
  ])("is refused where the authorizer %s", async (_name, authorize, errors) => {
    const { connect, logger, server } = setup({ authorize });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(errors);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("is refused where the authorizer does not answer in time", async () => {
    const { connect, clock } = setup({ authorize: () => new Promise(() => {}) });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    clock.advance(2_500);
    await rest();
    expect(told(client)[0]?.[1]).toMatchObject({ status: "error", code: "forbidden" });
  });

  test("is taken again when the right to it is withdrawn", async () => {
    let mayHold = true;
    const { connect, server, sources } = setup({ authorize: () => mayHold });
    const [session, base] = [connect(ann), connect({ ...ann, protocol: "base" })];
    for (const client of [session, base]) {
      client.subscribe("orders", { accountId: "ann" });
      client.subscribe("bars", AAPL);
    }
    await rest();
    mayHold = false;
    await server.reauthorize();
    sources.orders.publish(order("1"));
    await rest();
    expect(told(session).at(-1)).toEqual([
      "subscription.ended",
      { topic: ORDERS_OF_ANN, code: "forbidden", retryable: false },
    ]);
    expect(await base.closed).toMatchObject({ code: 1008 });
    expect(server.connections.map(({ topics }) => topics)).toEqual([[expect.stringContaining("bars:")]]);
  });

  test("is taken by a fresh token with fewer rights", async () => {
    const { connect } = setup({
      authenticate: (token) => ({ subject: "ann", claims: { token } }),
      authorize: (principal) => principal?.claims?.token !== "less",
    });
    const client = connect(ann);
    client.subscribe("orders", { accountId: "ann" });
    await rest();
    client.send({ type: "auth.login", payload: { token: "less" } });
    await rest();
    expect(
      told(client)
        .map(([type]) => type)
        .slice(-2),
    ).toEqual(["auth.login.response", "subscription.ended"]);
  });

  test("goes to its own account alone, of which each has a source of its own", async () => {
    const { connect, sources } = setup();
    const [mine, theirs] = [connect(ann), connect({ principal: { subject: "bob" } })];
    mine.subscribe("orders", { accountId: "ann" });
    theirs.subscribe("orders", { accountId: "bob" });
    await rest();
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    await rest();
    mine.disconnect();
    sources.orders.publish(order("2"), orders.buildTopic({ accountId: "bob" }));
    await rest();
    const ids = (client: MemoryClient) => told(client).flatMap(([, { payload }]) => (payload as Order)?.id ?? []);
    expect([ids(mine), ids(theirs)]).toEqual([["1"], ["2"]]);
  });

  test("is nobody else's by any other spelling of its parameters", async () => {
    const { connect, sources } = setup({ maxErrors: 0, maxRequestsPerSecond: 0 });
    const owner = connect(ann);
    owner.subscribe("orders", { accountId: "ann" });
    await rest();
    const stranger = connect({ principal: { subject: "bob" } });
    const spellings = [
      '{"accountId":"ann","accountId":"bob"}',
      '{"accountId":"bob","accountId":"ann"}',
      '{"accountId":["ann"]}',
      '{"accountId":"\\u0061nn"}',
      '{"accountId":"ann","x":1}',
      '{"x":1,"accountId":"ann"}',
      '{"accountId":"ANN"}',
      '{"accountId":"ann "}',
      '{"accountId":"a\\u200bnn"}',
      '{"accountId":"ann\\u0000"}',
      '{"__proto__":{"accountId":"ann"}}',
      '{"accountId":null}',
      '{"accountId":{"toString":"ann"}}',
    ];
    for (const payload of spellings) stranger.send(`{"type":"orders.subscribe","payload":${payload}}`);
    await rest();
    sources.orders.publish(order("secret"), ORDERS_OF_ANN);
    await rest();
    expect(JSON.stringify(stranger.messages)).not.toContain("secret");
    expect(JSON.stringify(owner.messages)).toContain("secret");
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

describe("positions (PROTOCOL.md, Positions and recovery)", () => {
  const bar = (time: number) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 });
  const ann = { principal: { subject: "ann" } };

  test("a keyed route's reply promises a snapshot, which ends with current, also an empty one", async () => {
    const { connect, sources } = setup();
    const first = connect(ann);
    first.subscribe("orders", { accountId: "ann" });
    await rest();
    for (const update of [order("1"), order("2"), order("1", 2)]) sources.orders.publish(update);
    const second = connect(ann);
    second.subscribe("orders", { accountId: "ann" });
    await rest();
    const epoch = told(first)[0]?.[1].epoch;
    const reply = { status: "ok", message: "Subscribed", topic: ORDERS_OF_ANN, epoch, retention: "keyed", offset: 0 };
    expect(told(first).slice(0, 2)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 0 }],
    ]);
    expect(told(second)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 2, payload: order("2") }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 3, payload: order("1", 2) }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 3 }],
    ]);
  });

  test("a log's reply stands at the offset of its request, and promises nothing", async () => {
    const { connect, sources } = setup();
    const start = deferred();
    sources.trades.onCreate = (_topic, publish) => {
      publish(trade(1));
      return start.promise;
    };
    const [starter, later] = [connect(), connect()];
    starter.subscribe("trades", { symbol: "AAPL" });
    await rest();
    later.subscribe("trades", { symbol: "AAPL" });
    sources.trades.publish(trade(2));
    start.resolve();
    await rest();
    sources.trades.publish(trade(3));
    await rest();
    const seen = (client: MemoryClient) =>
      told(client).map(([type, { offset, snapshot, recovered, retention }]) => [
        type,
        offset,
        snapshot,
        recovered,
        retention,
      ]);
    expect(seen(starter)).toEqual([
      ["trades.subscribe.response", 0, undefined, undefined, "log"],
      ...[1, 2, 3].map((offset) => ["trades.update", offset, undefined, undefined, undefined]),
    ]);
    expect(seen(later)).toEqual([
      ["trades.subscribe.response", 1, undefined, undefined, "log"],
      ...[2, 3].map((offset) => ["trades.update", offset, undefined, undefined, undefined]),
    ]);
  });

  test("subscribing again gets the position alone", async () => {
    const { connect, sources } = setup();
    const client = connect();
    client.subscribe("bars", AAPL);
    await rest();
    sources.bars.publish(bar(1));
    client.subscribe("bars", AAPL);
    await rest();
    expect(told(client).at(-1)).toEqual(["bars.subscribe.response", expect.objectContaining({ offset: 1 })]);
    expect(told(client).at(-1)?.[1]).not.toHaveProperty("snapshot");
    expect(told(client).at(-1)?.[1]).not.toHaveProperty("recovered");
    expect(told(client).filter(([type]) => type === "subscription.current")).toHaveLength(1);
  });

  describe("coming back", () => {
    async function leave(lingerMs = 30_000) {
      const world = setup({ lingerMs });
      const client = world.connect();
      client.subscribe("trades", { symbol: "AAPL" });
      await rest();
      world.sources.trades.publish(trade(1));
      await rest();
      const epoch = told(client)[0]?.[1].epoch as string;
      client.disconnect();
      await rest();
      const comeBack = async (offset: number, of = epoch) => {
        const again = world.connect();
        again.subscribe("trades", { symbol: "AAPL" }, { resume: { epoch: of, offset } });
        await rest();
        return told(again).map(([type, payload]) => [type.split(".")[1], payload.offset, payload.recovered]);
      };
      return { ...world, comeBack, epoch };
    }

    test("within the linger time gets what was missed, and current", async () => {
      const { sources, comeBack } = await leave();
      for (const time of [2, 3]) expect(sources.trades.publish(trade(time))).toBe(true);
      expect(await comeBack(1)).toEqual([
        ["subscribe", 1, true],
        ["update", 2, undefined],
        ["update", 3, undefined],
        ["current", 3, undefined],
      ]);
    });

    test("after it starts a new run, and is told so", async () => {
      const { clock, comeBack } = await leave();
      clock.advance(30_000);
      await rest();
      expect(await comeBack(1)).toEqual([["subscribe", 0, false]]);
    });

    test.each([
      ["a position ahead of the topic", (epoch: string) => [9, epoch]],
      ["another epoch", () => [1, "another"]],
    ] as const)("with %s is not recovered", async (_name, position) => {
      const { comeBack, epoch } = await leave();
      const [offset, of] = position(epoch) as [number, string];
      expect(await comeBack(offset, of)).toEqual([["subscribe", 1, false]]);
    });

    test("with a position below what is kept is not recovered", async () => {
      const { sources, comeBack } = await leave();
      for (let time = 2; time <= 1_002; time++) sources.trades.publish(trade(time));
      expect(await comeBack(1)).toEqual([["subscribe", 1_002, false]]);
      expect((await comeBack(2)).length).toBe(1_002);
    });
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
