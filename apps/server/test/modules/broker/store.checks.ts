import fc from "fast-check";
import { expect } from "vitest";
import type { Changes } from "../../../src/modules/broker/engine/rows.js";
import { EMPTY_SNAPSHOT } from "../../../src/modules/broker/engine/rows.js";
import type { BrokerStore, StoredState } from "../../../src/modules/broker/store/store.js";
import {
  account,
  anyAccount,
  anyExecution,
  anyNotification,
  anyOrder,
  anyPosition,
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
  run(open: () => Promise<BrokerStore>): Promise<void>;
}

/** Opens a store, and closes it after `run`. Each commit is based on the one before. */
async function using(open: () => Promise<BrokerStore>, run: (use: Use) => Promise<void>): Promise<void> {
  const store = await open();
  const { lastCommit } = await store.load(0);
  let after = lastCommit;
  let count = 0;
  const commit = (given: Partial<Changes>) => {
    const id = `${lastCommit}.${++count}`;
    const done = store.commit(changes(given), { id, after });
    after = id;
    return done;
  };
  try {
    await run({ store, commit, load: () => store.load(0) });
  } finally {
    await store.close();
  }
}

interface Use {
  readonly store: BrokerStore;
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
            async (accounts, orders, positions, someExecutions, someNotifications) => {
              const accountId = `the account ${sequence}`;
              const executions = someExecutions.map((row) => {
                sequence++;
                return { ...row, id: `${sequence} ${row.id}`, accountId, sequence };
              });
              const notifications = someNotifications.map((row) => {
                sequence++;
                return { ...row, id: `${sequence} ${row.id}`, accountId, sequence };
              });
              const written = { accounts, orders, positions, executions, notifications, nextSequence: sequence };
              await commit(written);
              const { snapshot } = await load();
              expect(snapshot.accounts).toEqual(expect.arrayContaining(accounts));
              expect(snapshot.orders).toEqual(expect.arrayContaining(orders));
              expect(snapshot.positions).toEqual(expect.arrayContaining(positions));
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
      using(open, async ({ store, commit }) => {
        const ended = (id: string, finishedAt: number) => order({ id, status: 2, finishedAt, priority: finishedAt });
        const orders = [order({ id: "working", priority: 9 }), ended("early", 10), ended("late", 20)];
        await commit({ orders, positions: [position({ qty: 0n }), position({ id: "MSFT" })] });
        const ids = async (since: number) => (await store.load(since)).snapshot.orders.map(({ id }) => id).sort();
        expect(await ids(10)).toEqual(["early", "late", "working"]);
        expect(await ids(11)).toEqual(["late", "working"]);
        expect(await ids(21)).toEqual(["working"]);
        expect((await store.load(0)).snapshot.positions.map(({ id }) => id)).toEqual(["MSFT"]);
        expect((await store.finishedOrders("A-1", 10)).map(({ id }) => id)).toEqual(["early", "late"]);
        expect((await store.finishedOrders("A-1", 1)).map(({ id }) => id)).toEqual(["late"]);
        expect(await store.finishedOrders("A-2", 10)).toEqual([]);
      }),
  },
  {
    name: "a failed commit stores nothing, and the next one succeeds",
    run: (open) =>
      using(open, async ({ store, commit, load }) => {
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
        await expect(store.commit(bad, { id: "bad", after: before.lastCommit })).rejects.toThrow();
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
      using(open, async ({ store, load, commit }) => {
        await commit({ executions: [execution(1)] });
        const after = (await load()).lastCommit;
        for (const again of [execution(1), execution(2, { id: "E-1" }), execution(1, { id: "E-2" })]) {
          await expect(store.commit(changes({ executions: [again] }), { id: "again", after })).rejects.toThrow();
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
    name: "stored rows are there when the store is opened again, or a second time",
    async run(open) {
      let stored: StoredState | undefined;
      await using(open, async ({ commit, load }) => {
        await commit({ accounts: [account()], orders: [order()], executions: [execution(1)], nextSequence: 2 });
        stored = await load();
        await using(open, async (second) => expect(await second.load()).toEqual(stored));
      });
      await using(open, async ({ store, load }) => {
        expect(await load()).toEqual(stored);
        expect(await store.executions("A-1", undefined, 10)).toEqual([execution(1)]);
      });
    },
  },
  {
    name: "of two writers, the one that does not know the other's commit is rejected",
    run: (open) =>
      using(open, (first) =>
        using(open, async (second) => {
          await first.commit({ accounts: [account()] });
          const late = second.commit({ accounts: [account({ name: "late" })] });
          await expect(late).rejects.toMatchObject({ code: "store_conflict" });
          expect((await second.load()).snapshot.accounts).toEqual([account()]);
        }),
      ),
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
      using(open, async ({ store, commit, load }) => {
        const done: Promise<unknown>[] = [];
        for (let n = 1; n <= 20; n++) {
          const rows = [execution(2 * n - 1), execution(2 * n)];
          done.push(commit({ executions: rows, accounts: [account({ realized: BigInt(n) })], nextSequence: n }));
          done.push(
            load().then(({ snapshot }) => {
              expect(snapshot.nextSequence).toBe(n);
              expect(snapshot.accounts).toEqual([account({ realized: BigInt(n) })]);
            }),
            store.executions("A-1", undefined, 100).then((stored) => expect(stored).toHaveLength(2 * n)),
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
    name: "closing waits for pending commits",
    async run(open) {
      const store = await open();
      const committed = store.commit(changes({ accounts: [account()] }), { id: "1", after: "" });
      await store.close();
      await committed;
      await using(open, async ({ load }) => expect((await load()).snapshot.accounts).toEqual([account()]));
    },
  },
];
