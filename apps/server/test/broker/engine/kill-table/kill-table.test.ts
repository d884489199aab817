import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { killTable } from "../../../../../../tooling/src/planted-bugs.mjs";
import { BUGS } from "./bugs.js";

/** Those that need no store. */
const TESTS = ["orders.test.ts", "positions.test.ts", "history"];

test(`${BUGS.length} planted bugs are each caught`, { timeout: 600_000 }, async () => {
  const { rows, failedWithout, passedWithout } = await killTable({
    package: fileURLToPath(new URL("../../../..", import.meta.url)),
    files: ["desk.ts", ...TESTS].map((file) => `broker/engine/${file}`),
    bugs: BUGS,
    env: { ENGINE_RUNS: "150", ENGINE_SEED: "1", ENGINE_SHRINK: "no" },
  });
  console.log(`kill table\n${rows.join("\n")}`);
  expect(failedWithout).toEqual([]);
  expect(passedWithout).toBeGreaterThan(50);
  expect(rows.filter((row) => row.endsWith("SURVIVED"))).toEqual([]);
});
