import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Mutant, testMutants } from "../../../../../../tooling/src/mutation-testing/index.mjs";

/** Bugs in the rules of trading. */
const MUTANTS: readonly Mutant[] = [
  { name: "an offer can be filled again and again", mark: "use-up-offer", edit: "remove" },
  { name: "a fill exceeds the offer", mark: "limit-to-offer", edit: { argument: 0 } },
  { name: "orders are filled beyond their limit", mark: "is-within-limit", edit: { replace: ["<=", ">="] } },
  { name: "market orders rank behind limit orders", mark: "market-orders-first", edit: "negate" },
  {
    name: "stops are triggered at the wrong side",
    mark: "is-stop-reached",
    edit: { replace: ["[1].through", "[1].downTo"] },
  },
  {
    name: "old prices trigger stops",
    mark: "trigger-at-new-price",
    edit: { replace: [" || this.#offers.isOld(symbol)", ""] },
  },
  { name: "triggered stops keep their old rank", mark: "requeue-stop", edit: "remove" },
  { name: "margin is not checked at the fill", mark: "check-margin", edit: "never" },
  { name: "a rejection is reported as a fill", mark: "rejection-title", edit: { replace: ["rejected", "filled"] } },
  { name: "a reversed position keeps its old cost", mark: "split-at-zero", edit: "never" },
  { name: "a loss is booked as a profit", mark: "profit-sign", edit: { replace: ["position.side", "1"] } },
  { name: "realized profit is not added to the account", mark: "add-realized", edit: "remove" },
  { name: "brackets are placed again with each fill", mark: "has-brackets", edit: "never" },
  { name: "the other bracket stays after one is filled", mark: "cancel-other-bracket", edit: "remove" },
  { name: "brackets do not shrink with their position", mark: "resize-bracket", edit: { replace: ["!==", ">"] } },
  { name: "a closing order grows with the position", mark: "limit-closing-order", edit: "never" },
  {
    name: "an account can change another account's orders",
    mark: "find-own-order",
    edit: {
      replace: [";", ` ?? [...this.#entered.of("a"), ...this.#entered.of("b")].find((order) => order.id === id);`],
    },
  },
  {
    name: "idempotency keys of finished orders are lost on loading",
    mark: "index-key",
    edit: { replace: ["!== null", "!== null && isWorking(order)"] },
  },
  {
    name: "more is closed than the position holds",
    mark: "count-pending-closes",
    edit: { replace: ["closing + ", ""] },
  },
  {
    name: "prices are rounded in favor of orders",
    mark: "round-ask-up",
    edit: { replace: ["ceilTo", "floorTo"] },
  },
  { name: "the worth of an account is not updated with prices", mark: "revalue-holders", edit: "remove" },
  { name: "a bar's prices between open, high, low and close are skipped", mark: "pass-prices", edit: "never" },
  {
    name: "the last quantities of a market that has ended can be filled",
    mark: "withdraw-closed",
    edit: { replace: ["top.isClosed ?", "false ?"] },
  },
  { name: "orders are accepted after the end of the market", mark: "check-open", edit: "always" },
  { name: "a key can be used for another request", mark: "compare-request", edit: "never" },
  { name: "keys of requests without an order are forgotten", mark: "record-use", edit: "remove" },
  { name: "finished orders are listed without a limit", mark: "bound-finished", edit: "always" },
  {
    name: "an order's cost grows with all working orders",
    mark: "first-order-only",
    edit: { with: "return this.#ordersAt([price]).sort((one, other) => one.priority - other.priority)[0];" },
  },
  { name: "orders do not expire", mark: "expire", edit: { replace: [">", "<="] } },
  { name: "a fill-or-kill order is filled in part", mark: "fill-or-kill", edit: "always" },
  { name: "an immediate order waits", mark: "cancel-rest", edit: "never" },
  { name: "an account that is not loaded is opened a second time", mark: "assert-loaded", edit: "never" },
  { name: "an account with orders and positions is evicted", mark: "keep-needed", edit: "never" },
];

/** The tests that need no store. */
const TESTS = [
  "idempotency.test.ts",
  "time-in-force.test.ts",
  "intrabar.test.ts",
  "loaded-accounts.test.ts",
  "orders.test.ts",
  "order-cost.test.ts",
  "positions.test.ts",
  "history",
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../../../..", import.meta.url)),
    sources: "src/modules/broker/engine",
    files: TESTS.map((file) => `modules/broker/engine/${file}`),
    mutants: MUTANTS,
    killers: fileURLToPath(new URL("mutants.killers.json", import.meta.url)),
    isolate: false,
    env: { ENGINE_RUNS: "50", ENGINE_SEED: "1", ENGINE_SHRINK: "no" },
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(50);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
