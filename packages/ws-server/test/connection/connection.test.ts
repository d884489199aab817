import { bars, orders, type ParamsOf, type UpdateOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar, FakeSource } from "../helpers/server.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setup(protocol: "base" | "session" = "base") {
  const source = new FakeSource();
  const logger = new RecordingLogger();
  const clock = new ManualClock();
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
  const server = createServer({ title: "", version: "", modules, logger, clock, lingerMs: 0 });
  const client = MemoryClient.connect(server, { protocol });
  const types = () => client.messages.map(({ type }) => type);
  return { source, logger, clock, server, client, types };
}

describe("a connection", () => {
  test("drops what is gathered of a topic when it is unsubscribed in the same turn", async () => {
    const { source, client, types } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    source.publish(bar(1));
    client.unsubscribe("bars", AAPL);
    expect(source.publish(bar(2))).toBe(false);
    await client.next();
    expect(types()).toEqual(["bars.subscribe.response", "bars.unsubscribe.response"]);
  });

  test("writes what is gathered before it closes, and takes nothing after", async () => {
    const { source, client, types } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    source.publish(bar(1));
    client.send("not json");
    client.send("not json");
    client.subscribe("bars", AAPL);
    expect(source.publish(bar(2))).toBe(false);
    expect(await client.closed).toEqual({ code: 1003, reason: "Could not validate payload" });
    await turn();
    expect(types()).toEqual(["bars.subscribe.response", "bars.update"]);
  });

  test("that has closed holds nothing, and no timer runs for it", async () => {
    const { source, server, clock, client } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    client.disconnect();
    await turn();
    await turn();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(clock.pending).toBe(0);
  });

  test("is read no further while it asks for more than its rate, and loses nothing", async () => {
    const { clock, client } = setup("session");
    await client.next();
    for (let id = 0; id < 1_300; id++) client.send({ type: "ping", id });
    await turn();
    // The 1,201st was read already when the burst was used up.
    expect(client.messages).toHaveLength(1 + 1_201);
    clock.advance(100_000);
    await turn();
    expect(client.messages.map(({ id }) => id).slice(1)).toEqual(Array.from({ length: 1_300 }, (_, id) => id));
  });

  test("tells an observer what it answered, and how it ended", async () => {
    const events: unknown[] = [];
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })];
    const observers = [
      {
        operation: ({ type, outcome }: object & { type: string; outcome: string }) => events.push([type, outcome]),
        closed: ({ code, protocol }: object & { code: number; protocol: string }) => events.push([code, protocol]),
      },
      {
        operation: () => {
          throw new Error("an observer's fault");
        },
      },
    ];
    const logger = new RecordingLogger();
    const server = createServer({ title: "", version: "", modules, observers, logger, maxSubscriptions: 1 });
    const client = MemoryClient.connect(server, { protocol: "base" });
    client.subscribe("bars", AAPL);
    await client.next();
    client.subscribe("bars", { ...AAPL, resolution: "D" });
    await client.next();
    await server.close();
    expect(events).toEqual([
      ["bars.subscribe", "ok"],
      ["bars.subscribe", "too_many_subscriptions"],
      [1012, "base"],
    ]);
    expect(logger.entries.map(({ message }) => message)).toEqual(["An observer failed", "An observer failed"]);
  });
});

describe("what a reply says is so when it is sent", () => {
  /** One private topic, whose authorizer answers when a test says so. */
  function startPrivate() {
    const source = new ScriptedSource<ParamsOf<typeof orders>, UpdateOf<typeof orders>>();
    const asked: ((mayHold: boolean) => void)[] = [];
    const server = createServer({
      title: "",
      version: "",
      modules: [defineModule({ name: "broker", version: "1", routes: [serve(orders, source)] })],
      clock: new ManualClock(),
      lingerMs: 0,
      authorize: () => new Promise((resolve) => asked.push(resolve)),
    });
    const client = MemoryClient.connect(server, { protocol: "base" });
    const subscribe = (id: number) => client.subscribe("orders", { accountId: "A" }, { id });
    const decide = async (index: number, mayHold: boolean) => {
      asked[index]?.(mayHold);
      await turn();
      await turn();
    };
    const told = () => client.messages.map(({ id, payload }) => [id, (payload as { status: string }).status]);
    return { source, server, client, subscribe, decide, told };
  }

  test("what the authorizer refuses is not held", async () => {
    const { server, source, client, subscribe, decide } = startPrivate();
    subscribe(1);
    await decide(0, false);
    expect(client.messages[0]?.payload).toMatchObject({ status: "error", code: "unauthorized" });
    expect(server.counts().subscriptions).toBe(0);
    expect(source.calls).toEqual([]);
  });

  test("replies of one topic keep the order of their requests, however early one is ready", async () => {
    const { server, client, subscribe, decide, told } = startPrivate();
    subscribe(1);
    client.unsubscribe("orders", { accountId: "A" }, { id: 2 });
    await turn();
    expect(told()).toEqual([]);
    await decide(0, true);
    expect(told()).toEqual([
      [1, "error"],
      [2, "ok"],
    ]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("the authorizer's answers are acted on in the order of the requests, in whatever order they come", async () => {
    const { server, source, subscribe, decide, told } = startPrivate();
    subscribe(1);
    subscribe(2);
    await decide(1, false);
    await decide(0, true);
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
    expect(told()).toEqual([
      [1, "error"],
      [2, "error"],
    ]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("one that has waited for others of its type tells what has become of its hold by then", async () => {
    const { server, source, client, decide } = startPrivate();
    for (const accountId of ["A", "B"]) client.subscribe("orders", { accountId });
    await decide(1, true);
    source.end();
    await decide(0, true);
    const told = client.messages.map(({ payload }) => payload as { status: string; topic: string; code?: string });
    expect(told.map(({ status, topic, code }) => [status, topic, code])).toEqual([
      ["ok", orders.buildTopic({ accountId: "A" }), undefined],
      ["error", orders.buildTopic({ accountId: "B" }), "source_ended"],
    ]);
    expect(server.counts().subscriptions).toBe(1);
  });

  test("an unsubscribe discards nothing that a second reply has made the client's position", async () => {
    const { source, client } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    await turn();
    source.publish(bar(1));
    client.subscribe("bars", AAPL);
    // The reply is made at the end of this step, and the unsubscribe comes after it in the same turn.
    for (let step = 0; step < 8; step++) await Promise.resolve();
    client.unsubscribe("bars", AAPL);
    await turn();
    expect(client.messages.map(({ type, payload }) => [type, (payload as { offset?: number }).offset])).toEqual([
      ["bars.subscribe.response", 0],
      ["bars.update", 1],
      ["bars.subscribe.response", 1],
      ["bars.unsubscribe.response", undefined],
    ]);
  });

  test("a resume of what is held discards what is gathered, and reads on from there", async () => {
    const { source, client } = setup();
    client.subscribe("bars", AAPL);
    const { epoch } = (await client.next()).payload as { epoch: string };
    await turn();
    source.publish(bar(1));
    client.subscribe("bars", AAPL, { resume: { epoch, offset: 0 } });
    await turn();
    await turn();
    expect(client.messages.slice(1).map(({ type, payload }) => [type, payload])).toMatchObject([
      ["bars.subscribe.response", { recovered: true, offset: 0 }],
      ["bars.update", { offset: 1 }],
    ]);
  });
});
