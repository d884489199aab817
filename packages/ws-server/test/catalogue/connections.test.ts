import { type ParamsOf, quotes, trades, type UpdateOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { defineModule, type ServerOptions, serve } from "../../src/index.js";
import { ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { START, startMarket } from "../helpers/market.js";
import { NetworkClient } from "../helpers/network-client.js";
import { principalOf } from "../helpers/principals.js";

const LIMIT = 65_536;
const PADDING = "x".repeat(4_000);

const quote = (n: string, count: number): UpdateOf<typeof quotes> => ({
  s: "error",
  n,
  v: { message: `${String(count).padStart(6, "0")}${PADDING}` },
});
const trade = (time: number): UpdateOf<typeof trades> => ({ id: PADDING, time, price: 1, qty: 1, side: 1 });

/** Starts a market with large updates, so that the buffers of a client that does not read fill up quickly. */
async function startLarge(options: Partial<ServerOptions> = {}) {
  const feed = {
    quotes: new ScriptedSource<ParamsOf<typeof quotes>, UpdateOf<typeof quotes>>(),
    trades: new ScriptedSource<ParamsOf<typeof trades>, UpdateOf<typeof trades>>(),
  };
  const routes = [serve(quotes, feed.quotes), serve(trades, feed.trades)];
  const modules = [defineModule({ name: "datafeed", version: "1", routes })];
  // Clients send any number of pings while the clock stands still, which would exceed their rate.
  const limits = { maxBufferedBytes: LIMIT, heartbeatIntervalMs: 0, maxRequestsPerSecond: 0 };
  const market = await startMarket({ modules, ...limits, ...options });
  const connect = async (protocol: "session" | "base" = "session") => {
    if (protocol === "base") return NetworkClient.connect(market.base);
    return NetworkClient.session(market.session);
  };
  return { ...market, feed, connect };
}

const QUOTES = { symbols: ["A", "B", "C"], fast_symbols: [] };
const TRADES = { symbol: "A" };

const countsOf = (client: NetworkClient) =>
  client.messages
    .filter(({ type }) => type === "quotes.update")
    .map(({ payload }) => Number(payload.payload.v.message.slice(0, 6)));

describe("connections, by the rows of the catalogue of failures", () => {
  test("2.11 the server closes a half-open connection after unanswered pings, and releases its subscriptions", async () => {
    const { server, clock, session, sources } = await startMarket({ lingerMs: 0 });
    const client = await NetworkClient.session(session);
    await client.request({ type: "bars.subscribe", payload: AAPL });
    await client.settled();
    // The network drops everything: the client replies neither to the ping nor to the close.
    client.socket.pause();
    clock.advance(15_000);
    // No pong arrives.
    await turns();
    clock.advance(15_000);
    await until(() => server.counts().subscriptions === 0);
    expect(sources.bars.count("remove")).toBe(1);
    expect(server.counts().connections).toBe(1);
    clock.advance(1_000);
    await until(() => server.counts().connections === 0);
    expect(clock.pending).toBe(0);
  });

  test("2.13 a client that only receives stays connected for more than three heartbeat intervals", async () => {
    const { clock, session, sources } = await startMarket();
    const client = await NetworkClient.session(session);
    await client.request({ type: "bars.subscribe", payload: AAPL });
    for (let time = 1; time <= 12; time++) {
      clock.advance(10_000);
      sources.bars.publish(bar(time));
      await client.settled();
    }
    expect(client.isOpen).toBe(true);
    expect(client.types.filter((type) => type === "bars.update")).toHaveLength(12);
  });

  test("2.14 a stalled client of a keyed route skips superseded updates and ends with the last state; others miss nothing", async () => {
    const { server, feed, connect } = await startLarge();
    const [slow, fast] = [await connect(), await connect()];
    for (const client of [slow, fast]) {
      await client.request({ type: "quotes.subscribe", payload: QUOTES });
      await client.until("subscription.current");
    }
    const [idOfSlow] = server.connections.map(({ id }) => id);
    const ofSlow = () => server.connections.find(({ id }) => id === idOfSlow);
    slow.socket.pause();
    let count = 0;
    let most = 0;
    const publishRound = async () => {
      for (const n of QUOTES.symbols) feed.quotes.publish(quote(n, ++count));
      await fast.settled();
      most = Math.max(most, ofSlow()?.waitingBytes ?? 0);
    };
    while (ofSlow()?.laggingTopics === 0) await publishRound();
    for (let round = 0; round < 100; round++) await publishRound();
    expect(most).toBeGreaterThan(LIMIT / 2);
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect(countsOf(fast)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    slow.socket.resume();
    await until(() => countsOf(slow).at(-1) === count);
    const seen = countsOf(slow);
    expect(seen.slice(-3)).toEqual([count - 2, count - 1, count]);
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
    // Of the hundred and more rounds during the stall, it received only the last.
    expect(seen.length).toBeLessThan(count - 290);
    await publishRound();
    expect(countsOf(slow).length).toBeLessThanOrEqual(seen.length + 3);
    await until(() => countsOf(slow).at(-1) === count);
    expect([slow.isOpen, ofSlow()?.laggingTopics]).toEqual([true, 0]);
  });

  test.each([
    ["session", { code: 4101, reason: "Slow consumer" }],
    ["base", { code: 1013, reason: "Try again later" }],
  ] as const)(
    "2.14 a stalled %s client of a log is closed once updates it needs are removed; others miss nothing, and it resumes",
    async (protocol, close) => {
      const { server, feed, connect } = await startLarge();
      const [slow, fast] = [await connect(protocol), await connect()];
      const { payload } = await slow.request({ type: "trades.subscribe", payload: TRADES });
      await fast.request({ type: "trades.subscribe", payload: TRADES });
      const idOfSlow = server.connections[0]?.id;
      const waiting = () => server.connections.find(({ id }) => id === idOfSlow)?.waitingBytes ?? 0;
      slow.socket.pause();
      let time = 0;
      let most = 0;
      while (server.counts().subscriptions === 2) {
        for (let count = 0; count < 20; count++) feed.trades.publish(trade(++time));
        await fast.settled();
        most = Math.max(most, waiting());
      }
      expect(most).toBeLessThanOrEqual(LIMIT);
      slow.socket.resume();
      expect(await slow.closed).toEqual(close);
      await fast.settled();
      const offsetsOf = (client: NetworkClient) =>
        client.messages.filter(({ type }) => type === "trades.update").map(({ payload }) => payload.offset);
      expect(offsetsOf(fast)).toEqual(Array.from({ length: time }, (_, index) => index + 1));
      // It received updates without a gap, so its last offset is its position: first too old, then recent enough.
      const seen = offsetsOf(slow);
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1));
      const again = await connect();
      for (const [offset, recovered] of [
        [seen.length, false],
        [time - 10, true],
      ] as const) {
        again.subscribe("trades", TRADES, { resume: { epoch: payload.epoch, offset } });
        expect((await again.next()).payload).toMatchObject({ recovered, offset: recovered ? offset : time });
      }
      await again.until("subscription.current");
      expect(offsetsOf(again)).toEqual(Array.from({ length: 10 }, (_, index) => time - 9 + index));
    },
  );

  test("2.15 the queue for a client that does not read stays within its limit, and the server stops reading its requests", async () => {
    const { server, feed, connect } = await startLarge({ maxRequestsPerSecond: 0 });
    const [slow, fast] = [await connect(), await connect()];
    await slow.request({ type: "quotes.subscribe", payload: QUOTES });
    await slow.until("subscription.current");
    const ofSlow = () => server.connections[0];
    slow.socket.pause();
    let count = 0;
    while (ofSlow()?.laggingTopics === 0) {
      feed.quotes.publish(quote("A", ++count));
      await fast.settled();
    }
    // Replies are never dropped, so the server stops reading requests once the replies fill the queue.
    const symbol = "y".repeat(64);
    for (let id = 0; id < 20_000; id++) slow.unsubscribe("trades", { symbol }, { id });
    let before = -1;
    // The queue does not grow for a while: the server has paused reading.
    while (before !== ofSlow()?.waitingBytes) {
      before = ofSlow()?.waitingBytes ?? 0;
      await fast.settled();
      await turns(50);
    }
    // All requests of one socket read get a reply, and the size of those replies is bounded as well.
    expect(ofSlow()?.waitingBytes).toBeLessThan(LIMIT + 4 * 65_536);
    slow.socket.resume();
    const replies = () => slow.messages.filter(({ type }) => type === "trades.unsubscribe.response");
    await until(() => slow.frames.length > 20_000 && slow.frames.some((frame) => frame.endsWith('"id":19999}')));
    expect(replies().map(({ id }) => id)).toEqual(Array.from({ length: 20_000 }, (_, id) => id));
    await until(() => countsOf(slow).at(-1) === count);
    expect(slow.isOpen).toBe(true);
  });

  test("2.20 offsets increase from the reply's offset through resubscribe, second reply and resume, without duplicates", async () => {
    const { sources, session } = await startMarket();
    const client = await NetworkClient.session(session);
    let time = 0;
    const publish = () => sources.trades.publish({ id: "", time: ++time, price: 1, qty: 1, side: 1 });
    const steps: ((epoch: string) => void)[] = [
      () => client.subscribe("trades", TRADES),
      () => client.unsubscribe("trades", TRADES),
      (epoch) => client.subscribe("trades", TRADES, { resume: { epoch, offset: Math.max(0, time - 2) } }),
      () => client.subscribe("trades", TRADES),
    ];
    let epoch = "";
    for (let round = 0; round < 60; round++) {
      steps[(round * 7) % 4]?.(epoch);
      steps[(round * 5 + 1) % 4]?.(epoch);
      await client.settled();
      epoch = client.messages.findLast(({ payload }) => payload?.epoch !== undefined)?.payload.epoch ?? epoch;
      for (let count = 0; count < 3; count++) if (sources.trades.publishers.size > 0) publish();
      await client.settled();
    }
    let position: number | undefined;
    let updates = 0;
    for (const { type, payload } of client.messages) {
      if (type === "trades.subscribe.response") position = payload.offset;
      else if (type === "trades.unsubscribe.response") position = undefined;
      else if (type === "trades.update") {
        updates++;
        // On a log every offset is its predecessor plus one: none is repeated, reordered or skipped.
        expect(payload.offset).toBe((position ?? Number.NaN) + 1);
        position = payload.offset;
      }
    }
    expect(updates).toBeGreaterThan(60);
  });

  test("2.23 a login that completes after its connection closed does not affect the client's next connection", async () => {
    const verified = deferred();
    let isFirst = true;
    const { server, session } = await startMarket({
      authenticate: async (token) => {
        if (isFirst) {
          isFirst = false;
          await verified.promise;
        }
        return principalOf(token);
      },
    });
    const first = await NetworkClient.session(session);
    first.login("ann");
    await first.settled();
    first.socket.terminate();
    await until(() => server.counts().connections === 0);
    const second = await NetworkClient.session(session);
    second.login(`bob~${START + 100_000}`);
    expect((await second.next()).payload.status).toBe("ok");
    verified.resolve();
    await second.settled();
    expect(server.connections.map(({ subject }) => subject)).toEqual(["bob"]);
  });

  test("2.24 a jump of the system time affects no heartbeat, lifespan, linger time or rate limit", async () => {
    const { server, clock, session, sources } = await startMarket({ lingerMs: 30_000 });
    const client = await NetworkClient.session(session);
    await client.request({ type: "bars.subscribe", payload: AAPL });
    await client.until("subscription.current");
    for (const hours of [-1, 24, -48, 100_000]) {
      clock.jump(hours * 3_600_000);
      await client.settled();
      expect(client.isOpen).toBe(true);
      expect((await client.request({ type: "ping" })).type).toBe("pong");
    }
    await client.request({ type: "bars.unsubscribe", payload: AAPL });
    clock.jump(3_600_000);
    clock.advance(29_999);
    await turns();
    expect(server.counts().topics).toBe(1);
    clock.advance(1);
    await until(() => server.counts().topics === 0);
    expect(sources.bars.count("remove")).toBe(1);
  });

  test("2.29 each request gets one reply, or its connection is closed, for random requests in any order", async () => {
    const { session, sources, clock } = await startMarket({ maxErrors: 0, authorize: () => new Promise(() => {}) });
    sources.trades.onCreate = () => new Promise(() => {});
    sources.bars.onCreate = (topic) => {
      if (topic.includes("BAD")) throw new Error("no");
    };
    const client = await NetworkClient.session(session, "ann");
    const requests = [
      ["bars.subscribe", AAPL],
      ["bars.subscribe", { ...AAPL, symbol: "BAD" }],
      ["bars.subscribe", {}],
      ["bars.unsubscribe", AAPL],
      ["trades.subscribe", TRADES],
      ["trades.unsubscribe", TRADES],
      ["orders.subscribe", { accountId: "ann" }],
      ["orders.unsubscribe", { accountId: "ann" }],
      ["ping", undefined],
      ["nonsense", {}],
      ["auth.login", { token: "bad" }],
      ["auth.login", { token: "ann" }],
      ["auth.login", {}],
    ] as const;
    const count = requests.length * 7;
    for (let id = 0; id < count; id++) {
      const [type, payload] = requests[(id * 5) % requests.length] as (typeof requests)[number];
      client.send({ type, payload, id });
    }
    await client.settled();
    const replied = () => client.messages.flatMap(({ id, payload }) => id ?? payload?.id ?? []);
    // Each login runs the authorization again, and each authorization takes up to 2.5 s.
    while (replied().length < count) {
      clock.advance(2_500);
      await client.settled();
    }
    await client.settled();
    expect(replied().sort((left, right) => left - right)).toEqual(Array.from({ length: count }, (_, id) => id));
  });

  test("2.31 subscribe, unsubscribe and subscribe in one turn results in one subscription, one connection and one start", async () => {
    const { server, session, sources } = await startMarket({ lingerMs: 0 });
    const client = await NetworkClient.session(session);
    client.subscribe("bars", AAPL);
    client.unsubscribe("bars", AAPL);
    client.subscribe("bars", AAPL);
    await client.settled();
    expect(server.counts()).toEqual({ connections: 1, topics: 1, subscriptions: 1 });
    expect(sources.bars.count("create") - sources.bars.count("remove")).toBe(1);
    sources.bars.publish(bar(1));
    await client.settled();
    expect(client.types.filter((type) => type === "bars.update")).toHaveLength(1);
  });
});
