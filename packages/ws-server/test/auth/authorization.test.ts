import { orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { Authorizer } from "../../src/index.js";
import { bearer, isOwner, NetworkClient, startMarket } from "../helpers/market.js";
import { until } from "../helpers/server.js";
import { AAPL, ORDERS_OF_ANN, order, rest } from "../helpers/session.js";

const ANN = { accountId: "ann" };
const ended = { topic: ORDERS_OF_ANN, code: "forbidden", retryable: false };

/** An authorizer whose answers the test gives, in any order. */
function scripted() {
  const asked: { readonly answer: (mayUse: boolean) => void; readonly subject: string | undefined }[] = [];
  const authorize: Authorizer = (principal) =>
    new Promise((resolve) => asked.push({ answer: resolve, subject: principal?.subject }));
  return { asked, authorize };
}

describe("the authorizer", () => {
  test("is asked with the principal, the route and the parameters as they were parsed, for what is private alone", async () => {
    const asked: unknown[] = [];
    const { session } = await startMarket({
      authorize: (principal, target, params) => {
        asked.push([principal?.subject, target.name, params]);
        return true;
      },
    });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("bars", AAPL);
    client.subscribe("executions", { symbol: "", accountId: "ann", extra: 1 });
    client.unsubscribe("orders", ANN);
    await client.settled();
    expect(asked).toEqual([["ann", "executions", { accountId: "ann", symbol: null }]]);
  });

  test("is asked again for each subscribe, a second one of the same topic and a resume among them", async () => {
    let asked = 0;
    const { session } = await startMarket({ authorize: () => ++asked < 4 });
    const client = await NetworkClient.session(session, "ann");
    const { payload } = await client.ask({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    await client.ask({ type: "orders.subscribe", payload: ANN });
    const { epoch, offset } = payload;
    client.subscribe("orders", ANN, { resume: { epoch, offset } });
    expect((await client.next()).payload.recovered).toBe(true);
    await client.until("subscription.current");
    expect(asked).toBe(3);
    // Who may not any more is not left with what was held.
    client.subscribe("orders", ANN, { resume: { epoch, offset } });
    expect((await client.next()).payload).toMatchObject({ status: "error", code: "forbidden" });
    expect(asked).toBe(4);
  });

  test("that throws, rejects, answers with anything but true, or never, is a refusal", async () => {
    const answers: (() => unknown)[] = [
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
    let answer = (): unknown => false;
    const { server, session, clock, logger, sources } = await startMarket({ authorize: () => answer() as boolean });
    const client = await NetworkClient.session(session, "ann");
    const replies = new Set<string>();
    for (const give of [...answers, () => false]) {
      answer = give;
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
    // Those that threw, and the one that never answered.
    expect(logger.entries.filter(({ level }) => level === "error")).toHaveLength(4);
    expect(clock.pending).toBeLessThanOrEqual(2);
  });

  test("and the source share the 2.5 s that a subscribe may take", async () => {
    const { asked, authorize } = scripted();
    const { session, clock, sources } = await startMarket({ authorize });
    sources.orders.onCreate = () => new Promise(() => {});
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    clock.advance(2_000);
    asked[0]?.answer(true);
    await until(() => sources.orders.count("create") === 1);
    clock.advance(499);
    await client.settled();
    expect(client.frames).toHaveLength(1);
    clock.advance(1);
    expect((await client.next()).payload.code).toBe("source_unavailable");
  });

  test("that says yes too late opens nothing", async () => {
    const { asked, authorize } = scripted();
    const { server, session, clock, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    clock.advance(2_500);
    expect((await client.next()).payload.code).toBe("forbidden");
    asked[0]?.answer(true);
    await client.settled();
    expect(sources.orders.calls).toEqual([]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("tells a stranger the same of an account that exists, one that does not, and one on a server that is full", async () => {
    const { session, sources } = await startMarket({ maxTopics: 2 });
    const owner = await NetworkClient.session(session, "ann");
    await owner.ask({ type: "orders.subscribe", payload: ANN });
    await owner.until("subscription.current");
    sources.orders.publish(order("1"));
    const [stranger, nobody] = [await NetworkClient.session(session, "bob"), await NetworkClient.session(session)];
    const answersOf = async (client: NetworkClient) => {
      const answers = new Set<string>();
      for (const accountId of ["ann", "nobody-1", "nobody-2"]) {
        const { payload } = await client.ask({ type: "orders.subscribe", payload: { accountId } });
        answers.add(JSON.stringify({ ...payload, topic: "" }));
      }
      return answers;
    };
    expect((await answersOf(stranger)).size).toBe(1);
    expect((await answersOf(nobody)).size).toBe(1);
    // Now as many topics run as may.
    await owner.ask({ type: "trades.subscribe", payload: { symbol: "AAPL" } });
    expect([...(await answersOf(stranger))].join()).toContain('"forbidden"');
    expect((await answersOf(stranger)).size).toBe(1);
    expect((await answersOf(nobody)).size).toBe(1);
  });
});

describe("while the authorizer is asked", () => {
  test("an unsubscribe is obeyed, and both are answered in order", async () => {
    const { asked, authorize } = scripted();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: 1 });
    client.unsubscribe("orders", ANN, { id: 2 });
    await client.settled();
    asked[0]?.answer(true);
    expect(await client.next()).toMatchObject({ id: 1, payload: { status: "error", code: "unsubscribed" } });
    expect(await client.next()).toMatchObject({ id: 2, payload: { status: "ok" } });
    expect(sources.orders.calls).toEqual([]);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("subscribing, leaving and subscribing again holds the topic once", async () => {
    const { asked, authorize } = scripted();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: 1 });
    client.unsubscribe("orders", ANN, { id: 2 });
    client.subscribe("orders", ANN, { id: 3 });
    await client.settled();
    asked[1]?.answer(true);
    await client.settled();
    asked[0]?.answer(true);
    await client.settled();
    expect(client.messages.slice(1, 4).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(client.messages[3]?.payload.status).toBe("ok");
    expect(server.counts().subscriptions).toBe(1);
    expect(sources.orders.calls).toEqual([`create ${ORDERS_OF_ANN}`]);
  });

  test("each of several subscribes is told its own answer, a refusal of one withdraws no other", async () => {
    const { asked, authorize } = scripted();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    for (const id of [1, 2, 3]) client.subscribe("orders", ANN, { id });
    await until(() => asked.length === 3);
    for (const [at, mayUse] of [false, false, true].entries()) asked[at]?.answer(mayUse);
    await client.settled();
    expect(client.messages.slice(1, 4).map(({ id, payload }) => [id, payload.code ?? payload.status])).toEqual([
      [1, "forbidden"],
      [2, "forbidden"],
      [3, "ok"],
    ]);
    expect(server.counts().subscriptions).toBe(1);
  });

  test("answers that come in another order are acted on in the order of the requests", async () => {
    const { asked, authorize } = scripted();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    for (const id of [1, 2, 3]) client.subscribe("orders", ANN, { id });
    await until(() => asked.length === 3);
    asked[0]?.answer(true);
    await client.until("subscription.current");
    asked[2]?.answer(false);
    await client.settled();
    sources.orders.publish(order("1"), ORDERS_OF_ANN);
    await client.settled();
    asked[1]?.answer(true);
    await client.settled();
    const replies = client.messages.filter(({ id }) => id === 2 || id === 3);
    // The third has taken the hold by the time that the second is answered, and until then it was not taken.
    expect(replies.map(({ id, payload }) => [id, payload.code])).toEqual([
      [2, "unsubscribed"],
      [3, "forbidden"],
    ]);
    expect(client.types.filter((type) => type === "orders.update")).toHaveLength(1);
    expect(server.counts().subscriptions).toBe(0);
  });

  test("a disconnect leaves nothing", async () => {
    const { asked, authorize } = scripted();
    const { server, session, sources, clock } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    asked[0]?.answer(true);
    await rest();
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(sources.orders.calls).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("another login has it asked anew, since the answer was about the first", async () => {
    const { asked, authorize } = scripted();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN, { id: "s" });
    await client.settled();
    client.login("ann~9000000000000", "l");
    expect((await client.next()).id).toBe("l");
    asked[0]?.answer(true);
    await until(() => asked.length === 2);
    asked[1]?.answer(false);
    expect(await client.next()).toMatchObject({ id: "s", payload: { code: "forbidden" } });
    expect(server.counts().subscriptions).toBe(0);
  });

  test("a change of rights has it asked anew, since the answer may be of before", async () => {
    const { asked, authorize } = scripted();
    const { server, session, sources } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await client.settled();
    // The right is withdrawn, while a lookup of before is still on its way.
    await server.reauthorize();
    asked[0]?.answer(true);
    await until(() => asked.length === 2 || server.counts().subscriptions === 1);
    asked[1]?.answer(false);
    expect((await client.next()).payload.code).toBe("forbidden");
    expect(sources.orders.calls).toEqual([]);
  });
});

describe("rights that are withdrawn", () => {
  test("by reauthorize end what is private for a session, close a base connection, and touch nothing else", async () => {
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
      await client.ask({ type: "orders.subscribe", payload: { accountId } });
      client.subscribe("bars", AAPL);
      await client.settled();
    }
    revoked.add("ann");
    await server.reauthorize();
    expect(await plain.closed).toEqual({ code: 1008, reason: "Policy violation" });
    expect(await ann.until("subscription.ended")).toEqual({ type: "subscription.ended", payload: ended });
    for (const topic of [ORDERS_OF_ANN, orders.buildTopic({ accountId: "bob" })])
      sources.orders.publish(order("1"), topic);
    sources.bars.publish({ time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 });
    await Promise.all([ann.settled(), bob.settled()]);
    expect(ann.types.filter((type) => type.endsWith(".update"))).toEqual(["bars.update"]);
    expect(bob.types.filter((type) => type.endsWith(".update"))).toEqual(["orders.update", "bars.update"]);
    expect(sources.orders.calls.at(-1)).toBe(`remove ${ORDERS_OF_ANN}`);
    expect(plain.types.filter((type) => type.endsWith(".update"))).toEqual([]);
  });

  test("by a fresh token with fewer of them: the reply, then the end, then no update", async () => {
    const { session, sources } = await startMarket({
      authorize: (principal) => !String(principal?.claims?.token).endsWith("~9000000000000"),
    });
    const client = await NetworkClient.session(session, "ann");
    await client.ask({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    client.login("ann~9000000000000");
    expect((await client.next()).payload.status).toBe("ok");
    expect(await client.next()).toEqual({ type: "subscription.ended", payload: ended });
    sources.orders.publish(order("1"));
    await client.settled();
    expect(client.frames).toHaveLength(5);
    // It may ask again, and is refused as anybody is.
    client.subscribe("orders", ANN);
    expect((await client.next()).payload.code).toBe("forbidden");
  });

  test("discard what was gathered, so that nothing of it follows the end", async () => {
    let mayUse = true;
    const { server, session, sources } = await startMarket({ authorize: () => mayUse });
    const client = await NetworkClient.session(session, "ann");
    await client.ask({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    mayUse = false;
    const asked = server.reauthorize();
    sources.orders.publish(order("1"));
    await asked;
    sources.orders.publish(order("2"));
    await client.settled();
    expect(client.types.slice(3)).toEqual(["subscription.ended"]);
  });

  test("and an authorizer that fails then is a no as well", async () => {
    let authorize: Authorizer = () => true;
    const { server, session, clock } = await startMarket({ authorize: (...of) => authorize(...of) });
    for (const failing of [
      () => {
        throw new Error("down");
      },
      () => new Promise<boolean>(() => {}),
    ]) {
      authorize = () => true;
      const client = await NetworkClient.session(session, "ann");
      await client.ask({ type: "orders.subscribe", payload: ANN });
      authorize = failing;
      const asked = server.reauthorize();
      await rest();
      clock.advance(2_500);
      await asked;
      expect((await client.until("subscription.ended")).payload).toEqual(ended);
    }
  });

  test("that are asked about twice at once follow the later question", async () => {
    const { asked, authorize } = scripted();
    const { server, session } = await startMarket({ authorize });
    const client = await NetworkClient.session(session, "ann");
    client.subscribe("orders", ANN);
    await until(() => asked.length === 1);
    asked[0]?.answer(true);
    await client.until("subscription.current");
    const [first, second] = [server.reauthorize(), server.reauthorize()];
    await until(() => asked.length === 3);
    asked[2]?.answer(true);
    asked[1]?.answer(false);
    await Promise.all([first, second]);
    await client.settled();
    expect(client.types).not.toContain("subscription.ended");
  });
});

describe("a source that gives its topic up", () => {
  test("ends it for a session with its code, and closes a base connection with 1013", async () => {
    const { server, session, base, sources } = await startMarket({ lingerMs: 0 });
    const [client, plain] = [await NetworkClient.session(session), await NetworkClient.connect(base)];
    for (const each of [client, plain]) await each.ask({ type: "bars.subscribe", payload: AAPL });
    await client.until("subscription.current");
    sources.bars.end();
    expect((await client.next()).payload).toEqual({
      topic: 'bars:{"resolution":"1","symbol":"AAPL"}',
      code: "source_ended",
      retryable: true,
    });
    expect(await plain.closed).toEqual({ code: 1013, reason: "Try again later" });
    // It may be asked for again at once, as a new run.
    const { payload } = await client.ask({ type: "bars.subscribe", payload: AAPL });
    expect(payload).toMatchObject({ status: "ok", offset: 0, snapshot: true });
    await until(() => server.counts().connections === 1);
    expect(sources.bars.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
  });
});
