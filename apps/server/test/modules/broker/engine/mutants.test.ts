import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Mutant, testMutants } from "../../../../../../tooling/src/mutation-testing/index.mjs";

/** Bugs in the rules of trading. */
const MUTANTS: readonly Mutant[] = [
  { name: "an offer can be filled again and again", mark: "use-up-offer", edit: "remove" },
  { name: "a fill exceeds the offer", mark: "limit-to-offer", edit: { argument: 0 } },
  { name: "orders are filled beyond their limit", mark: "is-within-limit", edit: { replace: ["<=", ">="] } },
  { name: "market orders rank behind limit orders", mark: "market-orders-first", edit: "negate" },
  { name: "stops are triggered at the wrong side", mark: "is-stop-reached", edit: { replace: [">=", "<="] } },
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
      replace: [";", ` ?? [...this.#workingOf.of("a"), ...this.#workingOf.of("b")].find((order) => order.id === id);`],
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
    edit: { replace: [" + priceStep - 1n", ""] },
  },
  { name: "the worth of an account is not updated with prices", mark: "revalue-holders", edit: "remove" },
];

/** The tests that need no store. */
const TESTS = ["orders.test.ts", "positions.test.ts", "history"];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../../../..", import.meta.url)),
    sources: "src/modules/broker/engine",
    files: ["session.ts", ...TESTS].map((file) => `modules/broker/engine/${file}`),
    mutants: MUTANTS,
    env: { ENGINE_RUNS: "150", ENGINE_SEED: "1", ENGINE_SHRINK: "no" },
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(50);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
