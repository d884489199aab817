import { describe, expect, test } from "vitest";
import { parseExpectedFailures } from "../src/expected-failures.js";
import { aCase, runScripted, statuses } from "./support/scripted.js";

describe("the expected-failures file", () => {
  test("has one entry per line, an id and a reason, and comments", () => {
    expect(parseExpectedFailures("# comment\n\n num-0042  writes 1 for 1.0 # 2.3 \r\nfloat-*\tlater\n")).toEqual([
      { pattern: "num-0042", reason: "writes 1 for 1.0 # 2.3" },
      { pattern: "float-*", reason: "later" },
    ]);
  });

  test("can be a JSON object", () => {
    expect(parseExpectedFailures('{"num-0042": "writes 1 for 1.0"}')).toEqual([
      { pattern: "num-0042", reason: "writes 1 for 1.0" },
    ]);
  });

  test.each(["num-0042", "num-0042   ", '{"num-0042":""}'])("requires a reason for each entry: %s", (text) => {
    expect(() => parseExpectedFailures(text)).toThrow(/"num-0042" has no reason/);
  });

  test("requires reasons to be strings", () => {
    expect(() => parseExpectedFailures('{"num-0042":1}')).toThrow(/"num-0042" is not a string/);
  });
});

describe("a run", () => {
  const cases = [aCase("a-1", "wrong"), aCase("a-2", "x"), aCase("b-1", "crash"), aCase("b-2", "y")];
  const run = (entries: Record<string, string>, only = cases) =>
    runScripted(cases, {}, { cases: only, expectedFailures: parseExpectedFailures(JSON.stringify(entries)) });

  test("conforms if every failure is expected, by id or by wildcard", async () => {
    const report = await run({ "a-1": "known", "b-*": "also known" });
    expect(statuses(report)).toEqual({
      "a-1": "expected_failure",
      "a-2": "passed",
      "b-1": "expected_failure",
      "b-2": "passed",
    });
    expect(report.results[2]).toMatchObject({
      reason: "also known",
      detail: expect.stringMatching(/exited with code 3/),
    });
    expect(report.verdict).toBe("conforms");
  });

  test("fails for an entry whose case passes, and for an entry that matches no case", async () => {
    const report = await run({ "a-*": "known", "b-*": "known", "a-2": "fixed", "z-*": "removed" });
    expect(report.stale).toEqual(["a-2: passes now; remove the entry", "z-*: matches no case; remove the entry"]);
    expect(report.verdict).toBe("differs");
  });

  test("does not fail for an entry whose cases are filtered out", async () => {
    const report = await run({ "a-1": "known", "b-1": "known" }, cases.slice(0, 1));
    expect(report).toMatchObject({ stale: [], verdict: "conforms" });
  });
});
