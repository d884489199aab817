import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { deferred } from "../helpers/server.js";
import { AAPL, ORDERS_OF_ANN, order, rest, setup, told, trade } from "../helpers/session.js";

describe("positions (PROTOCOL.md, Positions and recovery)", () => {
  const bar = (time: number) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 });
  const ann = { principal: { subject: "ann" } };

  test("a keyed route's reply promises a snapshot, which ends with current, also an empty one", async () => {
    const { connect, sources } = setup();
    const first = connect(ann);
    first.subscribe("orders", { accountId: "ann" });
    await rest();
    for (const update of [order("1"), order("2"), order("1", 2)]) sources.orders.publish(update);
    const second = connect(ann);
    second.subscribe("orders", { accountId: "ann" });
    await rest();
    const epoch = told(first)[0]?.[1].epoch;
    const reply = { status: "ok", message: "Subscribed", topic: ORDERS_OF_ANN, epoch, retention: "keyed", offset: 0 };
    expect(told(first).slice(0, 2)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 0 }],
    ]);
    expect(told(second)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 2, payload: order("2") }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 3, payload: order("1", 2) }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 3 }],
    ]);
  });

  test("a log's reply stands at the offset of its request, and promises nothing", async () => {
    const { connect, sources } = setup();
    const start = deferred();
    sources.trades.onCreate = (_topic, publish) => {
      publish(trade(1));
      return start.promise;
    };
    const [starter, later] = [connect(), connect()];
    starter.subscribe("trades", { symbol: "AAPL" });
    await rest();
    later.subscribe("trades", { symbol: "AAPL" });
    sources.trades.publish(trade(2));
    start.resolve();
    await rest();
    sources.trades.publish(trade(3));
    await rest();
    const seen = (client: MemoryClient) =>
      told(client).map(([type, { offset, snapshot, recovered, retention }]) => [
        type,
        offset,
        snapshot,
        recovered,
        retention,
      ]);
    expect(seen(starter)).toEqual([
      ["trades.subscribe.response", 0, undefined, undefined, "log"],
      ...[1, 2, 3].map((offset) => ["trades.update", offset, undefined, undefined, undefined]),
    ]);
    expect(seen(later)).toEqual([
      ["trades.subscribe.response", 1, undefined, undefined, "log"],
      ...[2, 3].map((offset) => ["trades.update", offset, undefined, undefined, undefined]),
    ]);
  });

  test("subscribing again gets the position alone", async () => {
    const { connect, sources } = setup();
    const client = connect();
    client.subscribe("bars", AAPL);
    await rest();
    sources.bars.publish(bar(1));
    client.subscribe("bars", AAPL);
    await rest();
    expect(told(client).at(-1)).toEqual(["bars.subscribe.response", expect.objectContaining({ offset: 1 })]);
    expect(told(client).at(-1)?.[1]).not.toHaveProperty("snapshot");
    expect(told(client).at(-1)?.[1]).not.toHaveProperty("recovered");
    expect(told(client).filter(([type]) => type === "subscription.current")).toHaveLength(1);
  });

  describe("coming back", () => {
    async function leave(lingerMs = 30_000) {
      const world = setup({ lingerMs });
      const client = world.connect();
      client.subscribe("trades", { symbol: "AAPL" });
      await rest();
      world.sources.trades.publish(trade(1));
      await rest();
      const epoch = told(client)[0]?.[1].epoch as string;
      client.disconnect();
      await rest();
      const comeBack = async (offset: number, of = epoch) => {
        const again = world.connect();
        again.subscribe("trades", { symbol: "AAPL" }, { resume: { epoch: of, offset } });
        await rest();
        return told(again).map(([type, payload]) => [type.split(".")[1], payload.offset, payload.recovered]);
      };
      return { ...world, comeBack, epoch };
    }

    test("within the linger time gets what was missed, and current", async () => {
      const { sources, comeBack } = await leave();
      for (const time of [2, 3]) expect(sources.trades.publish(trade(time))).toBe(true);
      expect(await comeBack(1)).toEqual([
        ["subscribe", 1, true],
        ["update", 2, undefined],
        ["update", 3, undefined],
        ["current", 3, undefined],
      ]);
    });

    test("after it starts a new run, and is told so", async () => {
      const { clock, comeBack } = await leave();
      clock.advance(30_000);
      await rest();
      expect(await comeBack(1)).toEqual([["subscribe", 0, false]]);
    });

    test.each([
      ["a position ahead of the topic", (epoch: string) => [9, epoch]],
      ["another epoch", () => [1, "another"]],
    ] as const)("with %s is not recovered", async (_name, position) => {
      const { comeBack, epoch } = await leave();
      const [offset, of] = position(epoch) as [number, string];
      expect(await comeBack(offset, of)).toEqual([["subscribe", 1, false]]);
    });

    test("with a position below what is kept is not recovered", async () => {
      const { sources, comeBack } = await leave();
      for (let time = 2; time <= 1_002; time++) sources.trades.publish(trade(time));
      expect(await comeBack(1)).toEqual([["subscribe", 1_002, false]]);
      expect((await comeBack(2)).length).toBe(1_002);
    });
  });
});
