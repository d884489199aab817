import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Changes, ExecutionRow } from "../../../src/modules/broker/engine/rows.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import type { BrokerStore, StoreLease } from "../../../src/modules/broker/store/store.js";
import { changes } from "./rows.js";
import { storeChecks } from "./store.checks.js";

/** Replaces methods of a correct store by faulty ones. */
type Fault = (parts: BrokerStore & StoreLease) => Partial<BrokerStore & StoreLease>;

/** Alters the changes of each commit. */
const altered =
  (alter: (given: Changes) => Changes): Fault =>
  (store) => ({ commit: (given, order) => store.commit(alter(given), order) });

/** Rounds an amount as a database without big integers. */
const asDouble = (amount: bigint) => BigInt(Number(amount));

const untilNul = (text: string) => text.split("\u0000", 1)[0] as string;

const faults: readonly [name: string, check: string, fault: Fault][] = [
  [
    "stores amounts as doubles",
    "amounts keep every digit, far beyond 2^53",
    altered((given) => ({
      ...given,
      accounts: given.accounts.map((row) => ({ ...row, deposits: asDouble(row.deposits) })),
    })),
  ],
  [
    "forgets a member",
    "each member of each row is stored",
    altered((given) => ({ ...given, orders: given.orders.map((row) => ({ ...row, isTriggered: false })) })),
  ],
  [
    "splits a commit in two",
    "a failed commit stores nothing, and the next one succeeds",
    (store) => ({
      async commit(given, { id, after }) {
        const { accounts, orders, positions, nextSequence } = given;
        await store.commit(changes({ accounts, orders, positions, nextSequence }), { id: `${id}'`, after });
        await store.commit(given, { id, after: `${id}'` });
      },
    }),
  ],
  [
    "ignores executions that it already has",
    "an execution is unique by its id within the account, and by its sequence",
    (store) => {
      const known = new Set<string>();
      const isNew = ({ accountId, id }: ExecutionRow) => !known.has(`${accountId} ${id}`);
      return {
        async commit(given, order) {
          const executions = given.executions.filter(isNew);
          for (const { accountId, id } of executions) known.add(`${accountId} ${id}`);
          await store.commit({ ...given, executions }, order);
        },
      };
    },
  ],
  [
    "ends texts at a zero byte",
    "hostile texts are stored unchanged and distinct",
    altered((given) => ({
      ...given,
      notifications: given.notifications.map((row) => ({ ...row, title: untilNul(row.title) })),
    })),
  ],
  [
    "confuses accounts with similar ids",
    "the same rows of two accounts are two rows, even with similar account ids",
    (store) => ({ executions: (id, symbol, limit) => store.executions(id.toLowerCase(), symbol, limit) }),
  ],
  [
    "returns the oldest executions",
    "returns the newest executions and notifications, oldest first, of one symbol or of all",
    (store) => ({
      executions: async (id, symbol, limit) => (await store.executions(id, symbol, 1_000)).slice(0, limit),
    }),
  ],
  [
    "accepts a commit that is based on an older one",
    "a commit that is based on another one is rejected, and a probe detects it",
    (store) => ({
      commit: async (given, { id }) => store.commit(given, { id, after: (await store.load(0)).lastCommit }),
    }),
  ],
  [
    "gives its lease to everybody",
    "only one server has the lease; the others learn its name, and get the lease after it",
    (store) => ({
      acquire: async (name, signal) => {
        const result = await store.acquire(name, signal);
        return "lease" in result ? result : { lease: store };
      },
    }),
  ],
  [
    "confirms a commit before it is stored",
    "releasing the lease waits for pending commits",
    (store) => {
      let last: (() => Promise<void>) | undefined;
      return {
        async commit(given, order) {
          last = () => store.commit(given, order);
        },
        async release() {
          await store.release();
          await last?.().catch(() => {});
        },
      };
    },
  ],
];

test.each(faults)("the checks detect a store that %s", async (_name, check, fault) => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = () => {
    const store = openLibsqlStore(join(folder, "broker.db"));
    let replaced: Partial<BrokerStore & StoreLease> = {};
    const acquire: BrokerStore["acquire"] = async (name, signal) => {
      const result = await store.acquire(name, signal);
      const lease = "lease" in result ? result.lease : undefined;
      replaced = fault({ ...store, ...lease, acquire: async () => result } as BrokerStore & StoreLease);
      if (replaced.acquire) return replaced.acquire(name, signal);
      return lease ? { lease: { ...lease, ...replaced } } : result;
    };
    const executions: BrokerStore["executions"] = (...of) => (replaced.executions ?? store.executions)(...of);
    return { ...store, executions, acquire };
  };
  const run = storeChecks.find(({ name }) => name === check)?.run;
  await expect(run?.(open)).rejects.toThrow();
});
