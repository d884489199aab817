import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { defineRoute } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { createServer, defineModule, type ServerOptions, type StreamServer, serve } from "../../src/index.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";
import { until } from "../helpers/event-loop.js";
import { advanceUntil } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";

const common = {
  params: z.object({}),
  update: z.object({ id: z.string(), text: z.string() }),
  access: "public",
  summary: "",
} as const;
const state = defineRoute({ ...common, name: "state", key: "id" });
const log = defineRoute({ ...common, name: "log", keep: { count: 5 } });
const KILOBYTE = "x".repeat(1_000);

/** Starts a server whose only client has subscribed to `state` and `log`, and does not read. */
async function startLate(protocol: "base" | "session", options: Partial<ServerOptions> = {}) {
  const clock = new ManualClock(1_700_000_000_000);
  const http = createHttpServer();
  const served = [serve(state, { createTopic() {} }), serve(log, { createTopic() {} })];
  const modules = [defineModule({ name: "notes", version: "1", routes: served })];
  const server = createServer({
    title: "Test",
    version: "1",
    modules,
    clock,
    logger: new RecordingLogger(),
    lingerMs: 0,
    authenticate: (token) => ({ subject: token, expiresAt: clock.now() + 10_000_000 }),
    ...options,
  });
  server.attach(http);
  http.listen(0, "127.0.0.1");
  onTestFinished(async () => {
    await advanceUntil(clock, server.close());
    http.close();
  });
  await once(http, "listening");
  const connected = once(http, "connection");
  const query = protocol === "session" ? "?protocol=2" : "";
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}${server.path}${query}`;
  const client = await NetworkClient.connect(url, bearer("ann"));
  const [stream] = (await connected) as [Socket];
  client.subscribe("state", {});
  client.subscribe("log", {});
  await until(() => client.types.includes("log.subscribe.response"));
  client.socket.pause();
  return { server, clock, client, stream };
}

/** Publishes to a topic until the client's subscription to it is lagging: its unread updates fill every buffer. */
async function fillBuffers(server: StreamServer): Promise<void> {
  let id = 0;
  await until(() => {
    for (let count = 0; count < 500; count++) server.publish(state, {}, { id: String(id++ % 10), text: KILOBYTE });
    return server.inspect().connections.every(({ laggingTopics }) => laggingTopics > 0);
  });
}

/** Publishes more than the log retains, so that the client has lost updates. */
function loseUpdates(server: StreamServer): void {
  for (let count = 0; count < 6; count++) server.publish(log, {}, { id: String(count), text: "" });
}

describe("a client that reads five seconds late gets the code with which it was closed", () => {
  const ways: readonly [string, base: number, session: number | undefined, close: (server: StreamServer) => void][] = [
    ["as a slow consumer", 1013, 4101, loseUpdates],
    ["by revoke", 1008, 4001, (server) => void server.revoke({ subject: "ann" })],
    ["by closeConnection", 4100, 4100, closeFirst],
    // A session client disconnects by itself during a drain.
    ["by a drain", 1012, undefined, (server) => void server.close({ drainMs: 20_000 })],
  ];
  test.each(ways)("%s", async (_way, base, session, close) => {
    for (const [protocol, code] of [
      ["base", base],
      ["session", session],
    ] as const) {
      if (code === undefined) continue;
      const { server, clock, client, stream } = await startLate(protocol);
      await fillBuffers(server);
      close(server);
      for (let second = 0; second < 5; second++) clock.advance(1_000);
      // What had been written to the socket before, with the close frame behind it.
      expect(stream.writableLength).toBeLessThan(200_000);
      client.socket.resume();
      expect((await client.closed).code).toBe(code);
      await until(() => server.counts().connections === 0);
    }
  });

  test("for its silence, its lifespan, or too many pings", async () => {
    for (const [code, options] of [
      [4203, { heartbeatIntervalMs: 5_000 }],
      [4201, { heartbeatIntervalMs: 0, maxConnectionLifespanMs: 6_000 }],
    ] as const) {
      const { server, clock, client } = await startLate("session", options);
      await fillBuffers(server);
      await until(() => {
        clock.advance(1_000);
        return server.counts().subscriptions === 0;
      });
      for (let second = 0; second < 5; second++) clock.advance(1_000);
      client.socket.resume();
      expect((await client.closed).code).toBe(code);
    }
    const { server, clock, client } = await startLate("session", { maxRequestBurst: 5, maxRequestsPerSecond: 1 });
    await fillBuffers(server);
    for (let count = 0; count < 7; count++) client.socket.ping();
    await until(() => server.counts().subscriptions === 0);
    for (let second = 0; second < 5; second++) clock.advance(1_000);
    client.socket.resume();
    expect((await client.closed).code).toBe(1008);
  });

  test("when the server closes without a drain, if it reads within a second", async () => {
    const { server, client } = await startLate("session");
    await fillBuffers(server);
    const closing = server.close();
    client.socket.resume();
    expect((await client.closed).code).toBe(1012);
    await closing;
  });
});

test("a client that does not read for ten seconds after the close is disconnected", async () => {
  const { server, clock } = await startLate("session");
  await fillBuffers(server);
  loseUpdates(server);
  for (let second = 0; second < 9; second++) clock.advance(1_000);
  expect(server.counts().connections).toBe(1);
  clock.advance(1_000);
  await until(() => server.counts().connections === 0);
  expect(clock.pending).toBe(0);
});

test("a client that does not read delays the end of the server by a second", async () => {
  const { server, clock } = await startLate("session");
  await fillBuffers(server);
  const closing = server.close();
  clock.advance(1_000);
  await closing;
  expect(server.counts().connections).toBe(0);
});

test("the replies of a closed connection are sent before its close frame", async () => {
  const { server, client } = await startLate("session");
  await fillBuffers(server);
  client.send({ type: "ping", id: "last" });
  const [before] = server.inspect().connections;
  await until(() => (server.inspect().connections[0]?.waitingBytes ?? 0) > (before?.waitingBytes ?? 0));
  loseUpdates(server);
  client.socket.resume();
  expect((await client.closed).code).toBe(4101);
  expect(client.messages.at(-1)).toEqual({ type: "pong", id: "last" });
});

function closeFirst(server: StreamServer): void {
  const [connection] = server.connections;
  server.closeConnection(connection?.id ?? "", { code: 4100, reason: "Closed by the operator" });
}
