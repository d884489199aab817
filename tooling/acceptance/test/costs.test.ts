import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { missedGoals } from "../../costs/src/measure.mjs";

const MAIN = fileURLToPath(new URL("../../costs/src/main.mjs", import.meta.url));
const KEEP_BYTES = new URL("../../costs/planted/keep-bytes.mjs", import.meta.url).href;

/** Only ends a run that hangs: eighty kinds of requests take a minute on an idle machine. */
const TIMEOUT_MS = 1_200_000;

/** Runs `npm run costs -- table --check`. */
function check(options: readonly string[], environment: Record<string, string> = {}) {
  const args = [MAIN, "table", "--check", ...options];
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = execFile(process.execPath, args, { env: { ...process.env, ...environment } }, (_error, output) =>
      resolve({ code: child.exitCode, output }),
    );
    onTestFinished(() => void child.kill());
  });
}

test(
  "no request of a peer without a login makes the server keep more than 100 bytes for each byte",
  async () => {
    const { code, output } = await check(["--tries", "1"]);
    // Reports the figures of time too.
    console.log(output);
    expect(output.split("\n").filter((line) => line.startsWith("missed goal: "))).toEqual([]);
    expect(code).toBe(0);
  },
  TIMEOUT_MS,
);

test("the check fails for a server that keeps too much", async () => {
  const options = ["--only", "quotes.subscribe of one list", "--tries", "1"];
  const { code, output } = await check(options, { NODE_OPTIONS: `--import=${KEEP_BYTES}` });
  expect(output).toMatch(/^missed goal: quotes\.subscribe of one list .*: \d+ bytes kept for each byte$/m);
  expect(code).toBe(1);
});

test("the check fails if it measures nothing", async () => {
  const { code, output } = await check(["--only", "no such request", "--tries", "1"]);
  expect(output).toContain('missed goal: no request was measured whose name contains "no such request"');
  expect(code).toBe(1);
});

test("goals are those of a peer without a login; time is reported apart", () => {
  const request = { name: "a", login: false, limits: /a/, run: () => Promise.reject(new Error("not run")) };
  const cost = { request, bytes: 2_000, longestMs: 21, kept: 200_001 };
  expect(missedGoals(cost)).toEqual({
    missed: ["a: 100 bytes kept for each byte"],
    slow: ["a: 21.0 ms of blocked loop"],
  });
  expect(missedGoals({ ...cost, longestMs: 20, kept: 200_000 })).toEqual({ missed: [], slow: [] });
  expect(missedGoals({ ...cost, request: { ...request, login: true } })).toEqual({ missed: [], slow: [] });
});
