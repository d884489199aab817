import { fileURLToPath } from "node:url";
import { killTable } from "@trading/tooling/planted-bugs";
import { expect, test } from "vitest";
import { BUGS } from "./bugs.js";

/** Fast tests, which open no port: what they do not see, the model should. */
const TESTS = [
  "topics/topic-registry.test.ts",
  "topics/pub-sub/memory.test.ts",
  "connection/connection.test.ts",
  "connection/outbound-queue.test.ts",
  "connection/write-scheduler.test.ts",
  "topics/frame.test.ts",
  "connection/heartbeat.test.ts",
];

test(`${BUGS.length} planted bugs are each caught`, { timeout: 600_000 }, async () => {
  const { rows, failedWithout, passedWithout } = await killTable({
    package: fileURLToPath(new URL("../..", import.meta.url)),
    files: ["helpers", "model", ...TESTS],
    bugs: BUGS,
    env: { MODEL_RUNS: "400", MODEL_SEED: "20261122", MODEL_SHRINK: "no" },
  });
  console.log(`kill table\n${rows.join("\n")}`);
  expect(failedWithout).toEqual([]);
  expect(passedWithout).toBeGreaterThan(50);
  expect(rows.filter((row) => row.endsWith("SURVIVED"))).toEqual([]);
});
