import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createColors } from "picocolors";
import { afterAll, describe, expect, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";
import { runConformance } from "../src/conformance.js";
import { main } from "../src/main.js";
import { STARTERS, starterFiles } from "../src/starters.js";
import { filterVectors, loadVectors } from "../src/vectors.js";

const folder = mkdtempSync(join(tmpdir(), "topic-conformance-init-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function init(root: string, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const console = { out: out.push.bind(out), err: err.push.bind(err), colors: createColors(false) };
  const code = await main(["init", "--root", root, ...args], console, new AbortController().signal);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe.each([...STARTERS])("init %s", (name, starter) => {
  const root = join(folder, name);

  test("writes the starter and a workflow, and prints the commands", async () => {
    mkdirSync(root);
    const { code, out } = await init(root, name, "--out", "tests/topics");
    expect(code).toBe(0);
    for (const [target, source] of starterFiles(starter)) {
      expect(readFileSync(join(root, "tests/topics", target), "utf8")).toBe(readFileSync(source, "utf8"));
    }
    expect(out).toContain(`npx @trading/topic-conformance run -- ${starter.command}`);
    const workflow = readFileSync(join(root, ".github/workflows/topic-conformance.yml"), "utf8");
    expect(workflow).toContain('        working-directory: "tests/topics"\n');
    const commands = [...workflow.matchAll(/^ {6}- run: (.*)$/gm)].map(([, command]) => command);
    expect(commands.slice(0, -1)).toEqual(starter.compile === undefined ? [] : [starter.compile]);
    expect(commands.at(-1)).toMatch(
      new RegExp(`^npx --yes @trading/topic-conformance@\\d+\\.\\d+\\.\\d+ run -- ${starter.command}$`),
    );
  });

  test("overwrites nothing", async () => {
    const { code, err } = await init(root, name, "--out", "tests/topics");
    expect(code).toBe(2);
    expect(err).toContain("topic-conformance.yml, tests/topics/");
    expect(err).toContain("exists already");
  });

  test("is in the README with its commands", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const row = readme.split("\n").find((line) => line.startsWith(`| ${starter.language} |`));
    expect(row).toContain(`| \`${starter.command}\` |`);
    if (starter.compile !== undefined) expect(row).toContain(`| \`${starter.compile}\` |`);
  });
});

// The other languages take seconds to compile: harnesses.test.ts runs them.
test.for([
  ["python", "harness.py"],
  ["node", "harness.mjs"],
] as const)("the copied starter in %s runs alone", async ([name, file], { skip }) => {
  const program = name === "node" ? process.execPath : findTool(name);
  if (program === undefined) return skip(`${name} is not installed`);
  const vectors = loadVectors();
  const command = [program, join(folder, name, "tests/topics", file)];
  const cases = filterVectors(vectors.cases, ["theme:contract-table"]);
  const report = await runConformance({ command, vectors, cases, caseTimeoutMs: 60_000, helloTimeoutMs: 60_000 });
  expect(report.verdict).toBe("conforms");
});

test.skipIf(!findTool("python"))("the copied starter in Python imports nothing from this package", () => {
  const copy = join(folder, "python/tests/topics");
  expect(readdirSync(copy)).toEqual(expect.arrayContaining(["harness.py", "tagged.py", "topic_contract"]));
  const show =
    "import runpy, sys; sys.argv = ['harness.py']; sys.path.insert(0, '.'); m = runpy.run_path('harness.py'); print(m['topic_contract'].__file__)";
  const { stdout, stderr } = spawnSync("python3", ["-B", "-c", show], { cwd: copy, encoding: "utf8", input: "" });
  expect(stderr).toBe("");
  expect(stdout.trim()).toContain(join("tests", "topics", "topic_contract"));
});
