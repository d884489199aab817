import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { pythonEnvironment } from "../../../../tooling/src/python-environment.mjs";
import { type ExpectedFailure, parseExpectedFailures } from "../../src/expected-failures.js";
import { runServer } from "../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";

const FOLDER = fileURLToPath(new URL("../../../python/tests/frameworks", import.meta.url));

const EXAMPLE = fileURLToPath(new URL("../../../python/example", import.meta.url));

const FASTWS_FAILURES = new URL("fastws/adapter-expected-failures.txt", import.meta.url);

function startPython(python: string, args: readonly string[]) {
  const env = { ...process.env, PYTHONPATH: join(EXAMPLE, "..") };
  const child = spawn(python, ["-B", ...args], { stdio: ["pipe", "pipe", "pipe"], env });
  onTestFinished(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  return child;
}

async function startServer(python: string, framework: string) {
  const child = startPython(python, [join(FOLDER, "wire_server.py"), framework]);
  let output = "";
  child.stderr.on("data", (chunk) => (output += chunk));
  for await (const line of createInterface({ input: child.stdout }))
    return JSON.parse(line) as { readonly url: string; readonly control: string };
  throw new Error(`the server did not start: ${output}`);
}

test.for<{ framework: string; known: readonly ExpectedFailure[]; least: number }>([
  { framework: "fastapi", known: [], least: 50 },
  { framework: "fastws", known: parseExpectedFailures(readFileSync(FASTWS_FAILURES, "utf8")), least: 45 },
])(
  "a $framework server of the Python package conforms to the base protocol",
  async ({ framework, known, least }, { skip }) => {
    const python = await pythonEnvironment(join(FOLDER, "requirements.txt"));
    if (python === undefined) return skip("its requirements are not available");
    const { url, control } = await startServer(python, framework);
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
    expect(report.counts.passed).toBeGreaterThan(least);
  },
);

test("the example server of the Python package conforms, as far as a server without a control endpoint can show", async ({
  skip,
}) => {
  const python = await pythonEnvironment(join(FOLDER, "requirements.txt"));
  if (python === undefined) return skip("its requirements are not available");
  const child = startPython(python, ["-m", "uvicorn", "--app-dir", EXAMPLE, "--port", "0", "server:app"]);
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
