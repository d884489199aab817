import { fileURLToPath } from "node:url";
import { testMutants } from "@trading/tooling/mutation-testing";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.js";

/** Fast tests, which open no port. The model detects the other mutants. */
const TESTS = [
  "auth/verified-tokens.test.ts",
  "topics/topic-registry.test.ts",
  "topics/followers.test.ts",
  "topics/pub-sub/memory.test.ts",
  "connection/connection.test.ts",
  "connection/outbound-queue.test.ts",
  "connection/write-scheduler.test.ts",
  "connection/request-scheduler.test.ts",
  "connection/flow-queue.test.ts",
  "topics/compact.test.ts",
  "topics/frame.test.ts",
  "topics/open-subscriptions.test.ts",
  "transports/shared-buffer.test.ts",
  "connection/heartbeat.test.ts",
  "limits/client-limits.test.ts",
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("..", import.meta.url)),
    files: [...TESTS, "model"],
    mutants: MUTANTS,
    killers: fileURLToPath(new URL("mutants.killers.json", import.meta.url)),
    except: ["src/cluster"],
    env: { MODEL_RUNS: "400", MODEL_SEED: "20261122", MODEL_SHRINK: "no" },
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(50);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
