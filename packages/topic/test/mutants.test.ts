import { fileURLToPath } from "node:url";
import { type Mutant, testMutants } from "@trading/tooling/mutation-testing";
import { expect, test } from "vitest";

/** The mutants of the retention. `@trading/topic-conformance` has those of the serializer. */
const MUTANTS: readonly Mutant[] = [
  { name: "the snapshot lacks the current bar", mark: "start-before-current", edit: { replace: [" - 1", ""] } },
  { name: "an eviction does not raise the floor", mark: "raise-floor", edit: "remove" },
  { name: "the retained bytes are not limited", mark: "evict-above-max-bytes", edit: "remove" },
  { name: "superseded updates stay in the history", mark: "remove-superseded", edit: "remove" },
  { name: "finished orders stay in the history forever", mark: "is-retained", edit: "always" },
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("..", import.meta.url)),
    files: ["retention.test.ts"],
    mutants: MUTANTS,
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(4);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
