import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Changes, ExecutionRow } from "../../../src/modules/broker/engine/rows.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import type { BrokerStore } from "../../../src/modules/broker/store/store.js";
import { changes } from "./rows.js";
import { storeChecks } from "./store.checks.js";

/** A store that does one thing otherwise. */
type Fault = (sound: BrokerStore) => Partial<BrokerStore>;

/** The commit, with other changes. */
const altered =
  (alter: (given: Changes) => Changes): Fault =>
  (sound) => ({ commit: (given, order) => sound.commit(alter(given), order) });

/** An account's rows as a database has them that knows no bigint. */
const asDouble = (amount: bigint) => BigInt(Number(amount));

const untilNul = (text: string) => text.split("\u0000", 1)[0] as string;

const faults: readonly [name: string, check: string, fault: Fault][] = [
  [
    "keeps amounts as doubles",
    "amounts keep every digit, far beyond 2^53",
    altered((given) => ({
      ...given,
      accounts: given.accounts.map((row) => ({ ...row, deposits: asDouble(row.deposits) })),
    })),
  ],
  [
    "forgets a member",
    "each member of each row comes back as it was",
    altered((given) => ({ ...given, orders: given.orders.map((row) => ({ ...row, isTriggered: false })) })),
  ],
  [
    "splits a commit in two",
    "a commit that fails leaves nothing behind, and the next one is taken",
    (sound) => ({
      async commit(given, { id, after }) {
        const { accounts, orders, positions, nextSequence } = given;
        await sound.commit(changes({ accounts, orders, positions, nextSequence }), { id: `${id}'`, after });
        await sound.commit(given, { id, after: `${id}'` });
      },
    }),
  ],
  [
    "drops executions that it has already",
    "an execution is kept once: by its id within the account, and by its sequence",
    (sound) => {
      const known = new Set<string>();
      const isNew = ({ accountId, id }: ExecutionRow) => !known.has(`${accountId} ${id}`);
      return {
        async commit(given, order) {
          const executions = given.executions.filter(isNew);
          for (const { accountId, id } of executions) known.add(`${accountId} ${id}`);
          await sound.commit({ ...given, executions }, order);
        },
      };
    },
  ],
  [
    "ends texts at a zero byte",
    "hostile texts come back as they were, each told from the others",
    altered((given) => ({
      ...given,
      notifications: given.notifications.map((row) => ({ ...row, title: untilNul(row.title) })),
    })),
  ],
  [
    "takes one account for another",
    "the same rows of two accounts are two rows, however alike the accounts are called",
    (sound) => ({ executions: (id, symbol, limit) => sound.executions(id.toLowerCase(), symbol, limit) }),
  ],
  [
    "tells the oldest",
    "the newest executions and notifications are told, oldest first, of one symbol or of all",
    (sound) => ({
      executions: async (id, symbol, limit) => (await sound.executions(id, symbol, 1_000)).slice(0, limit),
    }),
  ],
  [
    "keeps a commit that was made on another",
    "of two who write to one place, the one that does not know the other's commit is refused",
    (sound) => ({
      commit: async (given, { id }) => sound.commit(given, { id, after: (await sound.load(0)).lastCommit }),
    }),
  ],
  [
    "says that it has kept what it keeps later",
    "what is kept is there when it is opened anew, or opened beside",
    (sound) => {
      let last: (() => Promise<void>) | undefined;
      return {
        async commit(given, order) {
          last = () => sound.commit(given, order);
        },
        async close() {
          await sound.close();
          await last?.().catch(() => {});
        },
      };
    },
  ],
];

test.each(faults)("a store that %s is found", async (_name, check, fault) => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = async () => {
    const sound = await openLibsqlStore(join(folder, "broker.db"));
    return { ...sound, ...fault(sound) };
  };
  const run = storeChecks.find(({ name }) => name === check)?.run;
  await expect(run?.(open)).rejects.toThrow();
});
