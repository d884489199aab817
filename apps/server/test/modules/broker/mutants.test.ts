import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Mutant, testMutants } from "../../../../../tooling/src/mutation-testing/index.mjs";

/** Bugs between the engine, its store, its market and its listeners. */
const MUTANTS: readonly Mutant[] = [
  { name: "an order is acknowledged before it is stored", mark: "acknowledge", edit: { moveBefore: "commit" } },
  { name: "a fill is sent before it is stored", mark: "notify-listeners", edit: { moveBefore: "commit" } },
  {
    name: "rejected changes are sent to listeners",
    mark: "undo-failed-commit",
    edit: { replace: ["return;", ";"] },
  },
  {
    name: "rejected changes stay in memory",
    mark: "rebuild-engine",
    edit: { replace: [" = ", " = (this as { first?: Engine }).first ??= "] },
  },
  { name: "a stored commit is rejected", mark: "is-stored", edit: "never" },
  { name: "each command is a commit", mark: "batch-size", edit: { replace: ["1_000", "1"] } },
  {
    name: "changes of a command that failed internally are committed",
    mark: "undo-internal-error",
    edit: { with: "continue;" },
  },
  { name: "reading is a commit", mark: "has-changes", edit: "always" },
  { name: "closing drops accepted commands", mark: "finish-pending", edit: "never" },
  {
    name: "orders are filled at the last price of a market that is not watched",
    mark: "withdraw-prices",
    edit: { replace: ["bidQty: 0, askQty: 0", ""] },
  },
  { name: "an order is placed before its price is known", mark: "await-first-price", edit: "remove" },
  { name: "a market is watched forever", mark: "stop-unused-watch", edit: "remove" },
  { name: "a watch that failed is not retried", mark: "retry-watch", edit: { with: "() => {}" } },
  { name: "missing prices are not reported", mark: "report-missing-prices", edit: "remove" },
  { name: "prices are unknown after a reload of the engine", mark: "restore-prices", edit: "remove" },
  { name: "listeners get no state after a reload of the engine", mark: "send-state-after-reload", edit: "remove" },
  {
    name: "listeners get the changes of other accounts",
    mark: "listeners-of-account",
    edit: { with: "[...this.#listeners.values()].flatMap((all) => [...all])" },
  },
  { name: "a removed listener is called", mark: "remove-listener", edit: "remove" },
  { name: "a listener misses changes after its initial state", mark: "send-initial-state", edit: "defer" },
  { name: "executions of other symbols are published", mark: "filter-by-symbol", edit: "always" },
  { name: "an account's state is published without its new leverage", mark: "remember-account", edit: "remove" },
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../../..", import.meta.url)),
    sources: "src/modules/broker",
    except: ["src/modules/broker/engine"],
    files: ["broker.test.ts", "streams.test.ts", "harness.ts", "fake-market.ts"].map(
      (file) => `modules/broker/${file}`,
    ),
    mutants: MUTANTS,
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(15);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
