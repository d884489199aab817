import { describe, expect, test } from "vitest";
import type { Broker } from "../../../src/modules/broker/broker.js";
import type { JumpingClock } from "../../jumping-clock.js";
import { until } from "../../until.js";
import { gate, listen, openBroker, passUntil } from "./harness.js";

const BUY = { symbol: "AAPL", type: 2, side: 1, qty: 10 } as const;
const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;
const STOP = { symbol: "AAPL", type: 3, side: -1, qty: 10, stopPrice: 80 } as const;

const STANDBY = { code: "standby", retryable: true };
const UNAVAILABLE = { code: "store_unavailable", retryable: true };

/** A call of the store that never replies. */
const silence = () => new Promise<void>(() => {});

/** Rejects with the code that a call of each kind is refused with. */
async function refused(broker: Broker, expected: object): Promise<void> {
  const calls = [
    broker.snapshot("A-1"),
    broker.executions("A-1", undefined, 10),
    broker.place("A-1", LIMIT),
    broker.cancel("A-1", "1"),
    broker.leverage("A-1"),
    broker.watch("A-1", { onState() {}, onChanges() {} }),
  ];
  expect(await Promise.all(calls.map((call) => call.catch((error: unknown) => error)))).toMatchObject(
    calls.map(() => expected),
  );
}

/** Returns what a promise has become: `pending`, `resolved` or the code of its error. */
function settled(promise: Promise<unknown>): () => unknown {
  let outcome: unknown = "pending";
  promise.then(
    () => (outcome = "resolved"),
    ({ code }: { code: string }) => (outcome = code),
  );
  return () => outcome;
}

describe("two servers on one store", () => {
  test("the second is a standby: it serves no accounts, says who does, and watches no market", async () => {
    const { broker, open, market } = await openBroker();
    await broker.place("A-1", LIMIT);
    const { broker: other } = await open("trading-2");
    expect(broker.readiness).toEqual({ status: "ready" });
    expect(other.readiness).toEqual({ status: "standby", reason: "standby: held by trading-1" });
    expect(other.connection).toMatchObject({ status: 3, message: expect.stringContaining("another server") });
    await refused(other, STANDBY);
    expect(market.watched).toEqual(["AAPL"]);
    expect((await broker.place("A-1", BUY)).status).toBe(2);
  });

  test("the second takes over with everything that was acknowledged, and triggers what is due", async () => {
    const { broker, open, close, clock, market } = await openBroker();
    const { broker: other } = await open("trading-2");
    const { id } = await broker.place("A-1", { ...BUY, stopLoss: 80 });
    const limit = await broker.place("A-1", LIMIT);
    await close();
    market.setTopOfBook("AAPL", 79, 79.5);
    expect(other.isReady).toBe(false);
    clock.advance(250);
    await until(() => other.isReady);
    expect(other.connection).toMatchObject({ status: 1 });
    await until(() => market.watched.length === 0);
    const { orders, positions } = await other.snapshot("A-1");
    expect(positions).toEqual([]);
    expect(orders.find((order) => order.id === id)).toMatchObject({ status: 2 });
    expect(orders.find((order) => order.id === limit.id)).toMatchObject({ status: 2 });
    expect(await other.executions("A-1", undefined, 10)).toHaveLength(3);
  });

  test("a holder that has lost its lease stops answering immediately, and becomes a standby", async () => {
    const { broker, store, open, clock } = await openBroker();
    const { broker: other } = await open("trading-2");
    await broker.place("A-1", LIMIT);
    const { states, changes } = await listen(broker, "A-1");
    const ends: unknown[] = [];
    await broker.watch("A-1", { onState() {}, onChanges() {}, onEnd: ({ code }) => void ends.push(code) });
    // The lease must be free when the other asks for it, and this server must not get it again.
    store.beforeAcquire = () => {
      throw new Error("no connection");
    };
    store.loseLease(new Error("terminated by an administrator"));
    await Promise.resolve();
    expect(broker.readiness).toEqual({
      status: "unavailable",
      reason: "store unavailable: terminated by an administrator",
    });
    await refused(broker, UNAVAILABLE);
    await passUntil(clock, () => other.isReady);
    await other.place("A-1", BUY);
    expect(ends).toEqual([]);
    store.beforeAcquire = () => {};
    await passUntil(clock, () => broker.readiness.status === "standby");
    await refused(broker, STANDBY);
    expect(ends).toEqual(["standby"]);
    expect([states.length, changes]).toEqual([1, []]);
  });

  test("a server that gets its lease back ends its listeners only if another server has executed something meanwhile", async () => {
    const { broker, store, open, clock } = await openBroker();
    const { broker: other, close: closeOther } = await open("trading-2");
    await broker.place("A-1", LIMIT);
    const ends: unknown[] = [];
    const watch = () =>
      broker.watch("A-1", {
        onState() {},
        onChanges() {},
        onEnd: ({ code, retryable }) => ends.push([code, retryable]),
      });
    await watch();
    /** Loses the lease, and gets it back without having seen that another server had it. */
    const loseAndGetBack = async (meanwhile: () => Promise<unknown>) => {
      store.beforeAcquire = () => {
        throw new Error("no connection");
      };
      store.loseLease(new Error("connection lost"));
      await meanwhile();
      store.beforeAcquire = () => {};
      await passUntil(clock, () => broker.isReady);
    };
    await loseAndGetBack(async () => {
      await passUntil(clock, () => other.isReady);
      await other.place("A-1", BUY);
      await closeOther();
    });
    expect(ends).toEqual([["moved", true]]);
    await watch();
    await loseAndGetBack(() => Promise.resolve());
    await broker.place("A-1", BUY);
    expect(ends).toEqual([["moved", true]]);
  });

  test("a commit that was lost with the lease is in doubt when another server holds it now", async () => {
    const { broker, store, open, clock } = await openBroker();
    const { broker: other } = await open("trading-2");
    await broker.snapshot("A-1");
    const { opened, open: reply } = gate();
    let isStored = false;
    store.afterCommit = () => {
      isStored = true;
      return opened;
    };
    const outcome = settled(broker.place("A-1", LIMIT, "key-1"));
    await until(() => isStored);
    store.beforeAcquire = silence;
    store.loseLease(new Error("terminated by an administrator"));
    await passUntil(clock, () => other.isReady);
    reply();
    await passUntil(clock, () => outcome() !== "pending");
    expect(outcome()).toBe("in_doubt");
    // The key shows the client what has become of it.
    expect((await other.snapshot("A-1")).orders).toHaveLength(1);
    await other.place("A-1", LIMIT, "key-1");
    expect((await other.snapshot("A-1")).orders).toHaveLength(1);
  });

  test.each([
    ["and its process stood still", (clock: JumpingClock) => clock.sleep(60_000)],
    ["and its monotonic clock stood still", (clock: JumpingClock) => clock.jump(60_000)],
  ])(
    "a holder that was suspended, %s, does not answer from its memory before the store confirms its lease",
    async (_name, suspend) => {
      const { broker, store, clock } = await openBroker();
      await broker.place("A-1", LIMIT);
      const { changes } = await listen(broker, "A-1");
      const { opened, open: confirm } = gate();
      store.beforeProbe = () => opened;
      // The process was suspended: the time has passed, and no timer has run.
      suspend(clock);
      const outcome = settled(broker.snapshot("A-1"));
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect([outcome(), changes]).toEqual(["pending", []]);
      confirm();
      await passUntil(clock, () => outcome() === "resolved");
    },
  );
});

describe("a store that is away", () => {
  test("the server starts without it, and takes over when it is there", async () => {
    const { close, open, clock } = await openBroker();
    await close();
    const failing = () => {
      throw new Error("connect ECONNREFUSED");
    };
    const { broker, store } = await open("trading-1", (given) => {
      given.beforeAcquire = failing;
    });
    expect(broker.readiness).toEqual({ status: "unavailable", reason: "store unavailable: connect ECONNREFUSED" });
    expect(broker.connection).toMatchObject({ status: 4 });
    await refused(broker, UNAVAILABLE);
    store.beforeAcquire = () => {};
    clock.advance(250);
    await until(() => broker.isReady);
    await broker.place("A-1", LIMIT);
  });

  test("an idle server notices within a second, and when it is back", async () => {
    const { broker, store, clock } = await openBroker();
    const { states } = await listen(broker, "A-1");
    const statuses: number[] = [];
    broker.onConnection(({ status }) => statuses.push(status));
    const probes = store.probes;
    await passUntil(clock, () => store.probes === probes + 3);
    expect(broker.isReady).toBe(true);
    store.beforeProbe = () => {
      throw new Error("the disk is gone");
    };
    const lostAt = clock.now();
    await passUntil(clock, () => !broker.isReady);
    expect(clock.now() - lostAt).toBeLessThanOrEqual(1_000);
    expect(broker.readiness.reason).toBe("store unavailable: the disk is gone");
    store.beforeProbe = () => {};
    await passUntil(clock, () => broker.isReady);
    expect(statuses).toEqual([4, 1]);
    await passUntil(clock, () => states.length === 2);
  });

  test("a probe that gets no reply is a lost store", async () => {
    const { broker, store, clock } = await openBroker();
    store.beforeProbe = silence;
    clock.advance(1_000);
    await until(() => store.probes > 1);
    clock.advance(3_999);
    expect(broker.isReady).toBe(true);
    clock.advance(1);
    await until(() => !broker.isReady);
  });

  test("commands without a reply of the store are answered within 9 seconds, as in doubt or not executed", async () => {
    const { broker, store, clock } = await openBroker();
    await broker.snapshot("A-1");
    store.beforeCommit = silence;
    const commits = store.commits.length;
    const sent = settled(broker.place("A-1", LIMIT));
    await until(() => store.commits.length > commits);
    store.beforeAcquire = silence;
    const queued = settled(broker.place("A-1", LIMIT));
    const reading = settled(broker.snapshot("A-1"));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    clock.advance(4_000);
    await until(() => queued() !== "pending");
    expect([sent(), queued(), reading()]).toEqual(["pending", "store_unavailable", "store_unavailable"]);
    clock.advance(1_000);
    await until(() => sent() !== "pending");
    expect(sent()).toBe("in_doubt");
  });

  test("a read without a reply of the store is answered within 5 seconds", async () => {
    const { broker, store, clock } = await openBroker();
    store.beforeRead = silence;
    const outcome = settled(broker.executions("A-1", undefined, 10));
    clock.advance(5_000);
    await until(() => outcome() !== "pending");
    expect(outcome()).toBe("store_unavailable");
  });

  test("a stop that became due while the store was away is triggered when it is back", async () => {
    const { broker, store, market, clock } = await openBroker();
    await broker.place("A-1", BUY);
    await broker.place("A-1", STOP);
    store.beforeAcquire = () => {
      throw new Error("no connection");
    };
    store.loseLease(new Error("connection lost"));
    await until(() => !broker.isReady);
    market.setTopOfBook("AAPL", 79, 79.5);
    store.beforeAcquire = () => {};
    await passUntil(clock, () => broker.isReady);
    expect((await broker.snapshot("A-1")).positions).toEqual([]);
  });
});
