import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createColors } from "picocolors";
import { describe, expect, onTestFinished, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";
import { runConformance } from "../src/conformance.js";
import { fuzz } from "../src/fuzz/run.js";
import { groupBy } from "../src/group-by.js";
import { compileHarness, HARNESSES, type Harness } from "../src/harnesses.js";
import { main } from "../src/main.js";
import type { ConformanceReport } from "../src/report.js";
import { STARTERS, type Starter } from "../src/starters.js";
import { filterVectors, loadVectors } from "../src/vectors.js";
import { bundle } from "./support/bundle.js";

/** Long, because the cases at the length limit take seconds, and `go run` compiles before the hello. */
const LONG_TIMEOUTS = { caseTimeoutMs: 60_000, helloTimeoutMs: 120_000 };

function commandOf(name: string): readonly string[] {
  const harness = HARNESSES.find((candidate) => candidate.name === name);
  if (harness === undefined) throw new Error(`unknown harness ${name}`);
  return harness.command;
}

function expectConformance(report: ConformanceReport): void {
  const unexpected = report.results.filter(({ status }) => status !== "passed" && status !== "unsupported");
  expect(unexpected).toEqual([]);
  expect(report).toMatchObject({ verdict: "conforms" });
  // A harness that declares few features runs few cases and conforms anyway.
  expect(report.counts.passed).toBeGreaterThan(3000);
}

/** Sends random values in batches. The vectors, which are sent one by one, do not test the batches. */
async function expectBatches(command: readonly string[]): Promise<void> {
  const { signal } = new AbortController();
  const { implementation, same, counterexample } = await fuzz({
    command,
    count: 2500,
    seed: 20261130,
    signal,
    ...LONG_TIMEOUTS,
  });
  expect(implementation.features).toContain("batch");
  expect(counterexample).toBeUndefined();
  expect(same).toBe(2500);
}

describe("@trading/topic", () => {
  test("conforms in a separate process with every feature that JavaScript has", async () => {
    const { file, folder } = await bundle("harnesses/trading-topic/harness.mjs");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const report = await runConformance({ command: [process.execPath, file], ...LONG_TIMEOUTS });
    expectConformance(report);
    const unsupported = report.results.filter(({ status }) => status === "unsupported");
    expect(unsupported.filter(({ features }) => !features.every((feature) => feature.startsWith("host-")))).toEqual([]);
  });
});

describe("the starter harness", () => {
  test("in Node conforms, also if several cases are sent without waiting", async () => {
    expectConformance(await runConformance({ command: commandOf("node"), pipeline: 32, ...LONG_TIMEOUTS }));
  });

  test.skipIf(!findTool("python"))("in Python conforms, also in batches", async () => {
    expectConformance(await runConformance({ command: commandOf("python"), ...LONG_TIMEOUTS }));
    await expectBatches(commandOf("python"));
  });

  test.skipIf(!findTool("go"))("in Go conforms, also in batches", async () => {
    expectConformance(await runConformance({ command: commandOf("go"), ...LONG_TIMEOUTS }));
    await expectBatches(commandOf("go"));
  });

  test.for(["rust", "java", "cpp"] as const)(
    "in %s conforms after init, also in batches",
    { timeout: 300_000 },
    async (name, { skip }) => {
      if (!findTool(name)) skip(`${name} is not installed`);
      const root = mkdtempSync(join(tmpdir(), `topic-conformance-${name}-`));
      onTestFinished(() => rmSync(root, { recursive: true }));
      const silent = { out: () => {}, err: () => {}, colors: createColors(false) };
      expect(await main(["init", name, "--root", root, "--out", "."], silent, new AbortController().signal)).toBe(0);
      const { compile = "", command } = STARTERS.get(name) as Starter;
      const { status, stderr } = spawnSync("sh", ["-c", compile], { cwd: root, encoding: "utf8" });
      expect(status, stderr).toBe(0);
      const start = ["sh", "-c", `cd ${root} && exec ${command}`];
      expectConformance(await runConformance({ command: start, ...LONG_TIMEOUTS }));
      await expectBatches(start);
    },
  );

  test("in C# builds floats and the table of the contract on Mono", async ({ skip }) => {
    if (!findTool("mono")) skip("Mono is not installed");
    const folder = fileURLToPath(new URL("../harnesses/csharp/", import.meta.url));
    const sources = readdirSync(folder).filter((name) => name.endsWith(".cs"));
    const { command, remove } = compileHarness({
      name: "csharp",
      compile: [
        "mcs",
        "-reference:System.Numerics.dll",
        "-out:{build}/topic-harness.exe",
        ...sources.map((name) => join(folder, name)),
      ],
      command: ["mono", "{build}/topic-harness.exe"],
      verdict: "conforms",
    });
    onTestFinished(remove);
    const vectors = loadVectors();
    // All cases take a quarter of a minute of CPU time. These are the ones that .NET Framework and Mono do differently.
    const cases = filterVectors(vectors.cases, ["theme:contract-table", "theme:floats"]);
    const report = await runConformance({ command, vectors, cases, ...LONG_TIMEOUTS });
    expect(report).toMatchObject({ verdict: "conforms" });
    expect(report.counts.passed).toBeGreaterThan(1300);
    await expectBatches(command);
  });

  test("reports what the compiler says about a harness that does not compile", () => {
    const broken: Harness = {
      name: "broken",
      compile: [process.execPath, "--eval", "console.error('line 1: no such type'); process.exit(1)"],
      command: ["{build}/broken"],
      verdict: "conforms",
    };
    expect(() => compileHarness(broken)).toThrow(/cannot compile the harness broken: line 1: no such type/);
  });

  test.each([
    "node/harness.mjs",
    "go/main.go",
    "python/harness.py",
    "rust/main.rs",
    "java/Harness.java",
    "cpp/main.cpp",
    "csharp/Harness.cs",
    "kotlin/Harness.kt",
    "swift/main.swift",
  ])("%s has fewer than 100 lines", (file) => {
    const lines = readFileSync(new URL(`../harnesses/${file}`, import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(100);
  });

  test("in Node exits after the bye even if stdin stays open", async () => {
    const [program = "", ...args] = commandOf("node");
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.write('{"type":"bye"}\n');
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("the legacy algorithm", () => {
  test("differs in the cases that were measured for the contract", async () => {
    const report = await runConformance({ command: commandOf("legacy"), ...LONG_TIMEOUTS });
    expect(report.verdict).toBe("differs");
    const table = report.results.filter(({ theme }) => theme === "contract-table");
    const failed = new Set(table.filter(({ status }) => status === "failed").map(({ id }) => id));
    expect(failed.size).toBeGreaterThanOrEqual(15);
    // Plain route parameters are correct in the legacy algorithm, too.
    const routes = groupBy(
      report.results.filter(({ theme }) => theme === "routes"),
      ({ status }) => status,
    );
    expect(routes.get("passed")?.length).toBeGreaterThan(100);
  });
});
