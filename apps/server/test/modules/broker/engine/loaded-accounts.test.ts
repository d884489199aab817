import { describe, expect, test } from "vitest";
import { EMPTY_SNAPSHOT, type Snapshot } from "../../../../src/modules/broker/engine/rows.js";
import { account, order, position } from "../rows.js";
import { aapl, filled, limit, NOW, openSession, topOfBook } from "./session.js";

const QUARTER_MS = 900_000;
const NONE = { accounts: [], orders: [], positions: [] };

/** An engine whose snapshot has left out idle accounts. */
const openPartial = (snapshot: Partial<Snapshot> = {}, finishedForMs = 600_000) =>
  openSession({ finishedForMs }, { ...EMPTY_SNAPSHOT, ...snapshot, isPartial: true });

describe("an engine with a partial snapshot", () => {
  test("never opens an account whose rows are not loaded", () => {
    const { engine } = openPartial();
    const commands = [
      () => engine.account("a", NOW),
      () => engine.place("a", aapl, NOW),
      () => engine.setLeverage("a", 2, NOW),
      () => engine.preview("a", aapl, NOW),
    ];
    for (const command of commands) expect(command).toThrow('The rows of account "a" are not loaded');
    expect(engine.isLoaded("a")).toBe(false);
    expect(engine.takeChanges().accounts).toEqual([]);
  });

  test("has the accounts of the snapshot", () => {
    const { engine } = openPartial({ accounts: [account()], positions: [position()] });
    expect(engine.isLoaded("A-1")).toBe(true);
    expect(engine.account("A-1", NOW)).toEqual(account());
    expect(engine.positions("A-1", NOW)).toEqual([position()]);
  });

  test("continues an added account with its money, and opens one that does not exist", () => {
    const { engine } = openPartial();
    const poor = account({ id: "poor", deposits: 100n, realized: 5n });
    engine.addAccounts(["poor", "new"], { ...NONE, accounts: [poor] }, NOW);
    expect(engine.account("poor", NOW)).toEqual(poor);
    expect(engine.account("new", NOW)).toMatchObject({ id: "new", deposits: 10_000_000_000_000n, realized: 0n });
    expect(engine.takeChanges().accounts.map(({ id }) => id)).toEqual(["new"]);
  });

  test("finds an order of an added account by its idempotency key", () => {
    const { engine } = openPartial();
    const done = order({ id: "o7", idempotencyKey: "key", status: filled, finishedAt: NOW - 1 });
    engine.addAccounts(["A-1"], { accounts: [account()], orders: [done], positions: [] }, NOW);
    expect(engine.place("A-1", aapl, NOW, "key")).toEqual(done);
    expect(engine.takeChanges().orders).toEqual([]);
  });

  test("evicts an account a quarter of an hour after its last use, and never one with orders or positions", () => {
    const { engine, applyTopOfBook } = openPartial({}, 0);
    engine.addAccounts(["idle", "used", "order", "position"], NONE, NOW);
    applyTopOfBook(100);
    for (const id of ["idle", "used", "order", "position"]) engine.account(id, NOW);
    engine.place("order", { ...aapl, type: limit, limitPrice: 50 }, NOW);
    engine.place("position", aapl, NOW);
    engine.takeChanges();
    const loaded = () => ["idle", "used", "order", "position"].filter((id) => engine.isLoaded(id));
    engine.evictIdle(NOW + QUARTER_MS - 1);
    expect(loaded()).toHaveLength(4);
    engine.account("used", NOW + 1);
    engine.evictIdle(NOW + QUARTER_MS);
    expect(loaded()).toEqual(["used", "order", "position"]);
    for (let day = 1; day <= 3; day++) engine.evictIdle(NOW + day * 96 * QUARTER_MS);
    expect(loaded()).toEqual(["order", "position"]);
    // The same account again, with the rows of the store.
    const stored = account({ id: "idle", realized: 7n });
    engine.addAccounts(["idle"], { ...NONE, accounts: [stored] }, NOW);
    expect(engine.account("idle", NOW)).toEqual(stored);
  });

  test("keeps an account with finished orders as long as they are listed, with their keys", () => {
    const { engine, applyTopOfBook } = openPartial({}, 2 * QUARTER_MS);
    engine.addAccounts(["a"], NONE, NOW);
    applyTopOfBook(100);
    const { id } = engine.place("a", { ...aapl, type: limit, limitPrice: 50 }, NOW, "key");
    engine.cancel("a", id, NOW);
    engine.takeChanges();
    engine.evictIdle(NOW + QUARTER_MS);
    expect(engine.isLoaded("a")).toBe(true);
    engine.applyTopOfBook(topOfBook("AAPL", 101), NOW + 2 * QUARTER_MS);
    engine.evictIdle(NOW + 2 * QUARTER_MS);
    expect(engine.isLoaded("a")).toBe(false);
  });

  test("looks at a bounded number of accounts at a time", () => {
    const { engine } = openPartial();
    const ids = Array.from({ length: 2_500 }, (_, index) => `a${index}`);
    engine.addAccounts(ids, NONE, NOW);
    const loaded = () => ids.filter((id) => engine.isLoaded(id)).length;
    const counts = [0, 1, 2].map(() => {
      engine.evictIdle(NOW + QUARTER_MS);
      return loaded();
    });
    expect(counts).toEqual([1_500, 500, 0]);
  });
});

test("an engine with a whole snapshot opens accounts on first use, and evicts none", () => {
  const { engine } = openSession({}, { ...EMPTY_SNAPSHOT, accounts: [account()] });
  expect(engine.account("new", NOW).id).toBe("new");
  engine.evictIdle(NOW + 96 * QUARTER_MS);
  expect(engine.account("A-1", NOW)).toEqual(account());
});
