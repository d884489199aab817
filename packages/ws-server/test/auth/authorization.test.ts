import { describe, expect, test } from "vitest";
import { AAPL, ORDERS_OF_ANN, order } from "../helpers/data.js";
import { turns, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { NetworkClient } from "../helpers/network-client.js";
import { manualAuthorizer } from "../helpers/principals.js";

const ANN = { accountId: "ann" };

describe("the authorizer", () => {
  test("is called with the principal, the route and the parsed parameters, for private routes only", async () => {
    const calls: unknown[] = [];
    const { session } = await startMarket({
      authorize: (principal, target, params) => {
        calls.push([principal?.subject, target.name, params]);
        return true;
      },
    });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("bars", AAPL);
    client.subscribe("executions", { symbol: "", accountId: "ann", extra: 1 });
    client.unsubscribe("orders", ANN);
    await client.settled();
    expect(calls).toEqual([["ann", "executions", { accountId: "ann", symbol: null }]]);
  });

  test("is called again for each subscribe, including a second one to the same topic and a resume", async () => {
    let calls = 0;
    const { session } = await startMarket({ authorize: () => ++calls < 4 });
    const client = await NetworkClient.session(session, "ann");
    const { payload } = await client.request({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    await client.request({ type: "orders.subscribe", payload: ANN });
    const { epoch, offset } = payload;
    client.subscribe("orders", ANN, { resume: { epoch, offset } });
    expect((await client.next()).payload.recovered).toBe(true);
    await client.until("subscription.current");
    expect(calls).toBe(3);
    // A forbidden resume does not keep the earlier subscription.
    client.subscribe("orders", ANN, { resume: { epoch, offset } });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "forbidden" });
    expect(calls).toBe(4);
  });

  test("that throws, rejects, returns anything but true or never settles forbids the subscription", async () => {
    const outcomes: (() => unknown)[] = [
      () => {
        throw new Error("secret detail");
      },
      () => Promise.reject(new Error("secret detail")),
      () => Promise.reject(undefined),
      () => 1,
      () => "true",
      () => ({}),
      () => undefined,
      () => Promise.resolve("yes"),
      () => new Promise(() => {}),
    ];
    let outcome = (): unknown => false;
    const { server, session, clock, logger, sources } = await startMarket({ authorize: () => outcome() as boolean });
    const client = await NetworkClient.session(session, "ann");
    const replies = new Set<string>();
    for (const next of [...outcomes, () => false]) {
      outcome = next;
      client.subscribe("orders", ANN);
      await client.settled();
      clock.advance(2_500);
      replies.add(JSON.stringify(await client.next()));
    }
    expect([...replies]).toEqual([
      JSON.stringify({
        type: "orders.subscribe.response",
        payload: { status: "error", message: "You may not use this", code: "forbidden", topic: ORDERS_OF_ANN },
      }),
    ]);
    expect(sources.orders.calls).toEqual([]);
    expect(server.counts().subscriptions).toBe(0);
    // Those that threw or rejected, and the one that never settled.
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(4);
    expect(clock.pending).toBeLessThanOrEqual(2);
  });

  test("and the source share the 2.5 s limit of a subscribe", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { session, clock, sources } = await startMarket({ authorize });
    sources.orders.onCreate = () => new Promise(() => {});
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    clock.advance(2_000);
    calls[0]?.(true);
    await until(() => sources.orders.count("create") === 1);
    clock.advance(499);
    await client.settled();
    expect(client.frames).toHaveLength(1);
    clock.advance(1);
    expect((await client.next()).payload.code).toBe("source_unavailable");
  });

  test("that allows too late starts no source", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, clock, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    clock.advance(2_500);
    expect((await client.next()).payload.code).toBe("forbidden");
    calls[0]?.(true);
    await client.settled();
    expect(sources.orders.calls).toEqual([]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("gives another user the same reply for an existing account, a missing one, and any account on a full server", async () => {
    const { session, sources } = await startMarket({ maxTopics: 2 });
    const owner = await NetworkClient.session(session, "ann");
    await owner.request({ type: "orders.subscribe", payload: ANN });
    await owner.until("subscription.current");
    sources.orders.publish(order("1"));
    const [stranger, anonymous] = [await NetworkClient.session(session, "bob"), await NetworkClient.session(session)];
    const repliesTo = async (client: NetworkClient) => {
      const replies = new Set<string>();
      for (const accountId of ["ann", "missing-1", "missing-2"]) {
        const { payload } = await client.request({ type: "orders.subscribe", payload: { accountId } });
        replies.add(JSON.stringify({ ...payload, topic: "" }));
      }
      return replies;
    };
    expect((await repliesTo(stranger)).size).toBe(1);
    expect((await repliesTo(anonymous)).size).toBe(1);
    // The server now runs maxTopics topics.
    await owner.request({ type: "trades.subscribe", payload: { symbol: "AAPL" } });
    expect([...(await repliesTo(stranger))].join()).toContain('"forbidden"');
    expect((await repliesTo(stranger)).size).toBe(1);
    expect((await repliesTo(anonymous)).size).toBe(1);
  });
});

describe("during an authorization", () => {
  test("an unsubscribe takes effect, and both requests get their replies in order", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: 1 });
    client.unsubscribe("orders", ANN, { id: 2 });
    await client.settled();
    calls[0]?.(true);
    expect(await client.next()).toMatchObject({ id: 1, payload: { status: "error", code: "unsubscribed" } });
    expect(await client.next()).toMatchObject({ id: 2, payload: { status: "ok" } });
    expect(sources.orders.calls).toEqual([]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("subscribe, unsubscribe and subscribe result in one subscription", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: 1 });
    client.unsubscribe("orders", ANN, { id: 2 });
    client.subscribe("orders", ANN, { id: 3 });
    await client.settled();
    calls[1]?.(true);
    await client.settled();
    calls[0]?.(true);
    await client.settled();
    expect(client.messages.slice(1, 4).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(client.messages[3]?.payload.status).toBe("ok");
    expect(server.counts().subscriptions).toBe(1);
    expect(sources.orders.calls).toEqual([`create ${ORDERS_OF_ANN}`]);
  });

  test("each of several subscribes gets its own result, and a forbidden one does not end another", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    for (const id of [1, 2, 3]) client.subscribe("orders", ANN, { id });
    await until(() => calls.length === 3);
    for (const [at, isAllowed] of [false, false, true].entries()) calls[at]?.(isAllowed);
    await client.settled();
    expect(client.messages.slice(1, 4).map(({ id, payload }) => [id, payload.code ?? payload.status])).toEqual([
      [1, "forbidden"],
      [2, "forbidden"],
      [3, "ok"],
    ]);
    expect(server.counts().subscriptions).toBe(1);
  });

  test("authorizations that complete in another order take effect in the order of the requests", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    for (const id of [1, 2, 3]) client.subscribe("orders", ANN, { id });
    await until(() => calls.length === 3);
    calls[0]?.(true);
    await client.until("subscription.current");
    calls[2]?.(false);
    await client.settled();
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    await client.settled();
    calls[1]?.(true);
    await client.settled();
    const replies = client.messages.filter(({ id }) => id === 2 || id === 3);
    // The third request ended the subscription before the second got its reply. Until then the updates continued.
    expect(replies.map(({ id, payload }) => [id, payload.code])).toEqual([
      [2, "unsubscribed"],
      [3, "forbidden"],
    ]);
    expect(client.types.filter((type) => type === "orders.update")).toHaveLength(1);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("a disconnect leaves no subscription, no source and no timer", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, sources, clock } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    calls[0]?.(true);
    await turns();
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(sources.orders.calls).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("another login authorizes the request again, because the pending call is about the old token", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: "s" });
    await client.settled();
    client.login("ann~9000000000000", "l");
    expect((await client.next()).id).toBe("l");
    calls[0]?.(true);
    await until(() => calls.length === 2);
    calls[1]?.(false);
    expect(await client.next()).toMatchObject({ id: "s", payload: { code: "forbidden" } });
    expect(server.counts().subscriptions).toBe(0);
  });

  test("reauthorize authorizes the request again, because the pending call may be outdated", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    // The authorization is revoked while an earlier lookup is pending.
    await server.reauthorize();
    calls[0]?.(true);
    await until(() => calls.length === 2 || server.counts().subscriptions === 1);
    calls[1]?.(false);
    expect((await client.next()).payload.code).toBe("forbidden");
    expect(sources.orders.calls).toEqual([]);
  });
});
