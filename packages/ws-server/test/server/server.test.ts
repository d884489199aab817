import { once } from "node:events";
import { createServer as createHttpServer, get } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { bars, encodeMessage, orders, type ParamsOf, type QuoteData, quotes } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import {
  createServer,
  defineModule,
  type Publish,
  type ServerOptions,
  SourceError,
  serve,
  type TopicSource,
} from "../../src/index.js";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar, Client, deferred, FakeSource, startServer, until } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };
const subscribed = expect.objectContaining({ status: "ok", message: "Subscribed", topic: AAPL_TOPIC });
const unsubscribed = { status: "ok", message: "Unsubscribed", topic: AAPL_TOPIC };

describe("subscribing (PROTOCOL.md, Base)", () => {
  test("is answered with the canonical topic, byte for byte, and then updates come", async () => {
    const ids = ["connection", "epoch-1"];
    const random = { fraction: () => 0, id: () => ids.shift() as string };
    const { source, url } = await startServer({ random });
    const client = await Client.connect(url);
    client.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}');
    await client.next();
    source.publish(bar(1));
    await client.next();
    const topic = String.raw`"bars:{\"resolution\":\"1\",\"symbol\":\"AAPL\"}"`;
    expect(client.frames).toEqual([
      `{"type":"bars.subscribe.response","payload":{"status":"ok","message":"Subscribed","topic":${topic},"epoch":"epoch-1","retention":"keyed","offset":0,"snapshot":true}}`,
      encodeMessage({ type: "bars.update", payload: { topic: AAPL_TOPIC, offset: 1, payload: bar(1) } }),
    ]);
  });

  test("is answered before the first update, even when the source publishes inside createTopic", async () => {
    const { source, url } = await startServer();
    source.onCreate = (_topic, publish) => {
      for (const time of [1, 2, 3]) expect(publish(bar(time))).toBe(true);
    };
    const client = await Client.connect(url);
    client.subscribe();
    for (let count = 0; count < 2; count++) await client.next();
    source.publish(bar(4));
    await client.next();
    // A newcomer gets the current bar, not those before it.
    expect(client.messages.map(({ type, payload }) => payload.payload?.time ?? type)).toEqual([
      "bars.subscribe.response",
      3,
      4,
    ]);
  });

  test("echoes an id, and leaves it out where there was none", async () => {
    const { url } = await startServer();
    const client = await Client.connect(url);
    for (const id of ["x".repeat(64), -7, 0, Number.MAX_SAFE_INTEGER]) {
      client.subscribe(AAPL, id);
      expect((await client.next()).id).toBe(id);
      client.unsubscribe(AAPL, id);
      expect((await client.next()).id).toBe(id);
    }
    client.subscribe();
    const { id, payload } = await client.next();
    expect([id, payload]).toEqual([undefined, subscribed]);
  });

  test("twice is one subscription with two replies", async () => {
    const { server, source, url } = await startServer();
    const client = await Client.connect(url);
    client.subscribe();
    client.subscribe();
    expect([(await client.next()).payload, (await client.next()).payload]).toEqual([subscribed, subscribed]);
    expect(server.counts()).toEqual({ connections: 1, topics: 1, subscriptions: 1 });
    source.publish(bar(1));
    client.unsubscribe();
    await client.next();
    await client.next();
    await client.settled();
    expect(client.messages.map(({ type }) => type).slice(2)).toEqual(["bars.update", "bars.unsubscribe.response"]);
    expect(server.counts()).toEqual({ ...NONE, connections: 1 });
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
  });

  test("a newcomer gets the current bar", async () => {
    const { source, url } = await startServer();
    const first = await Client.connect(url);
    first.subscribe();
    await first.next();
    source.publish(bar(2, 5));
    source.publish(bar(1, 4));
    const second = await Client.connect(url);
    second.subscribe();
    expect((await second.next()).payload).toEqual(subscribed);
    expect((await second.next()).payload.payload).toEqual(bar(2, 5));
    // The late correction of an older bar follows the current one.
    expect((await second.next()).payload.payload).toEqual(bar(1, 4));
    await second.settled();
    expect(second.frames).toHaveLength(3);
  });

  test("keys outside the parameters make no other topic", async () => {
    const { server, url } = await startServer();
    const client = await Client.connect(url);
    client.send('{"type":"bars.subscribe","payload":{"resolution":"1","extra":1,"symbol":"AAPL","__proto__":{"x":1}}}');
    expect((await client.next()).payload.topic).toBe(AAPL_TOPIC);
    expect(server.counts().topics).toBe(1);
  });

  test("one topic too many is refused, and the socket stays open", async () => {
    const { url } = await startServer({ maxSubscriptions: 1 });
    const client = await Client.connect(url);
    client.subscribe();
    await client.next();
    client.subscribe({ symbol: "MSFT", resolution: "1" });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "too_many_subscriptions" });
    client.subscribe();
    expect((await client.next()).payload).toEqual(subscribed);
  });
});

describe("unsubscribing", () => {
  test("no update follows its reply, however busy the source", async () => {
    const { source, url } = await startServer();
    const client = await Client.connect(url);
    client.subscribe();
    await client.next();
    let time = 0;
    const flood = () => {
      if (source.publish(bar(++time))) setImmediate(flood);
    };
    flood();
    await client.next();
    client.unsubscribe();
    await until(() => source.count("remove") === 1);
    await client.settled();
    expect(source.publish(bar(0))).toBe(false);
    const kinds = client.messages.map(({ type }) => type);
    expect(kinds.indexOf("bars.unsubscribe.response")).toBe(kinds.length - 1);
    expect(kinds.length).toBeGreaterThan(2);
  });

  test("what is not held is ok, and touches nobody else", async () => {
    const { server, source, url } = await startServer();
    const holder = await Client.connect(url);
    const stranger = await Client.connect(url);
    holder.subscribe();
    await holder.next();
    stranger.unsubscribe();
    expect((await stranger.next()).payload).toEqual(unsubscribed);
    expect(server.counts()).toEqual({ connections: 2, topics: 1, subscriptions: 1 });
    source.publish(bar(1));
    expect((await holder.next()).payload.payload).toEqual(bar(1));
  });

  test("while the source starts, answers both requests in order and removes once", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = (_topic, publish) => {
      publish(bar(1));
      return start.promise;
    };
    const client = await Client.connect(url);
    client.subscribe(AAPL, "s");
    client.unsubscribe(AAPL, "u");
    expect(await client.next()).toMatchObject({ id: "s", payload: { status: "error", code: "unsubscribed" } });
    expect(await client.next()).toMatchObject({ id: "u", payload: unsubscribed });
    start.resolve();
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(1);
    expect(client.frames).toHaveLength(2);
  });
});

describe("a source that fails", () => {
  test("is told to every waiter with code and topic; sockets stay open and the next subscribe retries", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = () => start.promise;
    const clients = [await Client.connect(url), await Client.connect(url), await Client.connect(url)];
    for (const [index, client] of clients.entries()) client.subscribe(AAPL, index);
    await until(() => server.counts().subscriptions === 3);
    start.reject(new SourceError("unknown_symbol", "There is no AAPL here."));
    for (const [id, client] of clients.entries()) {
      expect(await client.next()).toEqual({
        type: "bars.subscribe.response",
        payload: { status: "error", message: "There is no AAPL here.", code: "unknown_symbol", topic: AAPL_TOPIC },
        id,
      });
    }
    expect(source.count("create")).toBe(1);
    await until(() => server.counts().topics === 0);
    expect(server.counts()).toEqual({ ...NONE, connections: 3 });
    source.onCreate = () => {};
    clients[0]?.subscribe();
    expect((await clients[0]?.next())?.payload).toEqual(subscribed);
  });

  test("leaks no detail, and harms only its own topic", async () => {
    const { source, logger, url } = await startServer();
    source.onCreate = (topic) => {
      if (topic !== AAPL_TOPIC) throw new Error("connect ECONNREFUSED db.internal:5432");
    };
    const client = await Client.connect(url);
    client.subscribe();
    await client.next();
    client.subscribe({ symbol: "MSFT", resolution: "1" });
    expect((await client.next()).payload).toEqual({
      status: "error",
      message: "The source could not start",
      code: "source_unavailable",
      retryable: true,
      topic: 'bars:{"resolution":"1","symbol":"MSFT"}',
    });
    expect(client.frames.join()).not.toContain("ECONNREFUSED");
    expect(logger.entries).toHaveLength(1);
    source.publish(bar(1));
    expect((await client.next()).payload.payload).toEqual(bar(1));
  });

  test("that takes longer than 2.5 s is answered as unavailable", async () => {
    const clock = new ManualClock();
    const { server, source, url } = await startServer({ clock });
    source.onCreate = (_topic, _publish, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const client = await Client.connect(url);
    client.subscribe();
    await until(() => source.count("create") === 1);
    clock.advance(2_500);
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "source_unavailable" });
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(0);
  });

  test("that takes too long is logged once, however many wait for it", async () => {
    const clock = new ManualClock();
    const { server, source, logger, url } = await startServer({ clock });
    source.onCreate = (_topic, _publish, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const clients = await Promise.all([1, 2, 3].map(() => Client.connect(url)));
    for (const client of clients) client.subscribe();
    await until(() => server.counts().subscriptions === 3);
    clock.advance(2_500);
    for (const client of clients) expect((await client.next()).payload.status).toBe("error");
    expect(logger.entries.filter(({ message }) => message === "createTopic takes too long")).toHaveLength(1);
  });
});

describe("the order of replies", () => {
  const MSFT = { symbol: "MSFT", resolution: "1" };

  async function slowAaplThenMsft(ids: readonly [number?, number?]) {
    const { source, url } = await startServer();
    const start = deferred();
    source.onCreate = (topic, publish) => {
      if (topic === AAPL_TOPIC) return start.promise;
      publish(bar(1));
    };
    const client = await Client.connect(url);
    client.subscribe(AAPL, ids[0]);
    client.subscribe(MSFT, ids[1]);
    await until(() => source.count("create") === 2);
    await client.settled();
    return { start, client };
  }

  test("without ids is that of the requests, and updates wait with their reply", async () => {
    const { start, client } = await slowAaplThenMsft([]);
    expect(client.frames).toEqual([]);
    start.resolve();
    expect((await client.next()).payload.topic).toBe(AAPL_TOPIC);
    expect((await client.next()).type).toBe("bars.subscribe.response");
    expect((await client.next()).type).toBe("bars.update");
  });

  test("with ids, a slow start holds up nobody", async () => {
    const { start, client } = await slowAaplThenMsft([1, 2]);
    expect(client.messages.map(({ id, type }) => id ?? type)).toEqual([2, "bars.update"]);
    start.resolve();
    await client.next();
    await client.next();
    expect((await client.next()).id).toBe(1);
  });
});

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

/** A server on an HTTP server of ours, so that its side of the one connection can be looked at. */
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
  const client = await Client.connect(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/ws`);
  const [stream] = (await connected) as [Socket];
  return { server, source, publishers, client, stream };
}

describe("a client that does not read", () => {
  test("is not read either, past the limit; when it reads again, every reply comes in order", async () => {
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
    // One read of 64 KiB is at most five requests whose end is in it.
    expect(most).toBeLessThan(LIMIT + 5 * 17_000);
    client.socket.resume();
    for (let id = 0; id < count; id++) {
      expect((await client.next()).id).toBe(id);
      expect(stream.writableLength).toBeLessThan(LIMIT + 5 * 17_000);
    }
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  test.each(["a flood of updates", "its silence", "a frame too large"])(
    "is cut a second after it was closed for %s",
    async (why) => {
      const clock = new ManualClock();
      let time = 1;
      const { server, source, client } = await startWatched({ clock, maxBufferedBytes: 4_096 });
      client.subscribe();
      await client.next();
      client.socket.pause();
      if (why === "its silence") clock.advance(30_000);
      if (why === "a frame too large") client.send("x".repeat(70_000));
      await until(() => {
        if (why === "a flood of updates") for (let count = 0; count < 500; count++) source.publish(bar(time++));
        return server.counts().topics === 0;
      });
      expect(server.counts()).toEqual({ ...NONE, connections: 1 });
      clock.advance(999);
      expect(clock.pending).toBe(1);
      clock.advance(1);
      await until(() => server.counts().connections === 0);
      expect(clock.pending).toBe(0);
    },
  );
});

test("a client that reads gets whatever one turn makes for it, however much that is", async () => {
  const { publishers, client } = await startWatched();
  const padding = Array.from({ length: 30 }, (_, index) => String(index).padEnd(64, "x"));
  for (let topic = 0; topic < 1_000; topic++) {
    client.send({ type: "quotes.subscribe", payload: { symbols: [...padding, `${topic}`], fast_symbols: [] } });
  }
  for (let topic = 0; topic < 1_000; topic++) await client.next();
  // Some 6 MB, where 1 MiB may wait.
  for (const n of ["A", "B", "C"]) {
    for (const publish of publishers) publish({ s: "error", n, v: { message: "" } });
  }
  const got = new Map<unknown, number>();
  for (let count = 0; count < 3_000; count++) {
    const { n } = (await client.next()).payload.payload as unknown as QuoteData;
    got.set(n, (got.get(n) ?? 0) + 1);
  }
  expect([...got]).toEqual(["A", "B", "C"].map((n) => [n, 1_000]));
});

describe("the server", () => {
  test("closes every connection with 1012 and every source, once", async () => {
    const { server, source, url } = await startServer();
    const clients = [await Client.connect(url), await Client.connect(url)];
    for (const client of clients) {
      client.subscribe();
      await client.next();
    }
    source.publish(bar(1));
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await closing;
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1012, reason: "Service restart" });
      // What was gathered when the close began has been flushed.
      expect(client.messages.at(-1)?.payload.payload).toEqual(bar(1));
    }
    expect(server.counts()).toEqual(NONE);
    expect(source.count("remove")).toBe(1);
    await expect(server.listen()).rejects.toThrow("closed");
    const late = new WebSocket(url);
    const [error] = await once(late, "error");
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("is disposed of by await using", async () => {
    const { server, url } = await startServer();
    const client = await Client.connect(url);
    await server[Symbol.asyncDispose]();
    expect(await client.closed).toMatchObject({ code: 1012 });
  });

  test("cuts a client that does not answer the closing handshake", async () => {
    const clock = new ManualClock();
    const { server, url } = await startServer({ clock });
    const client = await Client.connect(url);
    client.socket.pause();
    const closing = server.close();
    await until(() => clock.pending === 1);
    clock.advance(1_000);
    await until(() => server.counts().connections === 0);
    await closing;
  });

  test("serves any Node HTTP server, at its path only", async () => {
    const http = createHttpServer((_request, response) => response.end("mine"));
    const source = new FakeSource();
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
    const server = createServer({ title: "Test", version: "1", modules, path: "/stream" });
    server.attach(http);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(async () => {
      await server.close();
      http.close();
    });
    const { port } = http.address() as AddressInfo;

    const client = await Client.connect(`ws://127.0.0.1:${port}/stream?any=query`);
    client.subscribe();
    expect((await client.next()).payload).toEqual(subscribed);
    const elsewhere = new WebSocket(`ws://127.0.0.1:${port}/other`);
    const [error] = await once(elsewhere, "error");
    expect(error.message).toContain("404");
    const [response] = await once(get(`http://127.0.0.1:${port}/`), "response");
    expect(response.statusCode).toBe(200);
    response.resume();

    await server.close();
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(http.listening).toBe(true);
  });

  test("serves nothing private without an authorizer", () => {
    const source = { createTopic() {}, removeTopic() {} };
    const modules = [defineModule({ name: "broker", version: "1", routes: [serve(orders, source)] })];
    expect(() => createServer({ title: "", version: "", modules })).toThrow(
      expect.objectContaining({ code: "no_authorizer" }),
    );
  });

  test("tells plain HTTP what it is", async () => {
    const { url } = await startServer();
    const [response] = await once(get(url.replace("ws:", "http:")), "response");
    expect(response.statusCode).toBe(426);
    expect(String((await once(response, "data"))[0])).toBe("Test 1.2.3 speaks WebSocket at /api/v1/ws\n");
  });

  test.each([
    [{ heartbeatIntervalMs: -1 }, 'Invalid option "heartbeatIntervalMs": expected an integer of at least 0, got -1'],
    [{ maxFrameBytes: 0 }, 'Invalid option "maxFrameBytes": expected an integer of at least 1, got 0'],
    [{ path: "ws" }, 'Invalid option "path": expected a path that starts with "/", got "ws"'],
  ])("refuses the options %j", (options, message) => {
    expect(() => createServer({ title: "", version: "", modules: [], ...options })).toThrow(message);
  });

  test("refuses a route that is served twice", () => {
    const module = (name: string) => ({ name, version: "1", routes: [serve(bars, new FakeSource())] });
    const modules = [defineModule(module("one")), defineModule(module("two"))];
    expect(() => createServer({ title: "", version: "", modules })).toThrow('"bars.subscribe" of module "two"');
  });
});
