import { describe, expect, test } from "vitest";
import { NetworkClient, positionsOf, startMarket } from "../helpers/market.js";
import { until } from "../helpers/server.js";
import { AAPL, bar, ORDERS_OF_ANN, order, trade } from "../helpers/session.js";

const PARAMS = { orders: { accountId: "ann" }, bars: AAPL, trades: { symbol: "AAPL" } } as const;

describe("coming back on another connection", () => {
  /** A client of Ann's that has seen orders 1 and 2, bar 1 and trade 1, and has left; how to come back, and what it is told. */
  async function left() {
    const market = await startMarket({ lingerMs: 30_000 });
    const { session, sources, server } = market;
    const client = await NetworkClient.session(session, "ann");
    const seen = { orders: "", bars: "", trades: "" };
    for (const route of ["orders", "bars", "trades"] as const) {
      seen[route] = (await client.ask({ type: `${route}.subscribe`, payload: PARAMS[route] })).payload.epoch;
      if (route !== "trades") await client.until("subscription.current");
    }
    for (const id of ["1", "2"]) sources.orders.publish(order(id));
    sources.bars.publish(bar(1));
    sources.trades.publish(trade(1));
    await client.settled();
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    const comeBack = async (route: keyof typeof PARAMS, offset: number, epoch = seen[route]) => {
      const again = await NetworkClient.session(session, "ann");
      again.subscribe(route, PARAMS[route], { resume: { epoch, offset } });
      await again.settled();
      return again;
    };
    return { ...market, comeBack };
  }

  test("gets what it missed and nothing superseded, and then what is new", async () => {
    const { sources, comeBack } = await left();
    for (const update of [order("1", 2), order("3"), order("1", 3)]) expect(sources.orders.publish(update)).toBe(true);
    const client = await comeBack("orders", 2);
    expect(positionsOf(client)).toEqual([
      ["subscribe", 2, true],
      ["update", 4, undefined],
      ["update", 5, undefined],
      ["current", 5, undefined],
    ]);
    expect(client.messages[1]?.payload).not.toHaveProperty("snapshot");
    sources.orders.publish(order("4"));
    await client.settled();
    expect(positionsOf(client, 5)).toEqual([["update", 6, undefined]]);
  });

  test("having missed nothing is current at once", async () => {
    const { comeBack } = await left();
    expect(positionsOf(await comeBack("orders", 2))).toEqual([
      ["subscribe", 2, true],
      ["current", 2, undefined],
    ]);
  });

  test("from the start of the run gets all that is kept", async () => {
    const { comeBack } = await left();
    expect(positionsOf(await comeBack("orders", 0))).toEqual([
      ["subscribe", 0, true],
      ["update", 1, undefined],
      ["update", 2, undefined],
      ["current", 2, undefined],
    ]);
  });

  test.each([
    ["a position ahead", 3, undefined],
    ["another run's", 2, "another"],
  ])("with %s replaces all its state", async (_name, offset, epoch) => {
    const { comeBack } = await left();
    const client = await comeBack("orders", offset, epoch);
    expect(client.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 0 });
    expect(positionsOf(client, 2)).toEqual([
      ["update", 1, undefined],
      ["update", 2, undefined],
      ["current", 2, undefined],
    ]);
  });

  test("below what is kept is not recovered, at its floor it is", async () => {
    const { sources, comeBack } = await left();
    // 100 bars are kept; bar 1 at offset 1 and those to offset 3 leave.
    for (let time = 2; time <= 103; time++) sources.bars.publish(bar(time));
    const below = await comeBack("bars", 2);
    expect(below.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 102 });
    expect(positionsOf(below, 2)).toEqual([
      ["update", 103, undefined],
      ["current", 103, undefined],
    ]);
    const at = await comeBack("bars", 3);
    expect(at.messages[1]?.payload).toMatchObject({ recovered: true, offset: 3 });
    expect(positionsOf(at, 2)).toHaveLength(101);
  });

  test("to the millisecond before the linger time is over finds the run, at its end another one", async () => {
    const { server, sources, clock, comeBack } = await left();
    clock.advance(29_999);
    const client = await comeBack("orders", 2);
    expect(client.messages[1]?.payload.recovered).toBe(true);
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    clock.advance(30_000);
    await until(() => sources.orders.count("remove") === 1);
    const late = await comeBack("orders", 2);
    expect(late.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 0 });
    expect(late.messages[1]?.payload.epoch).not.toBe(client.messages[1]?.payload.epoch);
    expect(positionsOf(late, 2)).toEqual([["current", 0, undefined]]);
    expect(sources.orders.calls).toEqual([
      `create ${ORDERS_OF_ANN}`,
      `remove ${ORDERS_OF_ANN}`,
      `create ${ORDERS_OF_ANN}`,
    ]);
    expect(positionsOf(await comeBack("trades", 1))).toEqual([["subscribe", 0, false]]);
  });

  test("to a log gets what it missed, and current", async () => {
    const { sources, comeBack } = await left();
    for (const time of [2, 3]) expect(sources.trades.publish(trade(time))).toBe(true);
    expect(positionsOf(await comeBack("trades", 1))).toEqual([
      ["subscribe", 1, true],
      ["update", 2, undefined],
      ["update", 3, undefined],
      ["current", 3, undefined],
    ]);
  });

  test.each([
    ["a position ahead", 9, undefined],
    ["another run's", 1, "another"],
  ])("to a log with %s gets what is new alone", async (_name, offset, epoch) => {
    const { comeBack } = await left();
    const client = await comeBack("trades", offset, epoch);
    expect(positionsOf(client)).toEqual([["subscribe", 1, false]]);
    expect(client.messages[1]?.payload).not.toHaveProperty("snapshot");
  });

  test("to a log below the 1,000 that it keeps is not recovered, at its floor it is", async () => {
    const { sources, comeBack } = await left();
    for (let time = 2; time <= 1_002; time++) sources.trades.publish(trade(time));
    expect(positionsOf(await comeBack("trades", 1))).toEqual([["subscribe", 1_002, false]]);
    const at = await comeBack("trades", 2);
    await until(() => at.types.at(-1) === "subscription.current");
    expect(positionsOf(at).slice(0, 2)).toEqual([
      ["subscribe", 2, true],
      ["update", 3, undefined],
    ]);
    expect(at.types.filter((type) => type === "trades.update")).toHaveLength(1_000);
  });

  test.each([
    ["no epoch", { offset: 1 }],
    ["a negative offset", { epoch: "e", offset: -1 }],
    ["a fraction", { epoch: "e", offset: 1.5 }],
    ["an epoch too long", { epoch: "e".repeat(65), offset: 1 }],
    ["a list", []],
  ])("with a position that is none, %s, is an error, and holds nothing", async (_name, resume) => {
    const { server, session } = await startMarket();
    const client = await NetworkClient.session(session);
    client.send(JSON.stringify({ type: "bars.subscribe", payload: AAPL, resume }));
    expect((await client.next()).payload.code).toBe("invalid_message");
    expect(server.counts().subscriptions).toBe(0);
  });
});
