import { fileURLToPath } from "node:url";
import { testMutants } from "@trading/tooling/mutation-testing";
import { expect, test } from "vitest";
import { MUTANTS } from "./mutants.js";

/** Tests that open no port. */
const TESTS = [
  "client.test.ts",
  "auth/login.test.ts",
  "compact/compact.test.ts",
  "auth/logout.test.ts",
  "hostile/limits.test.ts",
  "connection/connection.test.ts",
  "connection/heartbeat.test.ts",
  "connection/idle-timer.test.ts",
  "connection/page-events.test.ts",
  "connection/reconnect.test.ts",
  "protocol/protocol-handler.test.ts",
  "requests/application-requests.test.ts",
  "subscriptions/known-updates.test.ts",
  "subscriptions/moves.test.ts",
  "subscriptions/resume.test.ts",
  "subscriptions/stream.test.ts",
  "subscriptions/subscriptions.test.ts",
];

test(`kills each of ${MUTANTS.length} mutants`, { timeout: 1_800_000 }, async ({ signal }) => {
  const { rows, survived, invalid, failedUnchanged, passedUnchanged } = await testMutants({
    package: fileURLToPath(new URL("..", import.meta.url)),
    files: TESTS,
    mutants: MUTANTS,
    killers: fileURLToPath(new URL("mutants.killers.json", import.meta.url)),
    signal,
  });
  console.log(`mutants\n${rows.join("\n")}`);
  expect(failedUnchanged).toEqual([]);
  expect(passedUnchanged).toBeGreaterThan(50);
  expect({ survived, invalid }).toEqual({ survived: [], invalid: [] });
});
