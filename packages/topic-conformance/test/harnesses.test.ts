import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";
import { type ConformanceReport, runConformance } from "../src/conformance.js";
import { groupBy } from "../src/group-by.js";
import { HARNESSES } from "../src/harnesses.js";
import { bundle } from "./support/bundle.js";

/** The cases at the length limit take seconds, and Go compiles before it says hello. */
const PATIENT = { caseTimeoutMs: 60_000, helloTimeoutMs: 120_000 };

function commandOf(name: string): readonly string[] {
  const harness = HARNESSES.find((candidate) => candidate.name === name);
  if (harness === undefined) throw new Error(`there is no harness ${name}`);
  return harness.command;
}

function expectConformance(report: ConformanceReport): void {
  const different = report.results.filter(({ status }) => status !== "passed" && status !== "unsupported");
  expect(different).toEqual([]);
  expect(report).toMatchObject({ verdict: "conforms", notes: [] });
  // A harness that declares nothing is asked little, and conforms to that.
  expect(report.counts.passed).toBeGreaterThan(3000);
}

describe("@trading/topic", () => {
  test("conforms in a process of its own, with every feature that JavaScript has", { timeout: 180_000 }, async () => {
    const { file, folder } = await bundle("harnesses/trading-topic/harness.mjs");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const report = await runConformance({ command: [process.execPath, file], ...PATIENT });
    expectConformance(report);
    const unsupported = report.results.filter(({ status }) => status === "unsupported");
    expect(unsupported.filter(({ features }) => !features.every((feature) => feature.startsWith("host-")))).toEqual([]);
  });
});

describe("the starter harness", () => {
  test("in Node conforms", { timeout: 180_000 }, async () => {
    expectConformance(await runConformance({ command: commandOf("node"), ...PATIENT }));
  });

  test.skipIf(!findTool("python"))("in Python conforms", { timeout: 180_000 }, async () => {
    expectConformance(await runConformance({ command: commandOf("python"), ...PATIENT }));
  });

  test.skipIf(!findTool("go"))("in Go conforms", { timeout: 180_000 }, async () => {
    expectConformance(await runConformance({ command: commandOf("go"), ...PATIENT }));
  });

  test.each(["node/harness.mjs", "go/main.go", "python/harness.py"])("%s has under 80 lines", (file) => {
    const lines = readFileSync(new URL(`../harnesses/${file}`, import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(80);
  });

  test("in Node exits at the bye, though its stdin stays open", async () => {
    const [program = "", ...args] = commandOf("node");
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.write('{"type":"bye"}\n');
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});

describe("the origin's own algorithm", () => {
  test("is found to differ, in what the contract page says was measured", async () => {
    const report = await runConformance({ command: commandOf("origin"), ...PATIENT });
    expect(report.verdict).toBe("differs");
    const table = report.results.filter(({ theme }) => theme === "contract-table");
    const failed = new Set(table.filter(({ status }) => status === "failed").map(({ id }) => id));
    expect(failed.size).toBeGreaterThanOrEqual(15);
    // Not all is wrong with it: the plain route parameters of the document agree.
    const routes = groupBy(
      report.results.filter(({ theme }) => theme === "routes"),
      ({ status }) => status,
    );
    expect(routes.get("passed")?.length).toBeGreaterThan(100);
  });
});
