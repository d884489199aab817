import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";

const python = findTool("python");
const root = fileURLToPath(new URL("..", import.meta.url));

function run(args: readonly string[], options: { cwd?: string; input?: string } = {}): SpawnSyncReturns<string> {
  // Prevents byte code files, because the folder is part of the published package.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  return spawnSync(python as string, args, { cwd: root, encoding: "utf8", env, ...options });
}

describe.skipIf(python === undefined)("the Python code", () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "topic-python-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test("generates the committed vectors byte for byte", () => {
    const { status, stderr } = run(["python/generate.py", "--check"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("detects one changed byte", () => {
    for (const folder of ["python", "vectors"]) cpSync(join(root, folder), join(scratch, folder), { recursive: true });
    const changed = join(scratch, "vectors/keys.jsonl");
    const text = readFileSync(changed, "latin1");
    writeFileSync(changed, text.replace("digits sort as text", "digits sort as tExt"));
    const { status, stderr } = run(["python/generate.py", "--check"], { cwd: scratch });
    const at = text.indexOf("text, not as numbers") + 1;
    expect(stderr).toContain(`keys.jsonl differs at byte ${at} (line 2): found b'Ext, not as numbers"`);
    expect(status).toBe(1);
  });

  // CI runs the Python tests in a separate stage. This tests the report that CI reads.
  test("reports a failing test and exits with 1", () => {
    const broken = join(scratch, "broken");
    for (const folder of ["python", "vectors"]) cpSync(join(root, folder), join(broken, folder), { recursive: true });
    const serializer = join(broken, "python/topic_contract/fast.py");
    writeFileSync(serializer, readFileSync(serializer, "utf8").replace("sort_keys=True", "sort_keys=False"));
    const report = join(scratch, "reports/junit.xml");
    const { status } = run(["python/tests/run.py", "--values", "100", "--junit", report], { cwd: broken });
    expect(status).toBe(1);
    const suite = /<testsuite name="topic_contract" tests="(\d+)" failures="(\d+)" errors="0"/.exec(
      readFileSync(report, "utf8"),
    );
    expect(Number(suite?.[1])).toBeGreaterThan(30);
    expect(Number(suite?.[2])).toBeGreaterThanOrEqual(2);
    expect(readFileSync(report, "utf8").match(/<failure>/g)).toHaveLength(Number(suite?.[2]));
  });

  test("live.py returns the texts of a batch, from the serializer and from json.dumps", () => {
    const batch = [{ b: null, a: [{ $float: "1.0" }, { $int: "1" }] }, { $utf16: "d83d" }, { $undefined: true }];
    const texts = ['{"a":[1.0,1],"b":""}', '"\\ud83d"', '""'];
    const input = `${JSON.stringify({ batch })}\n${JSON.stringify({ input: 1 })}\n`;
    for (const flags of [[], ["--json-dumps"]]) {
      const { stdout, status } = run(["python/live.py", ...flags], { input });
      expect(
        stdout
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line)),
      ).toEqual([{ batch: texts }, { text: "1" }]);
      expect(status).toBe(0);
    }
    const invalid = `${JSON.stringify({ batch: [{ $float: "nan" }, { $number: "1e16" }, [{ $cycle: "array" }]] })}\n`;
    expect(JSON.parse(run(["python/live.py"], { input: invalid }).stdout)).toEqual({
      batch: [{ error: "not_finite" }, { error: "ambiguous_number" }, { error: "cycle" }],
    });
  });
});

describe("the Python harness", () => {
  test("has fewer than 80 lines", () => {
    expect(readFileSync(join(root, "harnesses/python/harness.py"), "utf8").split("\n").length).toBeLessThan(80);
  });

  test.skipIf(python === undefined)(
    "exits at the end of its input, and crashes on a case that it cannot decode",
    () => {
      const harness = ["harnesses/python/harness.py"];
      const hello = '{"type":"hello","protocol":1}\n';
      expect(run(harness, { input: hello }).status).toBe(0);
      expect(run(harness, { input: `${hello}{"type":"bye"}\n{"type":"case"}\n` }).status).toBe(0);
      const unknown = run(harness, {
        input: `${hello}{"type":"case","seq":1,"op":"params","input":{"$host":"map"}}\n`,
      });
      expect(unknown.status).not.toBe(0);
      expect(unknown.stdout.split("\n")).toHaveLength(2);
    },
  );
});
