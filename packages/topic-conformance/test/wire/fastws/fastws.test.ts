import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { fastwsPython, LEGACY_FOLDER } from "../../../../ws-client/test/fastws/python.js";
import { parseExpectedFailures } from "../../../src/expected-failures.js";
import { runServer } from "../../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../../src/wire/server/scenarios.js";

let python: string | undefined;
beforeAll(async () => {
  python = await fastwsPython();
});

async function startFastws(shape: string): Promise<{ readonly url: string; readonly control: string }> {
  const script = fileURLToPath(new URL("server.py", import.meta.url));
  const child = spawn(python as string, ["-B", script, "--shape", shape], {
    env: { ...process.env, PYTHONPATH: LEGACY_FOLDER },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  let output = "";
  child.stderr.on("data", (chunk) => (output += chunk));
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`FastWS did not start: ${output}`);
}

const known = parseExpectedFailures(readFileSync(new URL("expected-failures.txt", import.meta.url), "utf8"));

test("the app of the legacy system conforms except for the listed failures", async ({ skip }) => {
  if (python === undefined) return skip("FastWS is not available");
  const { url, control } = await startFastws("2.0");
  const scenarios = SERVER_SCENARIOS.filter(({ tier }) => tier === "required");
  const report = await runServer({
    url,
    control,
    scenarios,
    expectedFailures: known,
    timeoutMs: 15_000,
    concurrency: 8,
  });
  const unexpected = report.results.filter(({ status }) => status === "failed" || status === "fault");
  expect(unexpected.map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(report.stale).toEqual([]);
  expect(report.verdict).toBe("conforms");
  expect(report.counts.passed).toBeGreaterThan(40);
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
