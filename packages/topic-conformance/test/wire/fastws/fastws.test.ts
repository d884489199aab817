import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { fastwsPython, LEGACY_FOLDER } from "../../../../ws-client/test/fastws/python.js";
import { parseExpectedFailures } from "../../../src/expected-failures.js";
import { runServer } from "../../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../../src/wire/server/scenarios.js";
import { expectConformance, startWireServer } from "../../support/python-server.js";

let python: string | undefined;
beforeAll(async () => {
  python = await fastwsPython();
});

function startFastws(shape: string) {
  const script = fileURLToPath(new URL("server.py", import.meta.url));
  return startWireServer(python as string, [script, "--shape", shape], LEGACY_FOLDER);
}

const known = parseExpectedFailures(readFileSync(new URL("expected-failures.txt", import.meta.url), "utf8"));

test("the app of the legacy system conforms except for the listed failures", async ({ skip }) => {
  if (python === undefined) return skip("FastWS is not available");
  await expectConformance(await startFastws("2.0"), known, 40);
});

test("the 1.x app of the legacy system conforms in the older dialect", async ({ skip }) => {
  if (python === undefined) return skip("FastWS is not available");
  const { url, control } = await startFastws("1.x");
  const scenarios = SERVER_SCENARIOS.filter(({ tier }) => tier === "older");
  const report = await runServer({ url, control, scenarios, timeoutMs: 60_000 });
  const unexpected = report.results.filter(({ status }) => status === "failed" || status === "fault");
  expect(unexpected.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(report.counts.passed).toBe(3);
});
