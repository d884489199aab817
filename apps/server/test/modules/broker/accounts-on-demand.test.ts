import { ORDER_TYPE } from "@trading/topic";
import type { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { FaultyStore, openBroker } from "./harness.js";

const BUY = { symbol: "AAPL", type: ORDER_TYPE.market, side: 1, qty: 10 } as const;
const LIMIT = { ...BUY, type: ORDER_TYPE.limit, limitPrice: 50 } as const;

/** Fills a store with idle accounts and a few that the market can change, and opens it again as after a restart. */
async function restarted() {
  const first = await openBroker();
  const { broker } = first;
  const idle = Array.from({ length: 300 }, (_, index) => `idle ${index}`);
  await Promise.all(idle.map((id) => broker.snapshot(id)));
  await broker.place("working", LIMIT);
  await broker.place("holding", BUY);
  const { id } = await broker.place("finished", LIMIT, "key");
  await broker.cancel("finished", id);
  await broker.setLeverage("finished", 3);
  await first.close();
  return { ...first, idle, finishedId: id, ...(await first.open()) };
}

describe("a broker that starts with a store", () => {
  test("loads only the accounts with working orders or open positions", async () => {
    const { store } = await restarted();
    const { accounts, orders, positions } = store.snapshots.at(-1)!;
    expect(accounts.map(({ id }) => id).sort()).toEqual(["holding", "working"]);
    expect(orders.map(({ accountId }) => accountId).sort()).toEqual(["holding", "working"]);
    expect(positions.map(({ accountId }) => accountId)).toEqual(["holding"]);
    expect(store.loadedAccounts).toEqual([]);
  });

  test("loads another account on first use, once, with its money", async () => {
    const { broker, store } = await restarted();
    const commits = store.commits.length;
    const [one, two] = await Promise.all([broker.snapshot("finished"), broker.snapshot("finished")]);
    expect(one.account).toMatchObject({ id: "finished", leverage: 3 });
    expect(two.account).toEqual(one.account);
    expect((await broker.snapshot("finished")).orders).toHaveLength(1);
    expect(store.loadedAccounts).toEqual([["finished"]]);
    // It was not opened a second time.
    expect(store.commits).toHaveLength(commits);
  });

  test("finds the recently finished order of an idempotency key, and does not place another", async () => {
    const { broker, finishedId } = await restarted();
    expect(await broker.place("finished", LIMIT, "key")).toMatchObject({ id: finishedId });
    expect((await broker.snapshot("finished")).orders).toHaveLength(1);
  });

  test("loads many accounts with few reads, and keeps the order of each one's commands", async () => {
    const { broker, store, idle } = await restarted();
    const results = await Promise.all(
      idle.flatMap((id) => [broker.setLeverage(id, 2), broker.setLeverage(id, 4), broker.leverage(id)]),
    );
    for (const index of idle.keys()) expect(results[3 * index + 2]).toEqual({ leverage: 4, max: 20 });
    expect(store.loadedAccounts.map((ids) => ids.length)).toEqual([100, 100, 100]);
  });

  test("executes the commands of loaded accounts and prices while others are being loaded", async () => {
    const { broker, store, market } = await restarted();
    let release = () => {};
    store.beforeRead = () => new Promise<void>((resolve) => (release = resolve));
    const waiting = broker.snapshot("idle 1");
    const other = await broker.place("working", LIMIT);
    market.setTopOfBook("AAPL", 49, 49.5);
    expect((await broker.snapshot("working")).orders.find(({ id }) => id === other.id)).toMatchObject({ status: 2 });
    store.beforeRead = () => {};
    release();
    expect((await waiting).account.id).toBe("idle 1");
  });

  test("rejects commands as retryable when their account cannot be loaded, and loads it at the next attempt", async () => {
    const { broker, store } = await restarted();
    store.beforeRead = () => {
      throw new Error("read failed");
    };
    await expect(broker.place("idle 1", BUY)).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    expect(broker.isReady).toBe(true);
    store.beforeRead = () => {};
    expect(await broker.place("idle 1", BUY)).toMatchObject({ accountId: "idle 1" });
  });

  test("evicts an idle account, and loads it again with its changes", async () => {
    const { broker, store, clock } = await restarted();
    await broker.setLeverage("idle 1", 7);
    // The lease is probed each second, which takes real time.
    for (let second = 0; second < 901; second++) await advance(clock, 1_000);
    // Any command evicts idle accounts.
    await broker.snapshot("working");
    const before = store.loadedAccounts.length;
    expect(await broker.leverage("idle 1")).toMatchObject({ leverage: 7 });
    expect(store.loadedAccounts.slice(before)).toEqual([["idle 1"]]);
  });
});

/** Advances the clock, then waits until the store has finished its calls. */
async function advance(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  while (FaultyStore.pending > 0) await new Promise(setImmediate);
}
