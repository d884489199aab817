import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { AAPL, AAPL_TOPIC, bar, ORDERS_OF_ANN, order, trade } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";

/** Starts a market whose topics end with their last subscriber, so that counts show leaks without waiting. */
async function start(count = 1, options: Parameters<typeof startMarket>[0] = {}) {
  const market = await startMarket({ lingerMs: 0, ...options });
  const clients: NetworkClient[] = [];
  for (let made = 0; made < count; made++) clients.push(await NetworkClient.session(market.session));
  const [a, b, c] = clients as [NetworkClient, NetworkClient, NetworkClient];
  return { ...market, a, b, c };
}

const updatesOf = (client: NetworkClient) =>
  client.messages.filter(({ type }) => type === "bars.update").map(({ payload }) => payload.payload.close);

describe("topics, by the rows of the catalogue of failures", () => {
  const steps = ["publish", "publish", "start", "join", "publish"] as const;
  test("2.1 with a snapshot racing live updates, in any order of five steps each client sees the state once and no gap", async () => {
    const orders = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), async (order) => {
        orders.add(order.join());
        const { a, b, sources, server, session } = await start(2);
        expect(session).toContain("protocol=2");
        const begun = deferred();
        sources.bars.onCreate = () => begun.promise;
        a.subscribe("bars", AAPL);
        await until(() => sources.bars.count("create") === 1);
        let close = 0;
        for (const at of order) {
          const step = steps[at];
          if (step === "publish") sources.bars.publish(bar(1, ++close));
          else if (step === "start") begun.resolve();
          else b.subscribe("bars", AAPL);
          await b.settled();
        }
        sources.bars.publish(bar(1, ++close));
        await Promise.all([a.settled(), b.settled()]);
        for (const client of [a, b]) {
          const seen = updatesOf(client);
          expect(client.types[1]).toBe("bars.subscribe.response");
          expect(seen.at(-1)).toBe(4);
          expect(seen).toEqual([...new Set(seen)].sort());
          // After its first update it misses none, because no client here is slow.
          expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => 5 - seen.length + index));
        }
        await server.close();
      }),
      { numRuns: 40, seed: 1 },
    );
    expect(orders.size).toBeGreaterThan(20);
  });

  test("2.2 concurrent first subscribers share one start, and the last one to unsubscribe ends the topic", async () => {
    const { a, b, c, sources, server } = await start(3);
    const begun = deferred();
    sources.bars.onCreate = () => begun.promise;
    for (const client of [a, b, c]) client.subscribe("bars", AAPL);
    await until(() => server.counts().subscriptions === 3);
    begun.resolve();
    for (const client of [a, b, c]) {
      expect((await client.next()).payload).toMatchObject({ status: "ok", topic: AAPL_TOPIC });
      expect((await client.next()).type).toBe("subscription.current");
    }
    for (const client of [a, b]) await client.request({ type: "bars.unsubscribe", payload: AAPL });
    expect(sources.bars.calls).toEqual([`create ${AAPL_TOPIC}`]);
    await c.request({ type: "bars.unsubscribe", payload: AAPL });
    expect(sources.bars.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
  });

  test("2.3 a second subscribe before the start has settled uses the same start", async () => {
    const { a, sources } = await start();
    const begun = deferred();
    sources.bars.onCreate = () => begun.promise;
    a.subscribe("bars", AAPL, { id: 1 });
    a.unsubscribe("bars", AAPL, { id: 2 });
    a.subscribe("bars", AAPL, { id: 3 });
    await a.settled();
    begun.resolve();
    await a.until("subscription.current");
    expect(a.messages.filter(({ id }) => id !== undefined).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(sources.bars.calls).toEqual([`create ${AAPL_TOPIC}`]);
    sources.bars.publish(bar(1, 7));
    expect((await a.next()).payload.payload.close).toBe(7);
  });

  test("2.6 a disconnect without unsubscribe releases everything at each step of the protocol", async () => {
    const gate = deferred();
    const begun = deferred();
    const { sources, server, session, clock } = await start(0, {
      authorize: async () => {
        await gate.promise;
        return true;
      },
    });
    sources.trades.onCreate = () => begun.promise;
    const cut: Record<string, (client: NetworkClient) => Promise<void>> = {
      "after its welcome": async () => {},
      "during an authorization": async (client) => client.subscribe("orders", { accountId: "ann" }),
      "during a start of a source": async (client) => {
        client.subscribe("trades", { symbol: "AAPL" });
        await until(() => sources.trades.count("create") > 0);
      },
      subscribed: async (client) => void (await client.request({ type: "bars.subscribe", payload: AAPL })),
      "right after an unsubscribe": async (client) => {
        await client.request({ type: "bars.subscribe", payload: AAPL });
        client.unsubscribe("bars", AAPL);
      },
    };
    for (const [step, act] of Object.entries(cut)) {
      const client = await NetworkClient.session(session, "ann");
      await act(client);
      await client.settled();
      client.socket.terminate();
      await until(() => server.counts().connections === 0);
      expect([step, server.counts().subscriptions]).toEqual([step, 0]);
    }
    gate.resolve();
    begun.resolve();
    await until(() => server.counts().topics === 0);
    expect(server.inspect()).toEqual({ topics: [], connections: [] });
    for (const source of Object.values(sources)) expect(source.count("remove")).toBe(source.count("create"));
    expect(sources.orders.calls).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("2.7 an unsubscribe without a subscription succeeds, and changes nothing for any client", async () => {
    const { a, b, sources, server } = await start(2);
    await a.request({ type: "bars.subscribe", payload: AAPL });
    await a.until("subscription.current");
    const other = { symbol: "MSFT", resolution: "1" };
    for (const params of [AAPL, other]) {
      expect((await b.request({ type: "bars.unsubscribe", payload: params })).payload.status).toBe("ok");
    }
    expect((await a.request({ type: "bars.unsubscribe", payload: other })).payload.status).toBe("ok");
    expect(server.counts()).toMatchObject({ topics: 1, subscriptions: 1 });
    sources.bars.publish(bar(1));
    expect((await a.next()).type).toBe("bars.update");
    expect(b.isOpen).toBe(true);
  });

  test("2.33 a source that throws, rejects or fails in a timer affects its own topic only, without unhandled rejections", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const { a, sources, server, logger } = await start();
    const faults: Record<string, () => void | Promise<void>> = {
      THROWS: () => {
        throw new Error("postgres://user:secret@db");
      },
      REJECTS: () => Promise.reject(new TypeError("postgres://user:secret@db")),
      NOTHING: () => Promise.reject(undefined),
      LATER: () =>
        new Promise((_resolve, reject) => setImmediate(() => reject(new Error("postgres://user:secret@db")))),
    };
    sources.bars.onCreate = (topic) => {
      const { symbol } = JSON.parse(topic.slice("bars:".length)) as { symbol: string };
      return faults[symbol]?.();
    };
    sources.bars.onRemove = (topic) => {
      if (topic.includes("REMOVE")) throw new Error("postgres://user:secret@db");
    };
    await a.request({ type: "bars.subscribe", payload: AAPL });
    await a.until("subscription.current");
    for (const symbol of Object.keys(faults)) {
      const { payload } = await a.request({ type: "bars.subscribe", payload: { ...AAPL, symbol } });
      expect(payload).toMatchObject({
        status: "error",
        code: "source_unavailable",
        message: "The source could not start",
      });
    }
    const removed = { ...AAPL, symbol: "REMOVE" };
    await a.request({ type: "bars.subscribe", payload: removed });
    await a.until("subscription.current");
    expect((await a.request({ type: "bars.unsubscribe", payload: removed })).payload.status).toBe("ok");
    sources.bars.publish(bar(1), AAPL_TOPIC);
    expect((await a.next()).type).toBe("bars.update");
    await turns();
    expect(unhandled).toEqual([]);
    expect(a.frames.join()).not.toContain("secret");
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(5);
    expect(server.counts()).toMatchObject({ topics: 1, subscriptions: 1 });
  });

  test("2.33 an invalid update is dropped and logged, and the topic continues", async () => {
    const { a, sources, logger } = await start();
    await a.request({ type: "bars.subscribe", payload: AAPL });
    await a.until("subscription.current");
    const hostile = {
      get time() {
        throw new Error("no");
      },
    };
    for (const update of [undefined, null, {}, { ...bar(1), close: "1" }, { ...bar(1), time: 1.5 }, hostile]) {
      expect(sources.bars.publish(update as never)).toBe(false);
    }
    expect(sources.bars.publish(bar(1))).toBe(true);
    expect((await a.next()).payload).toMatchObject({ offset: 1 });
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(6);
  });

  test("2.34 updates published inside createTopic follow the reply, in order", async () => {
    const { a, sources } = await start();
    sources.trades.onCreate = (_topic, publish) => {
      for (const time of [1, 2, 3]) expect(publish(trade(time))).toBe(true);
    };
    a.subscribe("trades", { symbol: "AAPL" });
    for (let count = 0; count < 4; count++) await a.next();
    expect(a.messages.slice(1).map(({ type, payload }) => payload.offset ?? type)).toEqual([0, 1, 2, 3]);
    expect(a.types[1]).toBe("trades.subscribe.response");
  });

  test("2.35 a publish after removeTopic is dropped and counted, also during the next run of the topic", async () => {
    const { a, sources, server } = await start();
    await a.request({ type: "bars.subscribe", payload: AAPL });
    const kept = sources.bars.publishers.get(AAPL_TOPIC);
    await a.until("subscription.current");
    await a.request({ type: "bars.unsubscribe", payload: AAPL });
    expect(kept?.(bar(1))).toBe(false);
    expect(() => kept?.end()).not.toThrow();
    await a.request({ type: "bars.subscribe", payload: AAPL });
    await a.until("subscription.current");
    expect(kept?.(bar(2))).toBe(false);
    expect(() => kept?.end()).not.toThrow();
    expect(sources.bars.publish(bar(3, 3))).toBe(true);
    expect((await a.next()).payload.payload.close).toBe(3);
    expect(server.stats().routes.find(({ route }) => route === "bars")).toMatchObject({ dropped: 2, published: 1 });
  });

  test("2.36 20,000 publishes in one turn neither wait nor fail, and retention and queues stay within their limits", async () => {
    const { a, b, sources, server } = await start(2);
    await a.request({ type: "bars.subscribe", payload: AAPL });
    await b.request({ type: "trades.subscribe", payload: { symbol: "AAPL" } });
    await b.settled();
    b.socket.terminate();
    for (let close = 1; close <= 20_000; close++)
      expect(sources.bars.publish(bar(1 + (close % 200), close))).toBe(true);
    expect(server.inspect().topics.find(({ route }) => route === "bars")).toMatchObject({ kept: 100, offset: 20_000 });
    for (const { waitingBytes } of server.connections) expect(waitingBytes).toBeLessThanOrEqual(1_048_576);
    await until(() => updatesOf(a).at(-1) === 20_000);
    expect(a.isOpen).toBe(true);
  });

  test("2.38 a subscribe that hangs delays neither a ping, nor another topic, nor another client's subscribe", async () => {
    const { a, b, sources, clock } = await start(2);
    sources.bars.onCreate = (topic) => (topic === AAPL_TOPIC ? new Promise(() => {}) : undefined);
    a.subscribe("bars", AAPL, { id: "hangs" });
    await until(() => sources.bars.count("create") === 1);
    expect((await a.request({ type: "ping", id: 1 })).id).toBe(1);
    expect((await a.request({ type: "bars.subscribe", payload: { ...AAPL, symbol: "MSFT" }, id: 2 })).id).toBe(2);
    clock.advance(1_000);
    b.subscribe("bars", AAPL, { id: "later" });
    await b.settled();
    clock.advance(1_500);
    await a.until("subscription.current");
    expect(await a.next()).toMatchObject({ id: "hangs", payload: { code: "source_unavailable" } });
    await b.settled();
    expect(b.frames).toHaveLength(1);
    clock.advance(1_000);
    expect(await b.next()).toMatchObject({ id: "later", payload: { code: "source_unavailable" } });
  });

  test("2.39 each account has its own run: both receive their updates, and one disconnecting does not affect the other", async () => {
    const { sources, session, base } = await start(0);
    const ann = await NetworkClient.session(session, "ann");
    const bob = await NetworkClient.connect(base, bearer("bob"));
    await ann.request({ type: "orders.subscribe", payload: { accountId: "ann" } });
    await ann.until("subscription.current");
    await bob.request({ type: "orders.subscribe", payload: { accountId: "bob" } });
    const ofBob = ORDERS_OF_ANN.replace("ann", "bob");
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    sources.orders.publish(order("2"), ofBob);
    expect((await ann.next()).payload).toMatchObject({ topic: ORDERS_OF_ANN, payload: { id: "1" } });
    expect((await bob.next()).payload).toMatchObject({ topic: ofBob, payload: { id: "2" } });
    ann.socket.terminate();
    await until(() => sources.orders.count("remove") === 1);
    sources.orders.publish(order("3"), ofBob);
    expect((await bob.next()).payload.payload.id).toBe("3");
    expect(bob.frames.join()).not.toContain('"ann\\"');
  });
});
