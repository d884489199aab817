import { bars, orders, type ParamsOf, type UpdateOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar } from "../helpers/data.js";
import { turn, turns, until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

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
  test("drops the queued updates of a topic when it is unsubscribed in the same turn", async () => {
    const { source, client, types } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    source.publish(bar(1));
    client.unsubscribe("bars", AAPL);
    expect(source.publish(bar(2))).toBe(false);
    await client.next();
    expect(types()).toEqual(["bars.subscribe.response", "bars.unsubscribe.response"]);
  });

  test("writes the queued frames before it closes, and accepts no update after that", async () => {
    const { source, client, types } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    source.publish(bar(1));
    client.send("not json");
    client.send("not json");
    client.subscribe("bars", AAPL);
    expect(source.publish(bar(2))).toBe(false);
    expect(await client.closed).toEqual({ code: 1003, reason: "Could not validate payload" });
    await turns();
    expect(types()).toEqual(["bars.subscribe.response", "bars.update"]);
  });

  test("that has closed has no subscription and no timer", async () => {
    const { source, server, clock, client } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    client.disconnect();
    await until(() => server.counts().connections + server.counts().topics === 0);
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(clock.pending).toBe(0);
  });

  test("is not read while it exceeds its request rate, and loses no request", async () => {
    const { clock, client } = setup("session");
    await client.next();
    for (let id = 0; id < 1_300; id++) client.send({ type: "ping", id });
    // The server has already read the 1,201st request when it detects that the burst is used up.
    await until(() => client.messages.length >= 1 + 1_201);
    await turns();
    expect(client.messages).toHaveLength(1 + 1_201);
    clock.advance(100_000);
    await until(() => client.messages.length >= 1 + 1_300);
    expect(client.messages.map(({ id }) => id).slice(1)).toEqual(Array.from({ length: 1_300 }, (_, id) => id));
  });

  test("notifies observers of each operation and of the close", async () => {
    const events: unknown[] = [];
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })];
    const observers = [
      {
        operation: ({ type, outcome }: object & { type: string; outcome: string }) => events.push([type, outcome]),
        closed: ({ code, protocol }: object & { code: number; protocol: string }) => events.push([code, protocol]),
      },
      {
        operation: () => {
          throw new Error("the observer failed");
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

describe("a reply describes the state at the time when it is sent", () => {
  /** Starts a server with one private route, whose authorization a test decides later. */
  function startPrivate() {
    const source = new ScriptedSource<ParamsOf<typeof orders>, UpdateOf<typeof orders>>();
    const authorizations: ((isAllowed: boolean) => void)[] = [];
    const server = createServer({
      title: "",
      version: "",
      modules: [defineModule({ name: "broker", version: "1", routes: [serve(orders, source)] })],
      clock: new ManualClock(),
      lingerMs: 0,
      authorize: () => new Promise((resolve) => authorizations.push(resolve)),
    });
    const client = MemoryClient.connect(server, { protocol: "base" });
    const subscribe = (id: number) => client.subscribe("orders", { accountId: "A" }, { id });
    const decide = async (index: number, isAllowed: boolean) => {
      authorizations[index]?.(isAllowed);
      // Whether a reply follows depends on the decisions about earlier requests.
      await turns();
    };
    const replies = () => client.messages.map(({ id, payload }) => [id, (payload as { status: string }).status]);
    return { source, server, client, subscribe, decide, replies };
  }

  test("a topic that the authorizer refuses is not subscribed", async () => {
    const { server, source, client, subscribe, decide } = startPrivate();
    subscribe(1);
    await decide(0, false);
    expect(client.messages[0]?.payload).toMatchObject({ status: "error", code: "unauthorized" });
    expect(server.counts().subscriptions).toBe(0);
    expect(source.calls).toEqual([]);
  });

  test("replies about one topic keep the order of their requests, even if a later one is ready first", async () => {
    const { server, client, subscribe, decide, replies } = startPrivate();
    subscribe(1);
    client.unsubscribe("orders", { accountId: "A" }, { id: 2 });
    await turns();
    expect(replies()).toEqual([]);
    await decide(0, true);
    expect(replies()).toEqual([
      [1, "error"],
      [2, "ok"],
    ]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("authorizations take effect in the order of the requests, even if they are decided in another order", async () => {
    const { server, source, subscribe, decide, replies } = startPrivate();
    subscribe(1);
    subscribe(2);
    await decide(1, false);
    await decide(0, true);
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
    expect(replies()).toEqual([
      [1, "error"],
      [2, "error"],
    ]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("a reply that waited for an earlier one of its type reports that its subscription has ended meanwhile", async () => {
    const { server, source, client, decide } = startPrivate();
    for (const accountId of ["A", "B"]) client.subscribe("orders", { accountId });
    await decide(1, true);
    source.end();
    await decide(0, true);
    const replies = client.messages.map(({ payload }) => payload as { status: string; topic: string; code?: string });
    expect(replies.map(({ status, topic, code }) => [status, topic, code])).toEqual([
      ["ok", orders.buildTopic({ accountId: "A" }), undefined],
      ["error", orders.buildTopic({ accountId: "B" }), "source_ended"],
    ]);
    expect(server.counts().subscriptions).toBe(1);
  });

  test("an unsubscribe does not discard updates that a second reply has already included in the client's position", async () => {
    const { source, client } = setup();
    client.subscribe("bars", AAPL);
    await client.next();
    await turn();
    source.publish(bar(1));
    client.subscribe("bars", AAPL);
    // The server queues the reply in these microtasks, and reads the unsubscribe after it in the same turn.
    for (let step = 0; step < 8; step++) await Promise.resolve();
    client.unsubscribe("bars", AAPL);
    await until(() => client.messages.length === 4);
    expect(client.messages.map(({ type, payload }) => [type, (payload as { offset?: number }).offset])).toEqual([
      ["bars.subscribe.response", 0],
      ["bars.update", 1],
      ["bars.subscribe.response", 1],
      ["bars.unsubscribe.response", undefined],
    ]);
  });

  test("a resume of a subscribed topic discards the queued updates, and continues from its position", async () => {
    const { source, client } = setup();
    client.subscribe("bars", AAPL);
    const { epoch } = (await client.next()).payload as { epoch: string };
    await turn();
    source.publish(bar(1));
    client.subscribe("bars", AAPL, { resume: { epoch, offset: 0 } });
    await turns();
    expect(client.messages.slice(1).map(({ type, payload }) => [type, payload])).toMatchObject([
      ["bars.subscribe.response", { recovered: true, offset: 0 }],
      ["bars.update", { offset: 1 }],
    ]);
  });
});
