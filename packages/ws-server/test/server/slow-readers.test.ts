import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { bars, type ParamsOf, type QuoteData, quotes } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import {
  createServer,
  defineModule,
  type Publish,
  type ServerOptions,
  serve,
  type TopicSource,
} from "../../src/index.js";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { FakeSource } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };

/** Starts a server on an HTTP server of the test, which exposes the server-side stream of its only connection. */
async function startWatched(options: Partial<ServerOptions> = {}) {
  const http = createHttpServer();
  const source = new FakeSource();
  const publishers: Publish<QuoteData>[] = [];
  const quoteSource: TopicSource<ParamsOf<typeof quotes>, QuoteData> = {
    createTopic: (_topic, _params, publish) => void publishers.push(publish),
    removeTopic() {},
  };
  const routes = [serve(bars, source), serve(quotes, quoteSource)];
  const modules = [defineModule({ name: "datafeed", version: "1", routes })];
  const server = createServer({ title: "Test", version: "1", modules, lingerMs: 0, ...options });
  server.attach(http);
  http.listen(0, "127.0.0.1");
  onTestFinished(async () => {
    await server.close();
    http.close();
  });
  const connected = once(http, "connection");
  await once(http, "listening");
  const client = await NetworkClient.connect(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/ws`);
  const [stream] = (await connected) as [Socket];
  return { server, source, publishers, client, stream };
}

describe("a client that does not read", () => {
  test("is not read above the limit either; when it reads again, every reply arrives in order", async () => {
    const LIMIT = 262_144;
    const { client, stream } = await startWatched({ maxBufferedBytes: LIMIT, maxRequestsPerSecond: 0 });
    const symbols = Array.from({ length: 240 }, (_, index) => String(index).padEnd(64, "x"));
    const payload = { symbols, fast_symbols: [] };
    const count = 2_000;
    client.socket.pause();
    for (let id = 0; id < count; id++) client.send({ type: "quotes.unsubscribe", payload, id });
    let most = 0;
    await until(() => {
      most = Math.max(most, stream.writableLength);
      return stream.isPaused() || stream.bytesRead > count * 16_000;
    });
    const read = stream.bytesRead;
    expect(read).toBeLessThan(count * 16_000);
    // At most five requests end within one read of 64 KiB.
    expect(most).toBeLessThan(LIMIT + 5 * 17_000);
    client.socket.resume();
    for (let id = 0; id < count; id++) {
      expect((await client.next()).id).toBe(id);
      expect(stream.writableLength).toBeLessThan(LIMIT + 5 * 17_000);
    }
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  test.each(["its silence", "a frame too large"])(
    "is terminated a second after it was closed for %s",
    async (cause) => {
      const clock = new ManualClock();
      const { server, client } = await startWatched({ clock, maxBufferedBytes: 4_096 });
      client.subscribe("bars", AAPL);
      await client.next();
      client.socket.pause();
      if (cause === "its silence") clock.advance(30_000);
      if (cause === "a frame too large") client.send("x".repeat(70_000));
      await until(() => server.counts().topics === 0);
      expect(server.counts()).toEqual({ ...NONE, connections: 1 });
      clock.advance(999);
      expect(clock.pending).toBe(1);
      clock.advance(1);
      await until(() => server.counts().connections === 0);
      expect(clock.pending).toBe(0);
    },
  );
});

test("a client that reads receives all updates of one turn, even if they exceed the limit", async () => {
  const { publishers, client } = await startWatched({ maxListItems: 0 });
  const padding = Array.from({ length: 30 }, (_, index) => String(index).padEnd(64, "x"));
  for (let topic = 0; topic < 1_000; topic++) {
    client.send({ type: "quotes.subscribe", payload: { symbols: [...padding, `${topic}`], fast_symbols: [] } });
  }
  for (let topic = 0; topic < 1_000; topic++) await client.next();
  // About 6 MB; the limit is 1 MiB.
  for (const n of ["A", "B", "C"]) {
    for (const publish of publishers) publish({ s: "error", n, v: { message: "" } });
  }
  const counts = new Map<unknown, number>();
  for (let count = 0; count < 3_000; count++) {
    const { n } = (await client.next()).payload.payload as unknown as QuoteData;
    counts.set(n, (counts.get(n) ?? 0) + 1);
  }
  expect([...counts]).toEqual(["A", "B", "C"].map((n) => [n, 1_000]));
});
