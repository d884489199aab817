import { describe, expect, test } from "vitest";
import { AAPL, bar, ORDERS_OF_ANN, order, trade } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { NetworkClient, positionsOf } from "../helpers/network-client.js";

const PARAMS = { orders: { accountId: "ann" }, bars: AAPL, trades: { symbol: "AAPL" } } as const;

describe("resuming on another connection", () => {
  /**
   * Disconnects a client that has received orders 1 and 2, bar 1 and trade 1.
   *
   * @returns the market, and a function that resumes one of the topics on another connection
   */
  async function disconnected() {
    const market = await startMarket({ lingerMs: 30_000 });
    const { session, sources, server } = market;
    const client = await NetworkClient.session(session, "ann");
    const seen = { orders: "", bars: "", trades: "" };
    for (const route of ["orders", "bars", "trades"] as const) {
      seen[route] = (await client.request({ type: `${route}.subscribe`, payload: PARAMS[route] })).payload.epoch;
      if (route !== "trades") await client.until("subscription.current");
    }
    for (const id of ["1", "2"]) sources.orders.publish(order(id));
    sources.bars.publish(bar(1));
    sources.trades.publish(trade(1));
    await client.settled();
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    const resume = async (route: keyof typeof PARAMS, offset: number, epoch = seen[route]) => {
      const again = await NetworkClient.session(session, "ann");
      again.subscribe(route, PARAMS[route], { resume: { epoch, offset } });
      await again.settled();
      return again;
    };
    return { ...market, resume };
  }

  test("delivers the missed updates without superseded ones, and then new updates", async () => {
    const { sources, resume } = await disconnected();
    for (const update of [order("1", 2), order("3"), order("1", 3)]) expect(sources.orders.publish(update)).toBe(true);
    const client = await resume("orders", 2);
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

  test("without a missed update is current immediately", async () => {
    const { resume } = await disconnected();
    expect(positionsOf(await resume("orders", 2))).toEqual([
      ["subscribe", 2, true],
      ["current", 2, undefined],
    ]);
  });

  test("from the start of the run delivers all retained updates", async () => {
    const { resume } = await disconnected();
    expect(positionsOf(await resume("orders", 0))).toEqual([
      ["subscribe", 0, true],
      ["update", 1, undefined],
      ["update", 2, undefined],
      ["current", 2, undefined],
    ]);
  });

  test.each([
    ["a position ahead of the run", 3, undefined],
    ["a position of another run", 2, "another"],
  ])("with %s is not recovered, and delivers a snapshot", async (_name, offset, epoch) => {
    const { resume } = await disconnected();
    const client = await resume("orders", offset, epoch);
    expect(client.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 0 });
    expect(positionsOf(client, 2)).toEqual([
      ["update", 1, undefined],
      ["update", 2, undefined],
      ["current", 2, undefined],
    ]);
  });

  test("is not recovered before the oldest complete position, and is recovered at it", async () => {
    const { sources, resume } = await disconnected();
    // The route keeps 100 bars: the updates with offsets 1 to 3 are removed.
    for (let time = 2; time <= 103; time++) sources.bars.publish(bar(time));
    const below = await resume("bars", 2);
    expect(below.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 102 });
    expect(positionsOf(below, 2)).toEqual([
      ["update", 103, undefined],
      ["current", 103, undefined],
    ]);
    const at = await resume("bars", 3);
    expect(at.messages[1]?.payload).toMatchObject({ recovered: true, offset: 3 });
    expect(positionsOf(at, 2)).toHaveLength(101);
  });

  test("finds the run until lingerMs has passed, and then a new run", async () => {
    const { server, sources, clock, resume } = await disconnected();
    clock.advance(29_999);
    const client = await resume("orders", 2);
    expect(client.messages[1]?.payload.recovered).toBe(true);
    client.socket.terminate();
    await until(() => server.counts().connections === 0);
    clock.advance(30_000);
    await until(() => sources.orders.count("remove") === 1);
    const late = await resume("orders", 2);
    expect(late.messages[1]?.payload).toMatchObject({ recovered: false, snapshot: true, offset: 0 });
    expect(late.messages[1]?.payload.epoch).not.toBe(client.messages[1]?.payload.epoch);
    expect(positionsOf(late, 2)).toEqual([["current", 0, undefined]]);
    expect(sources.orders.calls).toEqual([
      `create ${ORDERS_OF_ANN}`,
      `remove ${ORDERS_OF_ANN}`,
      `create ${ORDERS_OF_ANN}`,
    ]);
    expect(positionsOf(await resume("trades", 1))).toEqual([["subscribe", 0, false]]);
  });

  test("of a log delivers the missed updates, and then subscription.current", async () => {
    const { sources, resume } = await disconnected();
    for (const time of [2, 3]) expect(sources.trades.publish(trade(time))).toBe(true);
    expect(positionsOf(await resume("trades", 1))).toEqual([
      ["subscribe", 1, true],
      ["update", 2, undefined],
      ["update", 3, undefined],
      ["current", 3, undefined],
    ]);
  });

  test.each([
    ["a position ahead of the run", 9, undefined],
    ["a position of another run", 1, "another"],
  ])("of a log with %s delivers new updates only", async (_name, offset, epoch) => {
    const { resume } = await disconnected();
    const client = await resume("trades", offset, epoch);
    expect(positionsOf(client)).toEqual([["subscribe", 1, false]]);
    expect(client.messages[1]?.payload).not.toHaveProperty("snapshot");
  });

  test("of a log is not recovered before its 1,000 retained updates, and is recovered at the oldest", async () => {
    const { sources, resume } = await disconnected();
    for (let time = 2; time <= 1_002; time++) sources.trades.publish(trade(time));
    expect(positionsOf(await resume("trades", 1))).toEqual([["subscribe", 1_002, false]]);
    const at = await resume("trades", 2);
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
  ])("with an invalid position (%s) is an error, and leaves no subscription", async (_name, resume) => {
    const { server, session } = await startMarket();
    const client = await NetworkClient.session(session);
    client.send(JSON.stringify({ type: "bars.subscribe", payload: AAPL, resume }));
    expect((await client.next()).payload.code).toBe("invalid_message");
    expect(server.counts().subscriptions).toBe(0);
  });
});
