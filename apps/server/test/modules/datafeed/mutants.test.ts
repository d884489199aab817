import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Mutant, testMutants } from "../../../../../tooling/src/mutation-testing/index.mjs";

/** Bugs between a symbol's changes and their watchers. */
const MUTANTS: readonly Mutant[] = [
  { name: "a turn takes as long as all deliveries do", mark: "limit-deliveries", edit: "never" },
  { name: "a symbol with many topics delays the others", mark: "next-delivery", edit: "remove" },
  { name: "watchers miss a change when the next one comes early", mark: "finish-delivery", edit: "remove" },
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 600_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../../..", import.meta.url)),
    sources: "src/modules/datafeed",
    files: ["modules/datafeed/deliveries.test.ts"],
    mutants: MUTANTS,
    isolate: false,
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBe(8);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
