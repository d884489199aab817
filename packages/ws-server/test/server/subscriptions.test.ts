import { encodeMessage } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/index.js";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar } from "../helpers/data.js";
import { deferred, until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };
const subscribed = expect.objectContaining({ status: "ok", message: "Subscribed", topic: AAPL_TOPIC });
const unsubscribed = { status: "ok", message: "Unsubscribed", topic: AAPL_TOPIC };

describe("subscribing (PROTOCOL.md, Base)", () => {
  test("gets a reply with the canonical topic, byte for byte, and then updates", async () => {
    const ids = ["connection", "epoch-1"];
    const random = { fraction: () => 0, id: () => ids.shift() as string };
    const { source, url } = await startServer({ random });
    const client = await NetworkClient.connect(url);
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

  test("gets its reply before the first update, even if the source publishes inside createTopic", async () => {
    const { source, url } = await startServer();
    source.onCreate = (_topic, publish) => {
      for (const time of [1, 2, 3]) expect(publish(bar(time))).toBe(true);
    };
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    for (let count = 0; count < 2; count++) await client.next();
    source.publish(bar(4));
    await client.next();
    // A new subscriber gets the current bar, and none before it.
    expect(client.messages.map(({ type, payload }) => payload.payload?.time ?? type)).toEqual([
      "bars.subscribe.response",
      3,
      4,
    ]);
  });

  test("gets a reply with its id, or without an id if it has none", async () => {
    const { url } = await startServer();
    const client = await NetworkClient.connect(url);
    for (const id of ["x".repeat(64), -7, 0, Number.MAX_SAFE_INTEGER]) {
      client.subscribe("bars", AAPL, { id });
      expect((await client.next()).id).toBe(id);
      client.unsubscribe("bars", AAPL, { id });
      expect((await client.next()).id).toBe(id);
    }
    client.subscribe("bars", AAPL);
    const { id, payload } = await client.next();
    expect([id, payload]).toEqual([undefined, subscribed]);
  });

  test("twice results in one subscription and two replies", async () => {
    const { server, source, url } = await startServer();
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    client.subscribe("bars", AAPL);
    expect([(await client.next()).payload, (await client.next()).payload]).toEqual([subscribed, subscribed]);
    expect(server.counts()).toEqual({ connections: 1, topics: 1, subscriptions: 1 });
    source.publish(bar(1));
    client.unsubscribe("bars", AAPL);
    await client.next();
    await client.next();
    await client.settled();
    expect(client.messages.map(({ type }) => type).slice(2)).toEqual(["bars.update", "bars.unsubscribe.response"]);
    expect(server.counts()).toEqual({ ...NONE, connections: 1 });
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
  });

  test("delivers the current bar to a new subscriber", async () => {
    const { source, url } = await startServer();
    const first = await NetworkClient.connect(url);
    first.subscribe("bars", AAPL);
    await first.next();
    source.publish(bar(2, 5));
    source.publish(bar(1, 4));
    const second = await NetworkClient.connect(url);
    second.subscribe("bars", AAPL);
    expect((await second.next()).payload).toEqual(subscribed);
    expect((await second.next()).payload.payload).toEqual(bar(2, 5));
    // The late correction of an older bar follows the current one.
    expect((await second.next()).payload.payload).toEqual(bar(1, 4));
    await second.settled();
    expect(second.frames).toHaveLength(3);
  });

  test("ignores additional keys of the payload", async () => {
    const { server, url } = await startServer();
    const client = await NetworkClient.connect(url);
    client.send('{"type":"bars.subscribe","payload":{"resolution":"1","extra":1,"symbol":"AAPL","__proto__":{"x":1}}}');
    expect((await client.next()).payload.topic).toBe(AAPL_TOPIC);
    expect(server.counts().topics).toBe(1);
  });

  test("above maxSubscriptions is refused, and the connection stays open", async () => {
    const { url } = await startServer({ maxSubscriptions: 1 });
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await client.next();
    client.subscribe("bars", { symbol: "MSFT", resolution: "1" });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "too_many_subscriptions" });
    client.subscribe("bars", AAPL);
    expect((await client.next()).payload).toEqual(subscribed);
  });
});

describe("unsubscribing", () => {
  test("sends no update after the reply, even if the source keeps publishing", async () => {
    const { source, url } = await startServer();
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await client.next();
    let time = 0;
    const flood = () => {
      if (source.publish(bar(++time))) setImmediate(flood);
    };
    flood();
    await client.next();
    client.unsubscribe("bars", AAPL);
    await until(() => source.count("remove") === 1);
    await client.settled();
    expect(source.publish(bar(0))).toBe(false);
    const kinds = client.messages.map(({ type }) => type);
    expect(kinds.indexOf("bars.unsubscribe.response")).toBe(kinds.length - 1);
    expect(kinds.length).toBeGreaterThan(2);
  });

  test("from a topic that is not subscribed succeeds, and affects no other client", async () => {
    const { server, source, url } = await startServer();
    const subscriber = await NetworkClient.connect(url);
    const other = await NetworkClient.connect(url);
    subscriber.subscribe("bars", AAPL);
    await subscriber.next();
    other.unsubscribe("bars", AAPL);
    expect((await other.next()).payload).toEqual(unsubscribed);
    expect(server.counts()).toEqual({ connections: 2, topics: 1, subscriptions: 1 });
    source.publish(bar(1));
    expect((await subscriber.next()).payload.payload).toEqual(bar(1));
  });

  test("during the start replies to both requests in order, and removes the topic once", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = (_topic, publish) => {
      publish(bar(1));
      return start.promise;
    };
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL, { id: "s" });
    client.unsubscribe("bars", AAPL, { id: "u" });
    expect(await client.next()).toMatchObject({ id: "s", payload: { status: "error", code: "unsubscribed" } });
    expect(await client.next()).toMatchObject({ id: "u", payload: unsubscribed });
    start.resolve();
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(1);
    expect(client.frames).toHaveLength(2);
  });
});

describe("a source that fails", () => {
  test("is reported to every waiting client with code and topic; connections stay open, and the next subscribe retries", async () => {
    const { server, source, url } = await startServer();
    const start = deferred();
    source.onCreate = () => start.promise;
    const clients = [
      await NetworkClient.connect(url),
      await NetworkClient.connect(url),
      await NetworkClient.connect(url),
    ];
    for (const [index, client] of clients.entries()) client.subscribe("bars", AAPL, { id: index });
    await until(() => server.counts().subscriptions === 3);
    start.reject(new SourceError("unknown_symbol", "AAPL does not exist."));
    for (const [id, client] of clients.entries()) {
      expect(await client.next()).toEqual({
        type: "bars.subscribe.response",
        payload: { status: "error", message: "AAPL does not exist.", code: "unknown_symbol", topic: AAPL_TOPIC },
        id,
      });
    }
    expect(source.count("create")).toBe(1);
    await until(() => server.counts().topics === 0);
    expect(server.counts()).toEqual({ ...NONE, connections: 3 });
    source.onCreate = () => {};
    clients[0]?.subscribe("bars", AAPL);
    expect((await clients[0]?.next())?.payload).toEqual(subscribed);
  });

  test("discloses no details, and affects only its own topic", async () => {
    const { source, logger, url } = await startServer();
    source.onCreate = (topic) => {
      if (topic !== AAPL_TOPIC) throw new Error("connect ECONNREFUSED db.internal:5432");
    };
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await client.next();
    client.subscribe("bars", { symbol: "MSFT", resolution: "1" });
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

  test("that takes longer than 2.5 s is reported as unavailable", async () => {
    const clock = new ManualClock();
    const { server, source, url } = await startServer({ clock });
    source.onCreate = (_topic, _publish, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL);
    await until(() => source.count("create") === 1);
    clock.advance(2_500);
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "source_unavailable" });
    await until(() => server.counts().topics === 0);
    expect(source.count("remove")).toBe(0);
  });

  test("that takes too long is logged once for all waiting clients", async () => {
    const clock = new ManualClock();
    const { server, source, logger, url } = await startServer({ clock });
    source.onCreate = (_topic, _publish, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const clients = await Promise.all([1, 2, 3].map(() => NetworkClient.connect(url)));
    for (const client of clients) client.subscribe("bars", AAPL);
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
    const client = await NetworkClient.connect(url);
    client.subscribe("bars", AAPL, { id: ids[0] });
    client.subscribe("bars", MSFT, { id: ids[1] });
    await until(() => source.count("create") === 2);
    await client.settled();
    return { start, client };
  }

  test("without ids is the order of the requests, and updates follow their reply", async () => {
    const { start, client } = await slowAaplThenMsft([]);
    expect(client.frames).toEqual([]);
    start.resolve();
    expect((await client.next()).payload.topic).toBe(AAPL_TOPIC);
    expect((await client.next()).type).toBe("bars.subscribe.response");
    expect((await client.next()).type).toBe("bars.update");
  });

  test("with ids does not depend on a slow start", async () => {
    const { start, client } = await slowAaplThenMsft([1, 2]);
    expect(client.messages.map(({ id, type }) => id ?? type)).toEqual([2, "bars.update"]);
    start.resolve();
    await client.next();
    await client.next();
    expect((await client.next()).id).toBe(1);
  });
});
