import { fileURLToPath } from "node:url";
import { killTable } from "@trading/tooling/planted-bugs";
import { expect, test } from "vitest";
import { BUGS } from "./bugs.js";

/** What opens no port. */
const TESTS = ["client.test.ts", "reconnect.test.ts", "resume.test.ts", "session.test.ts"];

test(`${BUGS.length} planted bugs are each caught`, { timeout: 600_000 }, async () => {
  const { rows, failedWithout, passedWithout } = await killTable({
    package: fileURLToPath(new URL("../..", import.meta.url)),
    files: ["helpers", ...TESTS],
    bugs: BUGS,
  });
  console.log(`kill table\n${rows.join("\n")}`);
  expect(failedWithout).toEqual([]);
  expect(passedWithout).toBeGreaterThan(50);
  expect(rows.filter((row) => row.endsWith("SURVIVED"))).toEqual([]);
});
