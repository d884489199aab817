import { fileURLToPath } from "node:url";
import { killTable } from "@trading/tooling/planted-bugs";
import { expect, test } from "vitest";
import { BUGS } from "./bugs.js";

/** The tests that open no port. */
const TESTS = [
  "client.test.ts",
  "auth/login.test.ts",
  "connection/connection.test.ts",
  "connection/heartbeat.test.ts",
  "connection/page-events.test.ts",
  "connection/reconnect.test.ts",
  "protocol/protocol-handler.test.ts",
  "requests/application-requests.test.ts",
  "subscriptions/resume.test.ts",
  "subscriptions/stream.test.ts",
  "subscriptions/subscriptions.test.ts",
];

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
