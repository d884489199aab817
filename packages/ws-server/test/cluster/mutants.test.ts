import { fileURLToPath } from "node:url";
import { testMutants } from "@trading/tooling/mutation-testing";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.js";

test(`kills each of ${MUTANTS.length} mutants of the cluster`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("../..", import.meta.url)),
    sources: "src/cluster",
    files: [
      "cluster/owners.test.ts",
      "cluster/followers.test.ts",
      "cluster/keys.test.ts",
      "cluster/servers.test.ts",
      "cluster/requests.test.ts",
      "cluster/deaths.test.ts",
      "cluster/memory-bus.test.ts",
      "cluster/ipc-bus.test.ts",
      "cluster/simulation",
    ],
    mutants: MUTANTS,
    killers: fileURLToPath(new URL("mutants.killers.json", import.meta.url)),
    env: { CLUSTER_RUNS: "25", CLUSTER_SEED: "20261129" },
    signal,
  });
  console.log(`mutants of the cluster\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(50);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
