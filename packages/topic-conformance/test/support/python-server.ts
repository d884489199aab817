import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished } from "vitest";
import type { ExpectedFailure } from "../../src/expected-failures.js";
import { runServer } from "../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";

/** The addresses of a server under test. */
interface WireServer {
  readonly url: string;
  readonly control: string;
}

/** Starts a program in Python, which is killed when the test ends. @param path the folder that it imports from */
export function startPython(python: string, args: readonly string[], path: string) {
  const env = { ...process.env, PYTHONPATH: path };
  const child = spawn(python, ["-B", ...args], { stdio: ["pipe", "pipe", "pipe"], env });
  onTestFinished(async () => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  return child;
}

/** Starts a server in Python, and returns the addresses that it prints as its first line. */
export async function startWireServer(python: string, args: readonly string[], path: string): Promise<WireServer> {
  const child = startPython(python, args, path);
  let output = "";
  child.stderr.on("data", (chunk) => (output += chunk));
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error(`the server did not start: ${output}`);
}

/** Expects that a server passes more than `least` scenarios of the required tier, and fails only the known ones. */
export async function expectConformance(server: WireServer, known: readonly ExpectedFailure[], least: number) {
  const scenarios = SERVER_SCENARIOS.filter(({ tier }) => tier === "required");
  const report = await runServer({
    ...server,
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
}
