import { orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { Authorizer } from "../../src/index.js";
import { AAPL, bar, ORDERS_OF_ANN, order } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";
import { isOwner, manualAuthorizer } from "../helpers/principals.js";

const ANN = { accountId: "ann" };
const ended = { topic: ORDERS_OF_ANN, code: "forbidden", retryable: false };

describe("a revoked authorization", () => {
  test("ends a session's private subscriptions at reauthorize, closes a base connection, and affects nothing else", async () => {
    const revoked = new Set<string>();
    const { server, session, base, sources } = await startMarket({
      lingerMs: 0,
      authorize: (principal, target, params) =>
        !revoked.has(principal?.subject ?? "") && isOwner(principal, target, params),
    });
    const [ann, bob] = [await NetworkClient.session(session, "ann"), await NetworkClient.session(session, "bob")];
    const plain = await NetworkClient.connect(base, bearer("ann"));
    for (const [client, accountId] of [
      [ann, "ann"],
      [bob, "bob"],
      [plain, "ann"],
    ] as const) {
      await client.request({ type: "orders.subscribe", payload: { accountId } });
      client.subscribe("bars", AAPL);
      await client.settled();
    }
    revoked.add("ann");
    await server.reauthorize();
    expect(await plain.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(await ann.until("subscription.ended")).toEqual({ type: "subscription.ended", payload: ended });
    for (const topic of [ORDERS_OF_ANN, orders.buildTopic({ accountId: "bob" })])
      sources.orders.publish(order("1"), topic);
    sources.bars.publish(bar(1));
    await Promise.all([ann.settled(), bob.settled()]);
    expect(ann.types.filter((type) => type.endsWith(".update"))).toEqual(["bars.update"]);
    expect(bob.types.filter((type) => type.endsWith(".update"))).toEqual(["orders.update", "bars.update"]);
    expect(sources.orders.calls.at(-1)).toBe(`remove ${ORDERS_OF_ANN}`);
    expect(plain.types.filter((type) => type.endsWith(".update"))).toEqual([]);
  });

  test("by a new token sends the login reply, then subscription.ended, and then no update", async () => {
    const { session, sources } = await startMarket({
      authorize: (principal) => !String(principal?.claims?.token).endsWith("~9000000000000"),
    });
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    client.login("ann~9000000000000");
    expect((await client.next()).payload.status).toBe("ok");
    expect(await client.next()).toEqual({ type: "subscription.ended", payload: ended });
    sources.orders.publish(order("1"));
    await client.settled();
    expect(client.frames).toHaveLength(5);
    // Another subscribe is forbidden like that of any other user.
    client.subscribe("orders", ANN);
    expect((await client.next()).payload.code).toBe("forbidden");
  });

  test("discards the queued updates, so that none follows subscription.ended", async () => {
    let isAllowed = true;
    const { server, session, sources } = await startMarket({ authorize: () => isAllowed });
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    isAllowed = false;
    const reauthorized = server.reauthorize();
    sources.orders.publish(order("1"));
    await reauthorized;
    sources.orders.publish(order("2"));
    await client.settled();
    expect(client.types.slice(3)).toEqual(["subscription.ended"]);
  });

  test("is assumed when the authorizer fails during reauthorize", async () => {
    let authorize: Authorizer = () => true;
    let calls = 0;
    const { server, session, clock } = await startMarket({
      authorize: (...args) => {
        calls++;
        return authorize(...args);
      },
    });
    for (const failing of [
      () => {
        throw new Error("down");
      },
      () => new Promise<boolean>(() => {}),
    ]) {
      authorize = () => true;
      const client = await NetworkClient.session(session, "ann");
      await client.request({ type: "orders.subscribe", payload: ANN });
      authorize = failing;
      const before = calls;
      const reauthorized = server.reauthorize();
      await until(() => calls > before);
      clock.advance(2_500);
      await reauthorized;
      expect((await client.until("subscription.ended")).payload).toEqual(ended);
    }
  });

  test("follows the later of two concurrent calls of reauthorize", async () => {
    const { calls, authorize } = manualAuthorizer();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await until(() => calls.length === 1);
    calls[0]?.(true);
    await client.until("subscription.current");
    const [first, second] = [server.reauthorize(), server.reauthorize()];
    await until(() => calls.length === 3);
    calls[2]?.(true);
    calls[1]?.(false);
    await Promise.all([first, second]);
    await client.settled();
    expect(client.types).not.toContain("subscription.ended");
  });
});

describe("a source that ends its topic", () => {
  test("ends a session's subscription with a code, and closes a base connection with 1013", async () => {
    const { server, session, base, sources } = await startMarket({ lingerMs: 0 });
    const [client, plain] = [await NetworkClient.session(session), await NetworkClient.connect(base)];
    for (const each of [client, plain]) await each.request({ type: "bars.subscribe", payload: AAPL });
    await client.until("subscription.current");
    sources.bars.end();
    expect((await client.next()).payload).toEqual({
      topic: 'bars:{"resolution":"1","symbol":"AAPL"}',
      code: "source_ended",
      retryable: true,
    });
    expect(await plain.closed).toEqual({ code: 1013, reason: "Try again later" });
    // A session can immediately subscribe again, which starts a new run.
    const { payload } = await client.request({ type: "bars.subscribe", payload: AAPL });
    expect(payload).toMatchObject({ status: "ok", offset: 0, snapshot: true });
    await until(() => server.counts().connections === 1);
    expect(sources.bars.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
  });
});
