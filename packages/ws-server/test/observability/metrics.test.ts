import { once } from "node:events";
import { get } from "node:http";
import { bars } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, type ServerOptions, SourceError, serve } from "../../src/index.js";
import { prometheusMetrics } from "../../src/observability/metrics.js";
import { ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { turn, until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { FakeSource } from "../helpers/server.js";

function setup(more: Partial<ServerOptions> = {}) {
  const metrics = prometheusMetrics();
  const source = new FakeSource();
  const server = createServer({
    title: "",
    version: "",
    modules: [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })],
    clock: new ManualClock(),
    logger: new RecordingLogger(),
    observers: [metrics.observer],
    lingerMs: 0,
    ...more,
  });
  metrics.watch(server);
  onTestFinished(async () => {
    await server.close();
    await metrics.close();
  });
  /** Returns the samples, by their name and labels. */
  const read = async () => {
    const text = await metrics.register.metrics();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    );
  };
  return { metrics, source, server, read };
}

describe("metrics", () => {
  test("count every event exactly, and the gauges return to 0 after the last disconnect", async () => {
    const { source, server, read } = setup({ maxBufferedBytes: 2_048 });
    const protocols = ["base", "session", "session"] as const;
    const clients = protocols.map((protocol) => MemoryClient.connect(server, { protocol }));
    const third = clients[2];
    for (const client of clients) client.subscribe("bars", AAPL);
    await until(() =>
      clients.every((client) => client.messages.some(({ type }) => type === "bars.subscribe.response")),
    );
    source.publish(bar(1));
    source.publish({ ...bar(1), close: Number.NaN });
    await until(() => clients.every((client) => client.messages.some(({ type }) => type === "bars.update")));
    let now = await read();
    expect(
      Object.fromEntries(
        [...now].filter(([name]) => /^trading_ws_(connections|topics|sub|pub|drop|del|conf)/.test(name)),
      ),
    ).toEqual({
      'trading_ws_connections{protocol="base"}': 1,
      'trading_ws_connections{protocol="session"}': 2,
      trading_ws_connections_behind: 0,
      'trading_ws_topics{route="bars"}': 1,
      'trading_ws_subscriptions{route="bars"}': 3,
      'trading_ws_published_total{route="bars"}': 1,
      'trading_ws_dropped_total{route="bars"}': 1,
      'trading_ws_delivered_total{route="bars"}': 3,
      'trading_ws_conflated_total{route="bars"}': 0,
    });
    expect(now.get('trading_ws_operation_duration_seconds_count{type="bars.subscribe",outcome="ok"}')).toBe(3);

    // A client that does not read gets the updates that fit, and the last one; the others are conflated.
    third?.stall();
    for (let close = 1; close <= 40; close++) source.publish(bar(2, close));
    await turn();
    now = await read();
    expect(now.get("trading_ws_slow_consumers_total")).toBe(1);
    expect(now.get("trading_ws_connections_behind")).toBe(1);
    third?.drain();
    await until(() => server.stats().laggingConnections === 0);
    now = await read();
    const delivered = now.get('trading_ws_delivered_total{route="bars"}') as number;
    const conflated = now.get('trading_ws_conflated_total{route="bars"}') as number;
    expect(conflated).toBeGreaterThan(0);
    expect(delivered + conflated).toBe(3 * 41);

    for (const client of clients) client.disconnect();
    await until(() => server.counts().topics === 0);
    now = await read();
    const gauges = [...now].filter(([name]) => /^trading_ws_(connections|topics|subscriptions)/.test(name));
    expect(gauges.map(([, value]) => value)).toEqual([0, 0, 0, 0, 0]);
    expect(now.get('trading_ws_closes_total{code="1006",protocol="session"}')).toBe(2);
    expect(now.get("trading_ws_connection_age_seconds_count")).toBe(3);
  });

  test("have no label with a topic, user or client text, and a bounded number of series", async () => {
    const { source, server, metrics, read } = setup({ maxRequestsPerSecond: 0, maxErrors: 0 });
    source.onCreate = (topic) => {
      if (topic.includes("BAD")) throw new SourceError(`code_${topic.length}_${topic}`, "no");
    };
    const client = MemoryClient.connect(server, { principal: { subject: "ann@example.com" } });
    for (let index = 0; index < 1_000; index++) client.subscribe("bars", { ...AAPL, symbol: `SYM-${index}` });
    for (let index = 0; index < 100; index++) client.subscribe("bars", { ...AAPL, symbol: `BAD-${index}` });
    for (let index = 0; index < 50; index++) client.send({ type: `evil.${index}` });
    await until(() => client.messages.filter(({ type }) => type.endsWith(".response")).length === 1_100);
    const text = await metrics.register.metrics();
    expect(text).not.toMatch(/SYM-|ann@|evil/);
    const outcomes = [...(await read()).keys()].filter((name) => name.includes("_duration_seconds_count"));
    expect(outcomes.length).toBeLessThanOrEqual(51);
    const labels = new Set(Array.from(text.matchAll(/[{,](\w+)="/g), ([, label]) => label));
    expect([...labels].sort()).toEqual(
      ["code", "le", "limit", "outcome", "protocol", "quantile", "route", "type"].slice(1),
    );
  });

  test("are served by a separate listener, and not on the port that clients connect to", async () => {
    const { metrics, server } = setup();
    const { port } = await metrics.listen();
    const { url } = await server.listen();
    const status = async (address: string) => {
      const [response] = await once(get(address), "response");
      response.resume();
      await once(response, "end");
      return [response.statusCode, response.headers["content-type"]?.split(";")[0]];
    };
    expect(await status(`http://127.0.0.1:${port}/metrics`)).toEqual([200, "text/plain"]);
    expect(await status(`http://127.0.0.1:${port}/`)).toEqual([404, undefined]);
    expect((await status(`${new URL(url.replace("ws:", "http:")).origin}/metrics`))[0]).toBe(404);
  });
});

test("close codes that clients choose have one series, and those of the protocol their own", async () => {
  const { server, read } = setup();
  const { url } = await server.listen();
  for (const code of [4_000, 4_042, 4_099, 4_150, 4_299, 3_000, 4_999, 4_203, 1_000]) {
    const client = await NetworkClient.connect(url);
    client.socket.close(code);
    await client.closed;
  }
  await until(() => server.counts().connections === 0);
  const codes = [...(await read())].flatMap(([name, value]) => {
    const [, code] = /^trading_ws_closes_total\{code="(\w+)"/.exec(name) ?? [];
    return code === undefined ? [] : [[code, value]];
  });
  expect(codes.sort()).toEqual([
    ["1000", 1],
    ["4203", 1],
    ["other", 7],
  ]);
});

test("the log contains no token, from any source", async () => {
  const lines: string[] = [];
  const { lineLogger } = await import("../../src/index.js");
  const TOKEN = "opaque-0123456789-abcdef";
  const { server } = setup({
    clock: undefined as never,
    logger: lineLogger("debug", (line) => lines.push(line)),
    allowedOrigins: ["https://app.example.com"],
    cookieName: "session",
    authenticate: (token) => {
      if (token !== TOKEN) throw new Error(`no such token: ${token}`);
      return { subject: "ann" };
    },
  });
  const { url } = await server.listen();
  for (const token of [TOKEN, `${TOKEN}-bad`]) {
    const { WebSocket } = await import("ws");
    const sockets = [
      new WebSocket(`${url}?protocol=2`, { headers: { authorization: `Bearer ${token}` } }),
      new WebSocket(`${url}?protocol=2`, ["trading.v2", `bearer.${token}`]),
      new WebSocket(`${url}?protocol=2`, {
        headers: { cookie: `session=${token}`, origin: "https://app.example.com" },
      }),
    ];
    for (const socket of sockets) {
      socket.on("error", () => {});
      await once(socket, "open");
      expect(socket.protocol).not.toContain(token);
      socket.terminate();
    }
    const client = await NetworkClient.connect(`${url}?protocol=2`);
    await client.next();
    client.send({ type: "auth.login", payload: { token } });
    expect((await client.next()).payload.status).toBe(token === TOKEN ? "ok" : "error");
    expect(client.frames.join()).not.toContain(TOKEN);
  }
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join("")).not.toContain(TOKEN);
});
