import fc from "fast-check";
import { expect } from "vitest";
import type { Changes } from "../../../src/modules/broker/engine/rows.js";
import { EMPTY_SNAPSHOT } from "../../../src/modules/broker/engine/rows.js";
import type { BrokerStore, StoredState, StoreLease } from "../../../src/modules/broker/store/store.js";
import { acquired } from "./acquired.js";
import { loadAll } from "./load-all.js";
import {
  account,
  anyAccount,
  anyExecution,
  anyNotification,
  anyOrder,
  anyPosition,
  anyPrice,
  changes,
  execution,
  HOSTILE_TEXTS,
  notification,
  order,
  position,
} from "./rows.js";

/** A guarantee of `BrokerStore`, with a test for any implementation. */
export interface StoreCheck {
  readonly name: string;
  /** @param open opens the same store, which is empty at first; some checks open it twice */
  run(open: () => BrokerStore): Promise<void>;
}

/** Opens a store, acquires its lease, and closes it after `run`. Each commit is based on the one before. */
async function using(open: () => BrokerStore, run: (use: Use) => Promise<void>): Promise<void> {
  const store = open();
  const lease = await acquired(store);
  const { lastCommit } = await lease.load(0);
  let after = lastCommit;
  let count = 0;
  /** The accounts with rows. */
  const ids = new Set(["A-1"]);
  const commit = (given: Partial<Changes>) => {
    for (const { id } of given.accounts ?? []) ids.add(id);
    for (const { accountId } of [...(given.orders ?? []), ...(given.positions ?? [])]) ids.add(accountId);
    const id = `${lastCommit}.${++count}`;
    const done = lease.commit(changes(given), { id, after });
    after = id;
    return done;
  };
  try {
    await run({ store, lease, commit, load: () => loadAll(store, lease, [...ids]) });
  } finally {
    lease.abandon();
    await store.close();
  }
}

interface Use {
  readonly store: BrokerStore;
  readonly lease: StoreLease;
  commit(given: Partial<Changes>): Promise<void>;
  load(): Promise<StoredState>;
}

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The checks that every implementation of `BrokerStore` must pass. */
export const storeChecks: readonly StoreCheck[] = [
  {
    name: "an empty store is empty",
    run: (open) =>
      using(open, async ({ store, load }) => {
        expect(await load()).toEqual({ snapshot: EMPTY_SNAPSHOT, lastCommit: "" });
        expect(await store.executions("A-1", undefined, 10)).toEqual([]);
        expect(await store.notifications("A-1", 10)).toEqual([]);
        expect(await store.finishedOrders("A-1", 10)).toEqual([]);
      }),
  },
  {
    name: "each member of each row is stored",
    run: (open) =>
      using(open, async ({ store, commit, load }) => {
        const distinct = <Row extends { readonly id: string }>(rows: fc.Arbitrary<Row>) =>
          fc.uniqueArray(rows, { selector: ({ id }) => id, maxLength: 8 });
        let sequence = 1;
        await fc.assert(
          fc.asyncProperty(
            distinct(anyAccount),
            distinct(anyOrder),
            distinct(anyPosition),
            fc.array(anyExecution, { maxLength: 8 }),
            fc.array(anyNotification, { maxLength: 8 }),
            fc.uniqueArray(anyPrice, { selector: ({ symbol }) => symbol, maxLength: 8 }),
            async (accounts, orders, positions, someExecutions, someNotifications, prices) => {
              const accountId = `the account ${sequence}`;
              const executions = someExecutions.map((row) => {
                sequence++;
                return { ...row, id: `${sequence} ${row.id}`, accountId, sequence };
              });
              const notifications = someNotifications.map((row) => {
                sequence++;
                return { ...row, id: `${sequence} ${row.id}`, accountId, sequence };
              });
              const written = {
                accounts,
                orders,
                positions,
                executions,
                notifications,
                prices,
                nextSequence: sequence,
              };
              await commit(written);
              const { snapshot } = await load();
              expect(snapshot.accounts).toEqual(expect.arrayContaining(accounts));
              expect(snapshot.orders).toEqual(expect.arrayContaining(orders));
              expect(snapshot.positions).toEqual(expect.arrayContaining(positions));
              expect(snapshot.prices).toEqual(expect.arrayContaining(prices));
              expect(snapshot.nextSequence).toBe(sequence);
              expect(await store.executions(accountId, undefined, 100)).toEqual(executions);
              expect(await store.notifications(accountId, 100)).toEqual(notifications);
            },
          ),
          { numRuns: 50 },
        );
      }),
  },
  {
    name: "amounts keep every digit, far beyond 2^53",
    run: (open) =>
      using(open, async ({ commit, load }) => {
        const amounts = [2n ** 53n + 1n, -(2n ** 63n) - 1n, 2n ** 64n + 1n, -1n, 0n, 10n ** 30n + 1n];
        const accounts = amounts.map((amount, index) =>
          account({ id: `${index}`, deposits: amount, realized: -amount }),
        );
        await commit({ accounts });
        expect(byId((await load()).snapshot.accounts)).toEqual(accounts);
      }),
  },
  {
    name: "a row that is written again is replaced, and others are unchanged",
    run: (open) =>
      using(open, async ({ commit, load }) => {
        await commit({
          accounts: [account()],
          orders: [order(), order({ id: "2", priority: 2 })],
          positions: [position(), position({ id: "MSFT", symbol: "MSFT" })],
          nextSequence: 3,
        });
        const filled = order({ status: 2, filledQty: 1_000_000_000n, finishedAt: 1_700_000_000_001, limitPrice: null });
        await commit({
          accounts: [account({ realized: 5n })],
          orders: [filled],
          positions: [position({ qty: 7n, side: -1 })],
          nextSequence: 4,
        });
        const { snapshot } = await load();
        expect(snapshot.accounts).toEqual([account({ realized: 5n })]);
        expect(byId(snapshot.orders)).toEqual([filled, order({ id: "2", priority: 2 })]);
        expect(byId(snapshot.positions)).toEqual([
          position({ qty: 7n, side: -1 }),
          position({ id: "MSFT", symbol: "MSFT" }),
        ]);
        expect(snapshot.nextSequence).toBe(4);
      }),
  },
  {
    name: "loading omits flat positions, and orders that ended before a time",
    run: (open) =>
      using(open, async ({ store, lease, commit }) => {
        const ended = (id: string, finishedAt: number) => order({ id, status: 2, finishedAt, priority: finishedAt });
        const orders = [order({ id: "working", priority: 9 }), ended("early", 10), ended("late", 20)];
        await commit({ orders, positions: [position({ qty: 0n }), position({ id: "MSFT" })] });
        const ids = async (since: number) => (await lease.load(since)).snapshot.orders.map(({ id }) => id).sort();
        expect(await ids(10)).toEqual(["early", "late", "working"]);
        expect(await ids(11)).toEqual(["late", "working"]);
        expect(await ids(21)).toEqual(["working"]);
        expect((await lease.load(0)).snapshot.positions.map(({ id }) => id)).toEqual(["MSFT"]);
        expect((await store.finishedOrders("A-1", 10)).map(({ id }) => id)).toEqual(["early", "late"]);
        expect((await store.finishedOrders("A-1", 1)).map(({ id }) => id)).toEqual(["late"]);
        expect(await store.finishedOrders("A-2", 10)).toEqual([]);
      }),
  },
  {
    name: "loads the accounts with working orders or open positions, and the others by their ids",
    run: (open) =>
      using(open, async ({ store, lease, commit }) => {
        const ids = ["idle", "finished", "flat", "working", "holding"];
        const ended = (id: string, finishedAt: number) => order({ id, accountId: "finished", status: 2, finishedAt });
        const recent = order({ id: "3", accountId: "working", status: 2, finishedAt: 20 });
        await commit({
          accounts: ids.map((id) => account({ id })),
          orders: [order({ accountId: "working" }), recent, ended("1", 10), ended("2", 20)],
          positions: [position({ accountId: "flat", qty: 0n }), position({ accountId: "holding" })],
        });
        const { snapshot } = await lease.load(15);
        expect(byId(snapshot.accounts)).toEqual([account({ id: "holding" }), account({ id: "working" })]);
        expect(byId(snapshot.orders)).toEqual([order({ accountId: "working" }), recent]);
        expect(snapshot.positions).toEqual([position({ accountId: "holding" })]);
        expect(snapshot.isPartial).toBe(true);
        const rows = await store.accounts(["finished", "flat", "idle", "missing"], 15);
        expect(byId(rows.accounts)).toEqual(["finished", "flat", "idle"].map((id) => account({ id })));
        expect(rows.orders).toEqual([ended("2", 20)]);
        expect(rows.positions).toEqual([]);
      }),
  },
  {
    name: "deletes the oldest events before a time, in bounded numbers, and nothing else",
    run: (open) =>
      using(open, async ({ store, lease, commit, load }) => {
        const times = [10, 20, 30];
        const orders = times.map((finishedAt) =>
          order({ id: `${finishedAt}`, status: 2, finishedAt, priority: finishedAt }),
        );
        await commit({
          accounts: [account()],
          orders: [order({ id: "working", placedAt: 1, priority: 99 }), ...orders],
          positions: [position({ updatedAt: 1 })],
          executions: times.map((time, index) => execution(index + 1, { time })),
          notifications: times.map((time, index) => notification(index + 4, { time })),
        });
        expect(await lease.deleteEvents(10, 100)).toBe(0);
        expect(await lease.deleteEvents(30, 3)).toBe(3);
        expect(await lease.deleteEvents(30, 3)).toBe(3);
        expect(await lease.deleteEvents(30, 3)).toBe(0);
        expect(await store.executions("A-1", undefined, 9)).toEqual([execution(3, { time: 30 })]);
        expect(await store.notifications("A-1", 9)).toEqual([notification(6, { time: 30 })]);
        const { snapshot } = await load();
        expect(snapshot.orders.map(({ id }) => id)).toEqual(["30", "working"]);
        expect(snapshot.positions).toHaveLength(1);
        await commit({ executions: [execution(7)] });
      }),
  },
  {
    name: "a failed commit stores nothing, and the next one succeeds",
    run: (open) =>
      using(open, async ({ store, lease, commit, load }) => {
        await commit({ accounts: [account()], executions: [execution(1)], nextSequence: 2 });
        const before = await load();
        const bad = changes({
          accounts: [account({ realized: 1n }), account({ id: "A-2" })],
          orders: [order()],
          positions: [position()],
          executions: [execution(2), execution(1)],
          notifications: [notification(3)],
          nextSequence: 4,
        });
        await expect(lease.commit(bad, { id: "bad", after: before.lastCommit })).rejects.toThrow();
        expect(await load()).toEqual(before);
        expect(await store.executions("A-1", undefined, 10)).toEqual([execution(1)]);
        expect(await store.notifications("A-1", 10)).toEqual([]);
        await commit({ executions: [execution(2)], nextSequence: 3 });
        expect(await store.executions("A-1", undefined, 10)).toEqual([execution(1), execution(2)]);
      }),
  },
  {
    name: "an execution is unique by its id within the account, and by its sequence",
    run: (open) =>
      using(open, async ({ store, lease, load, commit }) => {
        await commit({ executions: [execution(1)] });
        const after = (await load()).lastCommit;
        for (const again of [execution(1), execution(2, { id: "E-1" }), execution(1, { id: "E-2" })]) {
          await expect(lease.commit(changes({ executions: [again] }), { id: "again", after })).rejects.toThrow();
        }
        await commit({ executions: [execution(2, { id: "E-1", accountId: "A-2" })] });
        expect(await store.executions("A-1", undefined, 10)).toEqual([execution(1)]);
        expect(await store.executions("A-2", undefined, 10)).toHaveLength(1);
      }),
  },
  {
    name: "returns the newest executions and notifications, oldest first, of one symbol or of all",
    run: (open) =>
      using(open, async ({ store, commit }) => {
        const executions = Array.from({ length: 12 }, (_, index) =>
          execution(index + 1, { symbol: index % 3 === 0 ? "MSFT" : "AAPL", id: `${(index * 7) % 12}`, time: 5 }),
        );
        await commit({ executions: executions.slice(0, 5) });
        await commit({ executions: executions.slice(5) });
        await commit({ notifications: [notification(11), notification(2), notification(9)] });
        expect(await store.executions("A-1", undefined, 100)).toEqual(executions);
        expect(await store.executions("A-1", undefined, 2)).toEqual(executions.slice(-2));
        const microsoft = executions.filter(({ symbol }) => symbol === "MSFT");
        expect(await store.executions("A-1", "MSFT", 100)).toEqual(microsoft);
        expect(await store.executions("A-1", "MSFT", 3)).toEqual(microsoft.slice(-3));
        expect(await store.executions("A-1", "msft", 3)).toEqual([]);
        expect(await store.notifications("A-1", 2)).toEqual([notification(9), notification(11)]);
      }),
  },
  {
    name: "stored rows are there when the store is opened again",
    async run(open) {
      let stored: StoredState | undefined;
      await using(open, async ({ commit, load }) => {
        await commit({ accounts: [account()], orders: [order()], executions: [execution(1)], nextSequence: 2 });
        stored = await load();
      });
      await using(open, async ({ store, load }) => {
        expect(await load()).toEqual(stored);
        expect(await store.executions("A-1", undefined, 10)).toEqual([execution(1)]);
      });
    },
  },
  {
    name: "only one server has the lease; the others learn its name, and get the lease after it",
    async run(open) {
      const other = open();
      const signal = new AbortController().signal;
      try {
        await using(open, async ({ lease, commit }) => {
          expect(await other.acquire("other", signal)).toEqual({ holder: "test" });
          await commit({ accounts: [account()] });
          expect(await other.acquire("other", signal)).toEqual({ holder: "test" });
          // Reads do not need the lease, and see what is committed.
          await commit({ executions: [execution(1)] });
          expect(await other.executions("A-1", undefined, 10)).toEqual([execution(1)]);
          await lease.release();
          const next = await acquired(other, "other");
          expect((await loadAll(other, next)).snapshot.accounts).toEqual([account()]);
          await expect(commit({ accounts: [account({ name: "late" })] })).rejects.toThrow();
          expect((await loadAll(other, next)).snapshot.accounts).toEqual([account()]);
          next.abandon();
        });
      } finally {
        await other.close();
      }
    },
  },
  {
    name: "a commit that is based on another one is rejected, and a probe detects it",
    run: (open) =>
      using(open, async ({ lease, commit, load }) => {
        await commit({ accounts: [account()] });
        await lease.probe();
        const late = changes({ accounts: [account({ name: "late" })] });
        await expect(lease.commit(late, { id: "late", after: "other" })).rejects.toMatchObject({
          code: "store_conflict",
        });
        expect((await load()).snapshot.accounts).toEqual([account()]);
        await lease.probe();
      }),
  },
  {
    name: "the same rows of two accounts are two rows, even with similar account ids",
    run: (open) =>
      using(open, async ({ store, commit, load }) => {
        const names = [...new Set([...HOSTILE_TEXTS, "a", "A", "a ", "a%", "a_", "á"])];
        await commit({
          accounts: names.map((id) => account({ id })),
          orders: names.map((accountId) => order({ accountId, parentId: accountId, finishedAt: 5 })),
          positions: names.map((accountId) => position({ accountId })),
          executions: names.map((accountId, index) => execution(index, { id: "1", accountId })),
        });
        const { snapshot } = await load();
        for (const rows of [snapshot.accounts, snapshot.orders, snapshot.positions]) {
          expect(rows).toHaveLength(names.length);
        }
        for (const [index, accountId] of names.entries()) {
          expect(await store.executions(accountId, undefined, 10)).toEqual([execution(index, { id: "1", accountId })]);
          const [finished, ...more] = await store.finishedOrders(accountId, 10);
          expect([finished?.parentId, more]).toEqual([accountId, []]);
        }
      }),
  },
  {
    name: "hostile texts are stored unchanged and distinct",
    run: (open) =>
      using(open, async ({ store, commit }) => {
        const executions = HOSTILE_TEXTS.map((text, index) =>
          execution(index, { symbol: text, orderId: text, id: text }),
        );
        const notifications = HOSTILE_TEXTS.map((text, index) =>
          notification(index, { title: text, message: text, orderId: text, id: text }),
        );
        await commit({ executions, notifications });
        for (const row of executions) expect(await store.executions("A-1", row.symbol, 10)).toEqual([row]);
        expect(await store.notifications("A-1", 100)).toEqual(notifications);
      }),
  },
  {
    name: "concurrent commits are stored in order, and reads see only whole commits",
    run: (open) =>
      using(open, async ({ store, lease, commit }) => {
        const done: Promise<unknown>[] = [];
        for (let n = 1; n <= 20; n++) {
          const rows = [execution(2 * n - 1), execution(2 * n)];
          const accounts = [account({ realized: BigInt(n) })];
          done.push(commit({ executions: rows, accounts, orders: [order()], nextSequence: n }));
          done.push(
            lease.load(0).then(({ snapshot }) => {
              expect(snapshot.nextSequence).toBe(n);
              expect(snapshot.accounts).toEqual([account({ realized: BigInt(n) })]);
            }),
            store.executions("A-1", undefined, 100).then((stored) => expect(stored.length % 2).toBe(0)),
          );
        }
        await Promise.all(done);
      }),
  },
  {
    name: "a commit can have a thousand rows",
    run: (open) =>
      using(open, async ({ commit, load }) => {
        const orders = Array.from({ length: 1_000 }, (_, index) => order({ id: `${index}`, priority: index }));
        await commit({ orders });
        expect((await load()).snapshot.orders).toEqual(orders);
      }),
  },
  {
    name: "releasing the lease waits for pending commits",
    async run(open) {
      const store = open();
      const lease = await acquired(store);
      await lease.load(0);
      const committed = lease.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
      await lease.release();
      await committed;
      await store.close();
      await using(open, async ({ load }) => expect((await load()).snapshot.accounts).toEqual([account()]));
    },
  },
];
