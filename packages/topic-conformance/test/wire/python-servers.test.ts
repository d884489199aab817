import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pythonEnvironment } from "../../../../tooling/src/python-environment.mjs";
import { type ExpectedFailure, parseExpectedFailures } from "../../src/expected-failures.js";
import { runServer } from "../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";
import { expectConformance, startPython, startWireServer } from "../support/python-server.js";

const FOLDER = fileURLToPath(new URL("../../../python/tests/frameworks", import.meta.url));

const EXAMPLE = fileURLToPath(new URL("../../../python/example", import.meta.url));

const PACKAGE = join(EXAMPLE, "..");

const FASTWS_FAILURES = new URL("fastws/adapter-expected-failures.txt", import.meta.url);

test.for<{ framework: string; known: readonly ExpectedFailure[]; least: number }>([
  { framework: "fastapi", known: [], least: 50 },
  { framework: "fastws", known: parseExpectedFailures(readFileSync(FASTWS_FAILURES, "utf8")), least: 45 },
])(
  "a $framework server of the Python package conforms to the base protocol",
  async ({ framework, known, least }, { skip }) => {
    const python = await pythonEnvironment(join(FOLDER, "requirements.txt"));
    if (python === undefined) return skip("its requirements are not available");
    const server = await startWireServer(python, [join(FOLDER, "wire_server.py"), framework], PACKAGE);
    await expectConformance(server, known, least);
  },
);

test("the example server of the Python package conforms, as far as a server without a control endpoint can show", async ({
  skip,
}) => {
  const python = await pythonEnvironment(join(FOLDER, "requirements.txt"));
  if (python === undefined) return skip("its requirements are not available");
  const child = startPython(python, ["-m", "uvicorn", "--app-dir", EXAMPLE, "--port", "0", "server:app"], PACKAGE);
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    url = /running on (http:\S+)/.exec(line)?.[1]?.replace("http:", "ws:");
    if (url) break;
  }
  child.stderr.resume();
  const scenarios = SERVER_SCENARIOS.filter(({ tier }) => tier === "required");
  const report = await runServer({ url: `${url}/api/v1/ws`, scenarios, timeoutMs: 15_000, concurrency: 8 });
  const failed = report.results.filter(({ status }) => status !== "passed" && status !== "unsupported");
  expect(failed.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(report.counts.passed).toBeGreaterThan(20);
});
