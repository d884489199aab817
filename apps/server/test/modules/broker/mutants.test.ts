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
  {
    name: "a server answers after it has lost its lease",
    mark: "discard-engine",
    test: "lease.test.ts",
    edit: "remove",
  },
  { name: "a server without its lease is reported as ready", mark: "fence", test: "lease.test.ts", edit: "remove" },
  {
    name: "a suspended server answers from its memory, whatever another server has done meanwhile",
    mark: "valid-ms",
    test: "lease.test.ts",
    edit: { replace: ["VALID_MS", "Number.POSITIVE_INFINITY"] },
  },
  { name: "topics of a standby go on without updates", mark: "end-listeners", test: "lease.test.ts", edit: "remove" },
  {
    name: "a closed broker watches the market for its last orders",
    mark: "close-watches",
    test: "broker.test.ts",
    edit: { moveBefore: "close-commits" },
  },
  { name: "closing drops accepted commands", mark: "finish-pending", edit: "never" },
  {
    name: "orders are filled at the last price of a market that is not watched",
    mark: "withdraw-prices",
    edit: { replace: ["bidQty: 0, askQty: 0,", ""] },
  },
  { name: "an order is placed before its price is known", mark: "await-first-price", edit: "remove" },
  { name: "a market is watched forever", mark: "stop-unused-watch", edit: "remove" },
  {
    name: "a watch that failed is not retried",
    mark: "retry-watch",
    test: "broker.test.ts",
    edit: { with: "() => {}" },
  },
  { name: "missing prices are not reported", mark: "report-missing-prices", edit: "remove" },
  { name: "prices are unknown after a reload of the engine", mark: "restore-prices", edit: "remove" },
  {
    name: "a bar that was followed before a reload fills orders that were placed after it",
    mark: "repeat-no-moves",
    test: "last-prices.test.ts",
    edit: { replace: ["storedAt.get(top.symbol) === top.time", "false"] },
  },
  {
    name: "the last prices are lost when the broker is closed",
    mark: "store-last-prices",
    test: "last-prices.test.ts",
    edit: "remove",
  },
  { name: "listeners get no state after a reload of the engine", mark: "send-state-after-reload", edit: "remove" },
  {
    name: "listeners get the changes of other accounts",
    mark: "listeners-of-account",
    edit: { with: "[...this.#listeners.values()].flatMap((all) => [...all])" },
  },
  { name: "a removed listener is called", mark: "remove-listener", edit: "remove" },
  { name: "a listener misses changes after its initial state", mark: "send-initial-state", edit: "defer" },
  {
    name: "old events are deleted while commits wait",
    mark: "commits-first",
    test: "event-retention.test.ts",
    edit: { replace: [" || this.#isWorking", ""] },
  },
  {
    name: "only one batch of old events is deleted",
    mark: "next-batch",
    test: "event-retention.test.ts",
    edit: "never",
  },
  {
    name: "executions of other symbols are published",
    mark: "filter-by-symbol",
    test: "streams.test.ts",
    edit: "always",
  },
  {
    name: "an account's state is published without its new leverage",
    mark: "remember-account",
    test: "streams.test.ts",
    edit: "remove",
  },
  {
    name: "a forwarded command without a reply is reported as retryable",
    mark: "doubt-commands",
    test: "forwarding.test.ts",
    edit: "always",
  },
  {
    name: "what cannot be forwarded is an internal error",
    mark: "know-why",
    test: "forwarding.test.ts",
    edit: "never",
  },
  {
    name: "the server that runs the broker sends its own calls through the cluster",
    mark: "call-local",
    test: "forwarding.test.ts",
    edit: "never",
  },
  {
    name: "a standby keeps the cluster's key",
    mark: "release-standby",
    test: "forwarding.test.ts",
    edit: "never",
  },
  {
    name: "a short failure of the store gives the cluster's key up",
    mark: "keep-key",
    test: "forwarding.test.ts",
    edit: { with: "0" },
  },
  {
    name: "listeners go on as if another server had not run the broker meanwhile",
    mark: "end-missed",
    test: "lease.test.ts",
    edit: "never",
  },
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../../..", import.meta.url)),
    sources: "src/modules/broker",
    except: ["src/modules/broker/engine"],
    files: [
      "broker.test.ts",
      "accounts-on-demand.test.ts",
      "event-retention.test.ts",
      "lease.test.ts",
      "last-prices.test.ts",
      "streams.test.ts",
      "forwarding/forwarding.test.ts",
    ].map((file) => `modules/broker/${file}`),
    mutants: MUTANTS,
    killers: fileURLToPath(new URL("mutants.killers.json", import.meta.url)),
    isolate: false,
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(15);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
