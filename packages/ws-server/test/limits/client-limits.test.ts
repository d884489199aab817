import { quotes } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, type LimitEvent, type ServerOptions, serve } from "../../src/index.js";
import { ManualClock, MemoryClient } from "../../src/testing/index.js";
import { AAPL } from "../helpers/data.js";
import { turns, until } from "../helpers/event-loop.js";
import { received, setup as setupMarket, untilReceived } from "../helpers/session.js";

/** A server whose sources, clock and reached limits a test can read. */
function setup(options: Partial<ServerOptions> = {}) {
  const limits: string[] = [];
  const observer = { limitReached: ({ limit }: LimitEvent) => void limits.push(limit) };
  return { ...setupMarket({ observers: [observer], ...options }), limits };
}

/** Creates a server with the route `quotes`, whose topics have lists. */
function startLists(options: Partial<ServerOptions>) {
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(quotes, { createTopic() {} })] })];
  const server = createServer({
    title: "Lists",
    version: "1",
    modules,
    lingerMs: 0,
    clock: new ManualClock(),
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, connect: () => MemoryClient.connect(server) };
}

/** Subscribes to `count` topics. @returns the outcomes, in order */
async function subscribe(client: MemoryClient, count: number, name = "T"): Promise<string[]> {
  const before = received(client).length;
  for (let id = 0; id < count; id++) client.subscribe("trades", { symbol: `${name}${id}` });
  await untilReceived(client, before + count);
  return received(client)
    .slice(before)
    .map(([, { code, status }]) => String(code ?? status));
}

const count = (outcomes: readonly string[], outcome: string) => outcomes.filter((each) => each === outcome).length;
const ANN = { principal: { subject: "ann" } };

describe("a connection before its login", () => {
  test("has lower limits, which its login raises", async () => {
    const { connect, limits, server } = setup();
    const client = connect();
    const outcomes = await subscribe(client, 150);
    expect([count(outcomes, "ok"), count(outcomes, "too_many_subscriptions")]).toEqual([100, 50]);
    expect(received(client).at(-1)?.[1]).toMatchObject({
      message: "This connection has 100 subscriptions, the maximum: unsubscribe from one first, or log in",
    });
    expect(limits).toEqual(Array(50).fill("anonymous maxSubscriptions"));
    client.send({ type: "auth.login", payload: { token: "ann" } });
    await untilReceived(client, 151);
    expect(count(await subscribe(client, 150, "U"), "ok")).toBe(150);
    expect(server.counts().subscriptions).toBe(250);
    client.disconnect();
  });

  test("has the limits of any other connection on a server without logins", async () => {
    const { connect } = setup({ authenticate: undefined as never, maxSubscriptions: 120 });
    const outcomes = await subscribe(connect(), 150);
    expect(count(outcomes, "ok")).toBe(120);
  });

  test("is limited by the number of items in its lists: the same symbols in another order are another topic", async () => {
    const market = startLists({ authenticate: () => ({ subject: "ann" }) });
    const symbols = Array.from({ length: 300 }, (_, index) => `S${index}`);
    const client = market.connect();
    for (let turned = 0; turned < 5; turned++) {
      const fast = [...symbols.slice(turned), ...symbols.slice(0, turned)];
      client.subscribe("quotes", { symbols: [], fast_symbols: fast });
    }
    const replies = () => received(client).filter(([type]) => type.endsWith(".response"));
    await until(() => replies().length === 5);
    const codes = replies().map(([, { code, status }]) => code ?? status);
    expect(codes).toEqual(["ok", "ok", "ok", "too_many_subscriptions", "too_many_subscriptions"]);
    expect(replies()[3]?.[1]).toMatchObject({
      message:
        "The lists of this connection would exceed 1000 items, the maximum: unsubscribe from one first, or log in",
    });
    client.unsubscribe("quotes", { symbols: [], fast_symbols: symbols });
    client.subscribe("quotes", { symbols, fast_symbols: symbols.slice(0, 100) });
    await until(() => replies().length === 7);
    expect(replies()[6]?.[1]).toMatchObject({ status: "ok" });
    expect(market.server.counts().topics).toBe(3);
  });

  test("is limited by the length of its topics: a long list counts as much as many topics", async () => {
    const { connect, limits } = setup({ anonymousLimits: { maxTopicCharacters: 250 } });
    const client = connect();
    const outcomes = await subscribe(client, 4, "x".repeat(58));
    expect(outcomes).toEqual(["ok", "ok", "ok", "too_many_subscriptions"]);
    expect(limits).toEqual(["anonymous maxTopicCharacters"]);
    client.unsubscribe("trades", { symbol: `${"x".repeat(58)}0` });
    await untilReceived(client, 5);
    expect(await subscribe(client, 1, "y".repeat(58))).toEqual(["ok"]);
  });

  test("is limited by the memory that its topics retain", async () => {
    const { connect, sources, limits } = setup({ anonymousLimits: { maxSubscribedBytes: 5_000 } });
    const client = connect();
    client.subscribe("bars", AAPL);
    await untilReceived(client, 1);
    for (let time = 0; time < 20; time++) {
      sources.bars.publish(
        { time, open: 1, high: 1, low: 1, close: 1, volume: 1 },
        'bars:{"resolution":"1","symbol":"AAPL"}',
      );
    }
    expect(await subscribe(connect(), 1)).toEqual(["ok"]);
    client.subscribe("trades", { symbol: "B" });
    await until(() => limits.length === 1);
    expect(limits).toEqual(["anonymous maxSubscribedBytes"]);
  });
});

describe("several connections", () => {
  test("of one address have limits together, unless they have logged in", async () => {
    const { connect, limits } = setup({ trustedProxies: [], addressLimits: { maxSubscriptions: 150 } });
    const [first, second, user] = [connect(), connect(), connect(ANN)];
    expect(count(await subscribe(first, 100, "A"), "ok")).toBe(100);
    expect(count(await subscribe(second, 100, "B"), "ok")).toBe(50);
    expect(new Set(limits)).toEqual(new Set(["address maxSubscriptions"]));
    expect(count(await subscribe(user, 100, "C"), "ok")).toBe(100);
    // A login moves the subscriptions of its connection to the user, and a disconnect removes them.
    first.send({ type: "auth.login", payload: { token: "bob" } });
    await untilReceived(first, 101);
    expect(count(await subscribe(connect(), 100, "D"), "ok")).toBe(100);
    second.disconnect();
    await turns(3);
    expect(count(await subscribe(connect(), 50, "E"), "ok")).toBe(50);
  });

  test("of one public address have limits together without trustedProxies; those of a possible proxy do not", async () => {
    const { connect, limits } = setup({ addressLimits: { maxSubscriptions: 150 } });
    const ofTwo = async (address: string) => {
      const [first, second] = [connect({ address }), connect({ address })];
      return [await subscribe(first, 100, `${address} A`), await subscribe(second, 100, `${address} B`)].map(
        (outcomes) => count(outcomes, "ok"),
      );
    };
    expect(await ofTwo("203.0.113.7")).toEqual([100, 50]);
    expect(await ofTwo("203.0.113.8")).toEqual([100, 50]);
    expect(await ofTwo("10.0.0.1")).toEqual([100, 100]);
    expect(await ofTwo("127.0.0.1")).toEqual([100, 100]);
    expect(new Set(limits)).toEqual(new Set(["address maxSubscriptions"]));
  });

  test("of one principal have limits together, whatever their addresses", async () => {
    const { connect, limits } = setup({ principalLimits: { maxSubscriptions: 150 } });
    const [first, second, other] = [connect(ANN), connect(ANN), connect({ principal: { subject: "bob" } })];
    expect(count(await subscribe(first, 100, "A"), "ok")).toBe(100);
    expect(count(await subscribe(second, 100, "B"), "ok")).toBe(50);
    expect(limits).toEqual(Array(50).fill("principal maxSubscriptions"));
    expect(count(await subscribe(other, 100, "C"), "ok")).toBe(100);
    first.disconnect();
    await turns(3);
    expect(count(await subscribe(second, 100, "D"), "ok")).toBe(100);
  });

  test("of one principal share a rate of requests", async () => {
    const { connect } = setup({ principalLimits: { maxRequestsPerSecond: 10, maxRequestBurst: 20 } });
    const [first, second] = [connect(ANN), connect(ANN)];
    for (let id = 0; id < 15; id++) first.send({ type: "ping", id });
    expect(first.isRead).toBe(true);
    for (let id = 0; id < 15; id++) second.send({ type: "ping", id });
    expect(second.isRead).toBe(false);
  });

  test("of one principal keep the use of their rate when they connect again", async () => {
    const { connect, clock } = setup({ principalLimits: { maxRequestsPerSecond: 10, maxRequestBurst: 20 } });
    const isReadAfter = async (count: number) => {
      const client = connect(ANN);
      for (let id = 0; id < count; id++) client.send({ type: "ping", id });
      const { isRead } = client;
      client.disconnect();
      await turns();
      return isRead;
    };
    expect([await isReadAfter(15), await isReadAfter(15)]).toEqual([true, false]);
    clock.advance(3_000);
    expect(await isReadAfter(15)).toBe(true);
  });
});

describe("topics of clients that have left", () => {
  test("never refuse a new subscriber, and linger for a shorter time when there are many", async () => {
    const { connect, server, sources, clock, limits } = setup({ maxTopics: 50, lingerMs: 30_000 });
    const attacker = connect();
    expect(count(await subscribe(attacker, 60), "too_many_topics")).toBe(10);
    expect(limits).toEqual(Array(10).fill("maxTopics"));
    attacker.disconnect();
    await turns(3);
    const client = connect();
    expect(await subscribe(client, 20, "A")).toEqual(Array(20).fill("ok"));
    // A topic that has lingered is the first to end; one with a subscriber never ends.
    client.subscribe("trades", { symbol: "A0" });
    expect(await subscribe(connect(), 30, "B")).toEqual(Array(30).fill("ok"));
    expect(sources.trades.count("create")).toBe(100);
    expect(count(await subscribe(connect(), 1, "C"), "too_many_topics")).toBe(1);
    expect(server.counts().subscriptions).toBe(50);
    for (const { close } of server.connections) close({ code: 1000, reason: "" });
    await until(() => server.counts().subscriptions === 0);
    clock.advance(30_000);
    await until(() => server.counts().topics === 0);
  });

  test("are ended when their updates use the maximum memory", async () => {
    const { connect, server, sources, limits } = setup({ maxRetainedBytes: 20_000, lingerMs: 30_000 });
    const fill = async (client: MemoryClient, symbol: string) => {
      client.subscribe("trades", { symbol });
      await until(() => received(client).length > 0);
      for (let time = 0; time < 100; time++) {
        sources.trades.publish({ id: `${time}`, time, price: 1, qty: 1, side: 1 }, `trades:{"symbol":"${symbol}"}`);
      }
    };
    const attacker = connect();
    await fill(attacker, "A");
    expect(server.stats().retainedBytes).toBeGreaterThan(20_000);
    expect(await subscribe(connect(), 1)).toEqual(["too_many_topics"]);
    expect(limits).toEqual(["maxRetainedBytes"]);
    attacker.disconnect();
    await turns(3);
    expect(await subscribe(connect(), 1)).toEqual(["ok"]);
    await until(() => server.stats().retainedBytes === 0);
  });
});

test("an unknown limit and an invalid value are refused", () => {
  expect(() => setup({ anonymousLimits: { maxSubscription: 5 } as never })).toThrow(
    'Invalid option "anonymousLimits": expected maxSubscriptions,',
  );
  expect(() => setup({ addressLimits: { maxRequestBurst: 0 } })).toThrow(
    'Invalid option "addressLimits.maxRequestBurst": expected an integer of at least 1, got 0',
  );
});

describe("limits of a running server", () => {
  test("change for present and new connections, without ending what is above them", async () => {
    const { connect, server } = setup({ authenticate: undefined as never, maxSubscriptions: 3, maxTopics: 3 });
    const client = connect();
    expect(await subscribe(client, 3)).toEqual(["ok", "ok", "ok"]);
    server.setLimits({ maxSubscriptions: 5, maxTopics: 4 });
    expect(await subscribe(client, 2, "U")).toEqual(["ok", "too_many_topics"]);
    server.setLimits({ maxSubscriptions: 2, maxTopics: 0 });
    expect(server.counts().subscriptions).toBe(4);
    expect(await subscribe(client, 1, "V")).toEqual(["too_many_subscriptions"]);
    expect(await subscribe(connect(), 3, "W")).toEqual(["ok", "ok", "too_many_subscriptions"]);
  });

  test("change the rates of requests, pings and errors for connections from now on", async () => {
    const { connect, server, clock } = setup({ authenticate: undefined as never });
    server.setLimits({ maxRequestsPerSecond: 1, maxRequestBurst: 2, maxErrors: 1 });
    const client = connect();
    for (let id = 0; id < 5; id++) client.subscribe("trades", { symbol: `T${id}` });
    await untilReceived(client, 3);
    await turns(5);
    // The burst, and the one after which reading pauses.
    expect(received(client)).toHaveLength(3);
    clock.advance(3_000);
    await untilReceived(client, 5);
    for (let errors = 0; errors < 2; errors++) client.send({ type: "no.such.type", payload: {} });
    clock.advance(2_000);
    expect((await client.closed).code).toBe(4102);
  });

  test("stay when one of the new ones is invalid", async () => {
    const { connect, server } = setup({ authenticate: undefined as never, maxSubscriptions: 1 });
    expect(() => server.setLimits({ maxSubscriptions: 2, maxTopics: -1 })).toThrow('Invalid option "maxTopics"');
    expect(await subscribe(connect(), 2)).toEqual(["ok", "too_many_subscriptions"]);
  });
});
