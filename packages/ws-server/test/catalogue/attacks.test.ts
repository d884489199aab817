import { once } from "node:events";
import { get, request } from "node:http";
import { closeCodes, defineOperation } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as z from "zod/mini";
import { protocols } from "../../src/connection/protocols.js";
import { createServer, defineModule, lineLogger, SourceError, serveOperation } from "../../src/index.js";
import { MemoryClient } from "../../src/testing/index.js";
import { AAPL, ORDERS_OF_ANN, order } from "../helpers/data.js";
import { turns, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";
import { untilReceived } from "../helpers/session.js";

const ANN = { accountId: "ann" };

const isControl = (unit: number) => unit < 0x20 || (unit >= 0x7f && unit <= 0x9f);

describe("the server, by the rows of the catalogue of attacks", () => {
  test("3.4 a token in the subprotocols is never selected, and appears in no header, frame or log line", async () => {
    const { server, session, logger } = await startMarket();
    for (const protocols of [
      ["trading.v2", "bearer.ann-0123456789"],
      ["bearer.ann-0123456789", "trading.v2"],
    ]) {
      const socket = new WebSocket(session, protocols);
      const [response] = await once(socket, "upgrade");
      expect(JSON.stringify(response.headers)).not.toContain("0123456789");
      expect(response.headers["sec-websocket-protocol"]).toBe("trading.v2");
      socket.terminate();
    }
    await until(() => server.counts().connections === 0);
    expect(JSON.stringify(logger.entries)).not.toContain("0123456789");
  });

  test("3.5 before a login the server serves public routes only, and a second login cannot change the user", async () => {
    const { server, session, sources } = await startMarket();
    const client = await NetworkClient.session(session);
    const outcomes: unknown[] = [];
    for (const [type, payload] of [
      ["orders.subscribe", ANN],
      ["auth.login", { token: "bob" }],
      ["orders.subscribe", ANN],
      ["auth.login", { token: "ann" }],
      ["orders.subscribe", ANN],
      ["bars.subscribe", AAPL],
    ] as const) {
      const { payload: reply } = await client.request({ type, payload });
      outcomes.push(reply.code ?? reply.status);
    }
    expect(outcomes).toEqual(["unauthorized", "ok", "forbidden", "subject_changed", "forbidden", "ok"]);
    expect(server.connections[0]?.subject).toBe("bob");
    expect(sources.orders.calls).toEqual([]);
  });

  test("3.7 a user whose authorization is revoked receives nothing more, on any connection", async () => {
    let isRevoked = false;
    const { server, session, base, sources } = await startMarket({ authorize: () => !isRevoked });
    const sessions = await Promise.all([1, 2, 3].map(() => NetworkClient.session(session, "ann")));
    const plain = await NetworkClient.connect(base, bearer("ann"));
    for (const client of [...sessions, plain]) await client.request({ type: "orders.subscribe", payload: ANN });
    isRevoked = true;
    await server.reauthorize();
    sources.orders.publish(order("late"));
    for (const client of sessions) {
      await client.until("subscription.ended");
      await client.settled();
      client.subscribe("orders", ANN);
      expect((await client.next()).payload.code).toBe("forbidden");
    }
    expect((await plain.closed).code).toBe(1008);
    for (const client of [...sessions, plain]) expect(client.frames.join()).not.toContain('"late"');
    expect(server.counts().subscriptions).toBe(0);
  });

  test("3.7 closing the connections of a user releases the subscriptions", async () => {
    const { server, session } = await startMarket();
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    for (const connection of server.connections) {
      if (connection.principal?.subject === "ann") connection.close(closeCodes.forbidden);
    }
    expect(await client.closed).toEqual({ code: 4003, reason: "Forbidden" });
    expect(server.counts().subscriptions).toBe(0);
  });

  test("3.8 the position of another user, guessed or stolen, discloses no update", async () => {
    const { session, sources } = await startMarket();
    const owner = await NetworkClient.session(session, "ann");
    const { epoch } = (await owner.request({ type: "orders.subscribe", payload: ANN })).payload;
    for (const id of ["secret-1", "secret-2"]) sources.orders.publish(order(id));
    await owner.settled();
    const thief = await NetworkClient.session(session, "bob");
    for (const offset of [0, 1, 2]) thief.subscribe("orders", ANN, { resume: { epoch, offset } });
    thief.subscribe("orders", { accountId: "bob" }, { resume: { epoch, offset: 0 } });
    await thief.settled();
    expect(thief.frames.join()).not.toContain("secret");
    expect(thief.messages.slice(1).map(({ payload }) => payload.code ?? payload.recovered)).toEqual([
      ...["forbidden", "forbidden", "forbidden", false],
      undefined,
    ]);
    expect(thief.messages[4]?.payload.epoch).not.toBe(epoch);
  });

  test("3.9 the server pauses reading from a client above its rate, loses no request, and serves other clients", async () => {
    const { clock, session, sources } = await startMarket({ heartbeatIntervalMs: 0, maxRequestBurst: 100 });
    const [fast, other] = [await NetworkClient.session(session), await NetworkClient.session(session)];
    // More than fits in one read of the socket.
    const count = 4_000;
    const pad = "x".repeat(200);
    for (let id = 0; id < count; id++) fast.send({ type: "ping", id, payload: pad });
    let before = -1;
    // No more replies arrive for a while: the server has paused reading.
    while (before !== fast.frames.length) {
      before = fast.frames.length;
      await other.settled();
      await turns(50);
    }
    expect(fast.frames.length).toBeLessThan(count / 2);
    await other.request({ type: "bars.subscribe", payload: AAPL });
    expect(sources.bars.count("create")).toBe(1);
    for (let second = 0; fast.frames.length < count + 1; second++) {
      expect(second).toBeLessThan(60);
      clock.advance(1_000);
      await turns(100);
    }
    expect(fast.messages.slice(1).map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, id) => id));
  });

  test("3.9 subscribing and unsubscribing a thousand times a second starts and stops the source alternately, and leaks nothing", async () => {
    const { server, session, sources } = await startMarket({ lingerMs: 0, maxRequestsPerSecond: 0 });
    const client = await NetworkClient.session(session);
    for (let count = 0; count < 1_000; count++) {
      client.subscribe("bars", AAPL);
      client.unsubscribe("bars", AAPL);
    }
    await client.settled();
    await until(() => server.counts().topics === 0);
    expect(client.types.filter((type) => type.endsWith(".response"))).toHaveLength(2_000);
    const kinds = sources.bars.calls.map((call) => call.split(" ")[0]);
    expect(kinds).toEqual(kinds.map((_, index) => (index % 2 === 0 ? "create" : "remove")));
    expect(kinds.length % 2).toBe(0);
  });

  test("3.20 a subscribe request names one topic: a list of topics is refused", async () => {
    const { session, server } = await startMarket();
    const client = await NetworkClient.session(session);
    const list = Array.from({ length: 1_000 }, (_, n) => ({ symbol: `${n}`, resolution: "1" }));
    for (const payload of [list, { ...AAPL, symbol: list.map(({ symbol }) => symbol) }]) {
      expect((await client.request({ type: "bars.subscribe", payload })).payload.code).toBe("invalid_message");
    }
    expect(server.counts()).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("3.21 topics above maxTopics are refused, running topics continue, and all are released on disconnect", async () => {
    const { server, session, clock, logger } = await startMarket({
      maxTopics: 50,
      maxRequestsPerSecond: 0,
      heartbeatIntervalMs: 0,
    });
    const client = await NetworkClient.session(session);
    for (let id = 0; id < 2_000; id++) client.subscribe("trades", { symbol: `T${id}` }, { id });
    await client.settled();
    const outcomes = client.messages.slice(1).map(({ payload }) => payload.code ?? payload.status);
    expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === "too_many_topics")).toHaveLength(1_950);
    expect(server.stats().routes.map(({ route }) => route)).toEqual(["bars", "trades", "orders", "executions"]);
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    clock.advance(30_000);
    await until(() => server.counts().topics === 0);
    expect(server.inspect().topics).toEqual([]);
    expect(logger.entries).toEqual([]);
  });

  test("3.29 a client's text in the log stays on one line, escaped and shortened", async () => {
    const lines: string[] = [];
    const { session, sources } = await startMarket({ logger: lineLogger("debug", (line) => lines.push(line)) });
    sources.trades.onCreate = (topic) => {
      throw new Error(`no such topic: ${topic}`);
    };
    const client = await NetworkClient.session(session);
    const evil = [
      '\r\n{"level":"error","message":"forged"}',
      "\u001b[2J\u001b]0;x\u0007",
      "\u009b31m\u2028\u0085",
      "\0",
    ];
    for (const symbol of evil) {
      const { payload } = await client.request({ type: "trades.subscribe", payload: { symbol } });
      expect(payload.code).toBe("source_unavailable");
      client.login(`bad${symbol}`);
      await client.next();
    }
    expect(lines.length).toBe(2 * evil.length);
    for (const line of lines) {
      expect(line.indexOf("\n")).toBe(line.length - 1);
      expect(Array.from(line.slice(0, -1), (unit) => unit.charCodeAt(0)).filter(isControl)).toEqual([]);
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(error|debug)$/) });
      expect(line.length).toBeLessThan(6_000);
    }
    expect(lines.join("")).not.toContain("bad");
  });

  test("3.30 an internal error is reported with a fixed message, without path, query, input or stack", async () => {
    const detail = "SELECT * FROM users at /srv/app/db.ts:42 password=hunter2";
    const fail = () => {
      throw new Error(detail);
    };
    const job = defineOperation({ name: "job", request: z.object({}), reply: z.object({}), access: "public" });
    const secret = defineOperation({ name: "secret", request: z.object({}), reply: z.object({}), access: "private" });
    const wrong = defineOperation({ name: "wrong", request: z.object({}), reply: z.object({}), access: "public" });
    const { server, logger } = await startMarket();
    const operations = [
      serveOperation(job, fail),
      serveOperation(secret, () => ({})),
      serveOperation(wrong, () => detail as never),
    ];
    const failing = createServer({
      title: "",
      version: "",
      modules: [defineModule({ name: "m", version: "1", routes: [], operations })],
      authenticate: fail,
      authorize: fail,
      logger,
    });
    const client = MemoryClient.connect(failing);
    for (const type of ["job", "secret", "wrong"]) client.send({ type, payload: {}, id: type });
    client.send({ type: "auth.login", payload: { token: detail }, id: "login" });
    client.send({ type: "job", payload: detail, id: "input" });
    await untilReceived(client, 5);
    await turns();
    const replies = client.messages.slice(1);
    expect(replies).toHaveLength(5);
    expect(replies.map(({ id, payload }) => [id, (payload as { code: string }).code])).toEqual(
      expect.arrayContaining([
        ["job", "internal"],
        ["secret", "unauthorized"],
        ["wrong", "internal"],
        ["login", "unauthorized"],
      ]),
    );
    expect(JSON.stringify(replies)).not.toMatch(/hunter2|SELECT|\/srv|db\.ts|Error|at /);
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(3);
    await failing.close();
    await server.close();
  });

  test("3.30 a source's error message reaches the client only as a SourceError, and without its cause", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session);
    sources.bars.onCreate = () => {
      const cause = new Error("password=hunter2");
      throw new SourceError("unknown_symbol", "There is no such symbol", { cause });
    };
    expect((await client.request({ type: "bars.subscribe", payload: AAPL })).payload).toMatchObject({
      code: "unknown_symbol",
      message: "There is no such symbol",
    });
    expect(client.frames.join()).not.toContain("hunter2");
  });

  test("3.31 every close reason has at most 123 bytes, also with the longest option values", async () => {
    for (const { reason } of Object.values(closeCodes)) expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    const longest = 2 ** 31 + 0.5;
    const { reason } = protocols.base.closes.idle(longest, Number.MAX_SAFE_INTEGER);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    const { clock, base } = await startMarket({
      heartbeatIntervalMs: 1_234_567_890_123,
      maxConnectionLifespanMs: Number.MAX_SAFE_INTEGER,
    });
    const client = await NetworkClient.connect(base);
    await client.settled();
    clock.advance(1_234_567_890_123);
    const close = await client.closed;
    expect(close.code).toBe(1003);
    expect(close.reason).toContain("Heartbeat interval 1234567890.123");
    expect(Buffer.byteLength(close.reason)).toBeLessThanOrEqual(123);
  });

  test("3.33 the port that clients connect to serves no metrics, health or statistics", async () => {
    const { url } = await startServer();
    const origin = new URL(url.replace("ws:", "http:")).origin;
    for (const path of ["/metrics", "/health", "/inspect", "/stats", "/", "/api/v1/ws/../metrics"]) {
      const [response] = await once(get(`${origin}${path}`), "response");
      response.resume();
      expect([path, response.statusCode]).toEqual([path, 404]);
    }
  });

  test("3.34 an endpoint replies 426 to a request that is not a WebSocket upgrade, and opens no connection", async () => {
    const { server, url } = await startServer();
    const endpoint = url.replace("ws:", "http:");
    for (const method of ["GET", "POST", "PUT", "OPTIONS"]) {
      const outgoing = request(endpoint, { method });
      outgoing.end();
      const [response] = await once(outgoing, "response");
      response.resume();
      expect([method, response.statusCode, response.headers.upgrade]).toEqual([method, 426, "websocket"]);
    }
    expect(server.counts().connections).toBe(0);
  });

  test("3.27 for a repeated key, authorization, reply and subscription use the same parsed value", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session, "bob");
    client.send('{"type":"orders.subscribe","payload":{"accountId":"bob","accountId":"ann"},"id":1}');
    client.send('{"type":"orders.subscribe","payload":{"accountId":"ann","accountId":"bob"},"id":2}');
    await client.settled();
    expect(client.messages.slice(1, 3).map(({ payload }) => [payload.topic, payload.code ?? payload.status])).toEqual(
      expect.arrayContaining([
        [ORDERS_OF_ANN, "forbidden"],
        [ORDERS_OF_ANN.replace("ann", "bob"), "ok"],
      ]),
    );
    expect(sources.orders.calls).toEqual([`create ${ORDERS_OF_ANN.replace("ann", "bob")}`]);
  });
});
