import { describe, expect, test } from "vitest";
import type { BrokerService } from "../../../../src/modules/broker/broker.js";
import type { BrokerCalls } from "../../../../src/modules/broker/forwarding/calls.js";
import { until } from "../../../until.js";
import { passUntil } from "../harness.js";
import { openServers, outcomeOf, settled } from "./servers.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;
const BRACKETS = { takeProfit: 120, stopLoss: 80 };

describe("a server that does not run the broker", () => {
  test("replies to every call as the one that does", async () => {
    const { servers } = await openServers();
    const [holder, other] = servers;
    const place = (server: { broker: BrokerService }) => server.broker.place("A-1", LIMIT);
    const [first, second] = [await place(other), await place(holder)];
    await other.broker.place("A-1", { ...BUY, ...BRACKETS }, "key");
    const calls: { readonly [Name in keyof BrokerCalls]: readonly ((broker: BrokerService) => Promise<unknown>)[] } = {
      snapshot: [(broker) => broker.snapshot("A-1"), (broker) => broker.snapshot("")],
      executions: [
        (broker) => broker.executions("A-1", undefined, 10),
        (broker) => broker.executions("A-1", "MSFT", 10),
      ],
      place: [
        (broker) => broker.place("A-1", { ...BUY, ...BRACKETS }, "key"),
        (broker) => broker.place("A-1", LIMIT, "key"),
        (broker) => broker.place("A-1", { ...LIMIT, qty: 0 }),
      ],
      preview: [
        (broker) => broker.preview("A-1", LIMIT),
        (broker) => broker.preview("A-1", { ...LIMIT, qty: 10_000 }),
        (broker) => broker.preview("A-1", { ...LIMIT, symbol: "NONE" }),
      ],
      modify: [
        (broker) => broker.modify("A-1", first.id, { ...LIMIT, timeInForce: "GTD", expiresAt: 2e12 }, "modify"),
        (broker) => broker.modify("A-1", "none", LIMIT),
      ],
      cancel: [(broker) => broker.cancel("A-1", second.id, "cancel"), (broker) => broker.cancel("A-2", second.id)],
      editBrackets: [
        (broker) => broker.editBrackets("A-1", "AAPL", BRACKETS, "brackets"),
        (broker) => broker.editBrackets("A-1", "AAPL", { takeProfit: 1 }),
      ],
      closePosition: [
        (broker) => broker.closePosition("A-1", "AAPL", 3, "close"),
        (broker) => broker.closePosition("A-1", "MSFT"),
      ],
      leverage: [(broker) => broker.leverage("A-1")],
      setLeverage: [(broker) => broker.setLeverage("A-1", 3, "leverage"), (broker) => broker.setLeverage("A-1", 1_000)],
      previewLeverage: [(broker) => broker.previewLeverage("A-1", 1), (broker) => broker.previewLeverage("A-1", 0)],
      halt: [(broker) => broker.halt("A-2", "review"), (broker) => broker.halt("A-2", null)],
      cancelAll: [(broker) => broker.cancelAll("A-2")],
    };
    for (const of of Object.values(calls).flat()) {
      const forwarded = await outcomeOf(of(other.broker));
      expect(forwarded).toEqual(await outcomeOf(of(holder.broker)));
    }
    expect((await other.broker.snapshot("A-1")).account.deposits).toBe(10_000_000_000_000n);
  });

  test("is ready, and says where it forwards to; without its connection it is a standby", async () => {
    const { servers } = await openServers();
    const [holder, other] = servers;
    expect([holder.broker.readiness, other.broker.readiness]).toEqual([
      { status: "ready" },
      { status: "ready", reason: "forwards to trading-1" },
    ]);
    other.bus.block();
    await until(() => !other.bus.isUp);
    expect([other.broker.isReady, other.broker.readiness]).toEqual([
      false,
      { status: "standby", reason: "standby: held by trading-1" },
    ]);
    expect(await outcomeOf(other.broker.place("A-1", BUY))).toMatchObject({ code: "standby", retryable: true });
    expect((await holder.broker.place("A-1", BUY)).status).toBe(2);
  });

  test("does not concern the one that does: it executes its own calls, whatever is lost between servers", async () => {
    const { servers, hub } = await openServers();
    hub.messageLoss = 1;
    expect((await servers[0].broker.place("A-1", BUY)).status).toBe(2);
  });

  test("takes over when the other one ends, with all that it has acknowledged, and triggers stops", async () => {
    const { servers, clock, market, hub } = await openServers();
    const [holder, other] = servers;
    const { id } = await other.broker.place("A-1", { ...BUY, stopLoss: 80 });
    await holder.close();
    expect(await outcomeOf(other.broker.snapshot("A-1"))).toMatchObject({ code: "standby", retryable: true });
    market.setTopOfBook("AAPL", 79, 79.5);
    await passUntil(clock, () => other.broker.readiness.reason === undefined);
    await passUntil(clock, () => hub.claims[0]?.node === other.bus.node);
    await until(() => market.watched.length === 0);
    const { orders, positions } = await other.broker.snapshot("A-1");
    expect([positions, orders.find((order) => order.id === id)?.status]).toEqual([[], 2]);
  });
});

describe("the cluster's key of the broker", () => {
  test("stays where it is when the store fails for a short time", async () => {
    const { servers, clock, hub } = await openServers(1);
    const [holder] = servers;
    const before = hub.claims;
    holder.store.beforeAcquire = () => {
      holder.store.beforeAcquire = () => {};
      throw new Error("no connection");
    };
    holder.store.loseLease(new Error("connection lost"));
    await until(() => !holder.broker.isReady);
    await passUntil(clock, () => holder.broker.isReady);
    await holder.broker.place("A-1", BUY);
    expect(hub.claims).toEqual(before);
  });

  test("is given up by a server whose store has failed for long, or that another one has replaced", async () => {
    const { servers, clock, hub } = await openServers();
    const [holder, other] = servers;
    const noConnection = () => {
      throw new Error("no connection");
    };
    other.store.beforeAcquire = noConnection;
    holder.store.beforeAcquire = noConnection;
    holder.store.loseLease(new Error("connection lost"));
    await passUntil(clock, () => hub.claims.length === 0);
    other.store.beforeAcquire = () => {};
    await passUntil(clock, () => hub.claims[0]?.node === other.bus.node);
    holder.store.beforeAcquire = () => {};
    await passUntil(clock, () => holder.broker.readiness.reason === "forwards to trading-2");
    expect((await holder.broker.place("A-1", BUY)).status).toBe(2);

    other.store.beforeAcquire = noConnection;
    other.store.loseLease(new Error("connection lost"));
    await passUntil(clock, () => hub.claims[0]?.node === holder.bus.node);
    other.store.beforeAcquire = () => {};
    await passUntil(clock, () => other.broker.readiness.reason === "forwards to trading-1");
    // Neither of them claims the key again.
    const start = clock.now();
    const holders = new Set<string | undefined>();
    await passUntil(clock, () => {
      const passedMs = clock.now() - start;
      if (passedMs > 1_000) holders.add(hub.claims[0]?.node);
      return passedMs > 5_000;
    });
    expect([...holders]).toEqual([holder.bus.node]);
    expect((await other.broker.snapshot("A-1")).positions).toHaveLength(1);
  });
});

describe("a forwarded call whose reply is lost", () => {
  test("is in doubt if it is a command, and with its key it is executed once, on any server", async () => {
    const { servers, clock, hub, open } = await openServers();
    const [holder, other] = servers;
    const third = await open();
    holder.store.afterCommit = () => {
      hub.messageLoss = 1;
    };
    const lost = outcomeOf(other.broker.place("A-1", BUY, "key"));
    await until(() => hub.messageLoss === 1);
    expect(await settled(clock, lost)).toEqual({
      name: "SourceError",
      code: "in_doubt",
      retryable: false,
      message: expect.stringContaining("may have been executed"),
    });
    hub.messageLoss = 0;
    holder.store.afterCommit = () => {};
    const again = await third.broker.place("A-1", BUY, "key");
    const { orders } = await other.broker.snapshot("A-1");
    expect(orders).toEqual([again]);
    expect(await third.broker.executions("A-1", undefined, 10)).toHaveLength(1);
  });

  test("can be retried if it is a read", async () => {
    const { servers, clock, hub } = await openServers();
    const [, other] = servers;
    const read = outcomeOf(other.broker.snapshot("A-1"));
    while (other.pubSub.stats().pendingRequests === 0) await new Promise(setImmediate);
    hub.messageLoss = 1;
    expect(await settled(clock, read)).toMatchObject({ code: "no_reply", retryable: true });
  });

  test("is refused as retryable while no server runs the broker, and executed by the one that takes over", async () => {
    const { servers, clock, hub } = await openServers();
    const [holder, other] = servers;
    await holder.close();
    await until(() => hub.claims.length === 0);
    const refused = await outcomeOf(other.broker.place("A-1", BUY));
    expect(refused).toMatchObject({ code: "standby" });
    await passUntil(clock, () => other.broker.readiness.reason === undefined);
    expect((await other.broker.place("A-1", BUY)).status).toBe(2);
  });
});
