import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { pythonEnvironment } from "../../../tooling/src/python-environment.mjs";

const FOLDER = fileURLToPath(new URL("../../python/tests/frameworks", import.meta.url));

// The tests without other packages run with those of the suite's own Python code.
test("the Python package passes its tests with Pydantic, FastAPI, FastWS and pytest", async ({ skip }) => {
  const python = await pythonEnvironment(join(FOLDER, "requirements.txt"));
  if (python === undefined) return skip("its requirements are not available");
  const folder = mkdtempSync(join(tmpdir(), "trading-topic-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const report = join(folder, "report.xml");
  const args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junit-xml=${report}`, FOLDER];
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  // The output is the message if pytest exits with another code than 0.
  await promisify(execFile)(python, args, { cwd: FOLDER, env }).catch((error) =>
    expect.fail(error.stdout + error.stderr),
  );
  const [, errors, failures, skipped, tests] =
    /errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"/.exec(readFileSync(report, "utf8")) ?? [];
  expect([errors, failures, skipped]).toEqual(["0", "0", "0"]);
  expect(Number(tests)).toBeGreaterThan(35);
});
