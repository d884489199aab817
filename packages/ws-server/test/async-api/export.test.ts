import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Parser } from "@asyncapi/parser";
import { expect, onTestFinished, test } from "vitest";

// Runs the build that `npm test` has made.
const TOOL = fileURLToPath(new URL("../../../../tooling/export-asyncapi.mjs", import.meta.url));
const OFF_CONTRACT = fileURLToPath(new URL("fixtures/off-contract.mjs", import.meta.url));

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [TOOL, ...args], (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "asyncapi-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test("writes both documents of the reference server, and detects changes to them", async () => {
  const out = await directory();
  expect(await run("--out", out)).toMatchObject({ status: 0, stderr: "" });
  expect((await readdir(out)).sort()).toEqual(["asyncapi-2.4.0.json", "asyncapi-3.0.0.json"]);
  for (const version of ["2.4.0", "3.0.0"]) {
    const text = await readFile(join(out, `asyncapi-${version}.json`), "utf8");
    const { diagnostics } = await new Parser().parse(text);
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    expect(JSON.parse(text).asyncapi).toBe(version);
    expect(JSON.parse(text).components.messages).toHaveProperty(["quotes.update"]);
  }

  // The other document is compared too, and has not changed.
  await writeFile(join(out, "asyncapi-3.0.0.json"), "{}");
  const changed = await run("--out", out, "--check");
  expect(changed.status).toBe(1);
  expect(changed.stderr).toContain("asyncapi-3.0.0.json");
  expect(changed.stderr).not.toContain("asyncapi-2.4.0.json");
  expect(await readFile(join(out, "asyncapi-3.0.0.json"), "utf8")).toBe("{}");
});

test("the documents in docs/asyncapi match the modules", async () => {
  expect(await run("--check")).toMatchObject({ status: 0, stderr: "" });
});

test("lists every parameter that violates the contract, over all routes and modules, and writes nothing", async () => {
  const out = await directory();
  const { status, stdout, stderr } = await run("--out", out, "--service", OFF_CONTRACT);
  expect([status, stdout]).toEqual([1, ""]);
  const lines = stderr.trim().split("\n");
  expect(lines.map((line) => line.split(":")[0])).toEqual([
    "rates /symbol",
    "rates /price",
    "ticks /since",
    "books /filter/sides",
    "export-asyncapi",
  ]);
  expect(lines.at(-1)).toContain("4 parameters of 3 routes");
  expect(await readdir(out)).toEqual([]);
});

test("prints its usage, and rejects unknown arguments", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ status: 0, stderr: "" });
  for (const option of ["--out", "--service", "--check"]) expect(help.stdout).toContain(option);
  const unknown = await run("--bogus");
  expect(unknown.status).toBe(1);
  expect(unknown.stderr).toContain("--bogus");
  expect(unknown.stderr).toContain("--help");
});
