import { describe, expect, test } from "vitest";
import type { MemoryClient } from "../../src/testing/index.js";
import { AAPL, bar, ORDERS_OF_ANN, order, trade } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { received, setup, untilReceived } from "../helpers/session.js";

describe("positions (PROTOCOL.md, Positions and recovery)", () => {
  const ann = { principal: { subject: "ann" } };

  test("the reply of a keyed route announces a snapshot, also an empty one, which subscription.current completes", async () => {
    const { connect, sources } = setup();
    const first = connect(ann);
    first.subscribe("orders", { accountId: "ann" });
    await untilReceived(first, 2);
    for (const update of [order("1"), order("2"), order("1", 2)]) sources.orders.publish(update);
    const second = connect(ann);
    second.subscribe("orders", { accountId: "ann" });
    await untilReceived(second, 4);
    const epoch = received(first)[0]?.[1].epoch;
    const reply = { status: "ok", message: "Subscribed", topic: ORDERS_OF_ANN, epoch, retention: "keyed", offset: 0 };
    expect(received(first).slice(0, 2)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 0 }],
    ]);
    expect(received(second)).toEqual([
      ["orders.subscribe.response", { ...reply, snapshot: true }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 2, payload: order("2") }],
      ["orders.update", { topic: ORDERS_OF_ANN, offset: 3, payload: order("1", 2) }],
      ["subscription.current", { topic: ORDERS_OF_ANN, epoch, offset: 3 }],
    ]);
  });

  test("the reply of a log has the offset at the time of the request, and announces no snapshot", async () => {
    const { connect, sources } = setup();
    const start = deferred();
    sources.trades.onCreate = (_topic, publish) => {
      publish(trade(1));
      return start.promise;
    };
    const [starter, later] = [connect(), connect()];
    starter.subscribe("trades", { symbol: "AAPL" });
    await until(() => sources.trades.count("create") === 1);
    later.subscribe("trades", { symbol: "AAPL" });
    sources.trades.publish(trade(2));
    start.resolve();
    await Promise.all([untilReceived(starter, 3), untilReceived(later, 2)]);
    sources.trades.publish(trade(3));
    await Promise.all([untilReceived(starter, 4), untilReceived(later, 3)]);
    const seen = (client: MemoryClient) =>
      received(client).map(([type, { offset, snapshot, recovered, retention }]) => [
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

  test("subscribing again replies with the position only", async () => {
    const { connect, sources } = setup();
    const client = connect();
    client.subscribe("bars", AAPL);
    await untilReceived(client, 2);
    sources.bars.publish(bar(1));
    client.subscribe("bars", AAPL);
    await untilReceived(client, 4);
    await turns();
    expect(received(client).at(-1)).toEqual(["bars.subscribe.response", expect.objectContaining({ offset: 1 })]);
    expect(received(client).at(-1)?.[1]).not.toHaveProperty("snapshot");
    expect(received(client).at(-1)?.[1]).not.toHaveProperty("recovered");
    expect(received(client).filter(([type]) => type === "subscription.current")).toHaveLength(1);
  });

  describe("resuming on another connection", () => {
    /** Disconnects a client that has received one trade. */
    async function disconnected(lingerMs = 30_000) {
      const market = setup({ lingerMs });
      const client = market.connect();
      client.subscribe("trades", { symbol: "AAPL" });
      await untilReceived(client, 1);
      market.sources.trades.publish(trade(1));
      await untilReceived(client, 2);
      const epoch = received(client)[0]?.[1].epoch as string;
      client.disconnect();
      await until(() => market.server.counts().connections === 0);
      const resume = async (offset: number, of = epoch) => {
        const again = market.connect();
        again.subscribe("trades", { symbol: "AAPL" }, { resume: { epoch: of, offset } });
        await untilReceived(again, 1);
        // Nothing else may follow the expected messages.
        await turns();
        return received(again).map(([type, payload]) => [type.split(".")[1], payload.offset, payload.recovered]);
      };
      return { ...market, resume, epoch };
    }

    test("within lingerMs delivers the missed updates, and then subscription.current", async () => {
      const { sources, resume } = await disconnected();
      for (const time of [2, 3]) expect(sources.trades.publish(trade(time))).toBe(true);
      expect(await resume(1)).toEqual([
        ["subscribe", 1, true],
        ["update", 2, undefined],
        ["update", 3, undefined],
        ["current", 3, undefined],
      ]);
    });

    test("after lingerMs starts a new run, and replies that the position was not recovered", async () => {
      const { clock, sources, resume } = await disconnected();
      clock.advance(30_000);
      await until(() => sources.trades.count("remove") === 1);
      expect(await resume(1)).toEqual([["subscribe", 0, false]]);
    });

    test.each([
      ["a position ahead of the run", (epoch: string) => [9, epoch]],
      ["another epoch", () => [1, "another"]],
    ] as const)("with %s is not recovered", async (_name, position) => {
      const { resume, epoch } = await disconnected();
      const [offset, of] = position(epoch) as [number, string];
      expect(await resume(offset, of)).toEqual([["subscribe", 1, false]]);
    });

    test("with a position before the retained updates is not recovered", async () => {
      const { sources, resume } = await disconnected();
      for (let time = 2; time <= 1_002; time++) sources.trades.publish(trade(time));
      expect(await resume(1)).toEqual([["subscribe", 1_002, false]]);
      expect((await resume(2)).length).toBe(1_002);
    });
  });
});
