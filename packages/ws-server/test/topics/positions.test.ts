import {
  account,
  bars,
  brokerConnection,
  equity,
  executions,
  notifications,
  orderbook,
  orders,
  positions,
  quotes,
  type Route,
  trades,
} from "@trading/topic";
import { describe, expect, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { MemoryClient, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar, order, trade } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient, positionsOf } from "../helpers/network-client.js";
import { untilReceived } from "../helpers/session.js";

const ANN = { accountId: "ann" };
const MSFT = { symbol: "MSFT" };

describe("a subscribe reply contains the cursor position, by the retention of its route", () => {
  const ok = { lp: 1, ask: 1, bid: 1, spread: 0, open_price: 1, high_price: 1, low_price: 1, prev_close_price: 1 };
  const more = { volume: 1, ch: 0, chp: 0, short_name: "", exchange: "", description: "", original_name: "" };
  const quote = (n: string) => ({ s: "ok", n, v: { ...ok, ...more } });
  const book = (time: number) => ({ time, bids: [], asks: [] });
  const worth = (money: number) => ({ equity: money, balance: money, unrealizedPL: 0, realizedPL: 0 });
  const position = (id: string) => ({ id, symbol: "A", qty: 1, side: 1, avgPrice: 1 });
  const state = (balance: number) => ({
    ...{ id: "ann", name: "", currency: "EUR", balance, equity: 1 },
    ...{ marginUsed: 0, marginAvailable: 1, leverage: 1 },
  });
  const fill = (time: number) => ({ symbol: "A", price: 1, qty: 1, side: 1, time });
  const note = (id: string) => ({ id, time: 1, severity: "info", title: "", message: "" });

  // The test publishes three updates; on a keyed route the second replaces the first. The columns after the updates:
  // the offset in the second client's reply, and the offsets of the updates that follow it.
  test.each<[Route<never, never>, object, unknown[], number, number[]]>([
    [bars as never, AAPL, [bar(1), bar(1, 2), bar(2)], 2, [3]],
    [quotes as never, { symbols: ["A", "B"], fast_symbols: [] }, [quote("A"), quote("A"), quote("B")], 0, [2, 3]],
    [orders as never, ANN, [order("1"), order("1", 2), order("2")], 0, [2, 3]],
    [positions as never, ANN, [position("1"), position("1"), position("2")], 0, [2, 3]],
    [orderbook as never, { symbol: "A", depth: 5 }, [book(1), book(2), book(3)], 0, [3]],
    [equity as never, ANN, [worth(1), worth(2), worth(3)], 0, [3]],
    [brokerConnection as never, ANN, [1, 2, 3].map((status) => ({ status, timestamp: 1 })), 0, [3]],
    [account as never, ANN, [state(1), state(2), state(3)], 0, [3]],
    [trades as never, MSFT, [trade(1), trade(2), trade(3)], 3, []],
    [executions as never, { ...ANN, symbol: null }, [fill(1), fill(2), fill(3)], 3, []],
    [notifications as never, ANN, [note("1"), note("2"), note("3")], 3, []],
  ])("$name", async (route, params, updates, offset, following) => {
    const source = new ScriptedSource<never, never>();
    const modules = [defineModule({ name: "m", version: "1", routes: [serve(route, source)] })];
    const server = createServer({ title: "", version: "", modules, authorize: () => true });
    const [first, second] = [MemoryClient.connect(server), MemoryClient.connect(server)];
    const isLog = route.key === undefined;
    first.subscribe(route.name, params);
    await untilReceived(first, isLog ? 1 : 2);
    for (const update of updates) expect(source.publish(update as never)).toBe(true);
    second.subscribe(route.name, params);
    await untilReceived(second, following.length + (isLog ? 1 : 2));
    await turns();
    const [topic] = source.publishers.keys();
    const { epoch } = (first.messages[1]?.payload ?? {}) as { epoch?: string };
    const common = { status: "ok", message: "Subscribed", topic, epoch, retention: isLog ? "log" : "keyed" };
    const snapshot = isLog ? {} : { snapshot: true };
    // An empty snapshot is also followed by subscription.current. A log has no snapshot.
    expect(first.messages.slice(1, 3).map(({ payload }) => payload)).toEqual([
      { ...common, offset: 0, ...snapshot },
      isLog ? expect.objectContaining({ offset: 1 }) : { topic, epoch, offset: 0 },
    ]);
    const [reply, ...updatesAndCurrent] = second.messages.slice(1);
    expect(reply?.payload).toEqual({ ...common, offset, ...snapshot });
    const offsets = updatesAndCurrent.map(({ type, payload }) => [type, (payload as { offset: number }).offset]);
    expect(offsets).toEqual([
      ...following.map((at) => [`${route.name}.update`, at]),
      ...(isLog ? [] : [["subscription.current", 3]]),
    ]);
    await server.close();
  });

  test("a base client gets the same positions, but no subscription.current", async () => {
    const { base, sources } = await startMarket();
    const client = await NetworkClient.connect(base, bearer("ann"));
    const { payload } = await client.request({ type: "orders.subscribe", payload: ANN });
    expect(payload).toMatchObject({ retention: "keyed", offset: 0, snapshot: true, epoch: expect.any(String) });
    sources.orders.publish(order("1"));
    await client.settled();
    expect(client.types).toEqual(["orders.subscribe.response", "orders.update"]);
  });

  test("the first subscriber of a log starts at offset 0, and one that joins during the start at the current offset", async () => {
    const { session, sources } = await startMarket();
    const start = deferred();
    sources.trades.onCreate = () => start.promise;
    const [first, second] = [await NetworkClient.session(session), await NetworkClient.session(session)];
    first.subscribe("trades", MSFT);
    await until(() => sources.trades.count("create") === 1);
    for (const time of [1, 2]) sources.trades.publish(trade(time));
    second.subscribe("trades", MSFT);
    await second.settled();
    sources.trades.publish(trade(3));
    start.resolve();
    await Promise.all([first.settled(), second.settled()]);
    expect(positionsOf(first).map(([kind, offset]) => [kind, offset])).toEqual([
      ["subscribe", 0],
      ["update", 1],
      ["update", 2],
      ["update", 3],
    ]);
    expect(positionsOf(second).map(([kind, offset]) => [kind, offset])).toEqual([
      ["subscribe", 2],
      ["update", 3],
    ]);
  });
});

describe("subscribing to a subscribed topic again", () => {
  test("replies with the position only, which covers the updates sent before the reply", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session);
    const { payload } = await client.request({ type: "bars.subscribe", payload: AAPL });
    await client.until("subscription.current");
    for (const time of [1, 2]) sources.bars.publish(bar(time));
    client.subscribe("bars", AAPL);
    const second = await client.until("bars.subscribe.response");
    const { topic, epoch } = payload;
    expect(second.payload).toEqual({
      ...{ status: "ok", message: "Subscribed", topic, epoch, retention: "keyed", offset: 2 },
    });
    sources.bars.publish(bar(3));
    await client.settled();
    expect(positionsOf(client, 3).map(([, offset]) => offset)).toEqual([1, 2, 2, 3]);
  });

  test("with a position continues from there, and delivers no update twice", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session);
    const { epoch } = (await client.request({ type: "trades.subscribe", payload: MSFT })).payload;
    for (const time of [1, 2, 3]) sources.trades.publish(trade(time));
    await client.settled();
    client.subscribe("trades", MSFT, { resume: { epoch, offset: 1 } });
    // Published before the reply is sent: it follows the reply, because the cursor was set back.
    sources.trades.publish(trade(4));
    await client.settled();
    sources.trades.publish(trade(5));
    await client.settled();
    expect(positionsOf(client, 5)).toEqual([
      ...(client.types[5] === "trades.update" ? [["update", 4, undefined]] : []),
      ["subscribe", 1, true],
      ["update", 2, undefined],
      ["update", 3, undefined],
      ["update", 4, undefined],
      ["current", 4, undefined],
      ["update", 5, undefined],
    ]);
  });

  test("with a position of another run gets a new snapshot on a keyed route, and only new updates on a log", async () => {
    const { session, sources } = await startMarket();
    const client = await NetworkClient.session(session, "ann");
    const resume = { epoch: "another", offset: 1 };
    await client.request({ type: "orders.subscribe", payload: ANN });
    await client.until("subscription.current");
    sources.orders.publish(order("1"));
    await client.settled();
    client.subscribe("orders", ANN, { resume });
    await client.settled();
    expect(client.messages[4]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 0 });
    expect(positionsOf(client, 5)).toEqual([
      ["update", 1, undefined],
      ["current", 1, undefined],
    ]);
    client.subscribe("trades", MSFT);
    await client.settled();
    for (const time of [1, 2]) sources.trades.publish(trade(time));
    await client.settled();
    client.subscribe("trades", MSFT, { resume });
    await client.settled();
    expect(positionsOf(client, 7)).toEqual([
      ["subscribe", 0, undefined],
      ["update", 1, undefined],
      ["update", 2, undefined],
      ["subscribe", 2, false],
    ]);
  });
});
