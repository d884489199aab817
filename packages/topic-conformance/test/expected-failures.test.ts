import { describe, expect, test } from "vitest";
import { parseExpectedFailures } from "../src/expected-failures.js";
import { aCase, runScripted, statuses } from "./support/scripted.js";

describe("the file", () => {
  test("is lines of an id and a reason, with comments", () => {
    expect(parseExpectedFailures("# why\n\n num-0042  writes 1 for 1.0 # 2.3 \r\nfloat-*\tlater\n")).toEqual([
      { pattern: "num-0042", reason: "writes 1 for 1.0 # 2.3" },
      { pattern: "float-*", reason: "later" },
    ]);
  });

  test("or a JSON object", () => {
    expect(parseExpectedFailures('{"num-0042": "writes 1 for 1.0"}')).toEqual([
      { pattern: "num-0042", reason: "writes 1 for 1.0" },
    ]);
  });

  test.each(["num-0042", "num-0042   ", '{"num-0042":""}'])("says a reason for each entry: %s", (text) => {
    expect(() => parseExpectedFailures(text)).toThrow(/"num-0042" has no reason/);
  });

  test("is refused where a reason in JSON is no text", () => {
    expect(() => parseExpectedFailures('{"num-0042":1}')).toThrow(/"num-0042" is no text/);
  });
});

describe("a run", () => {
  const cases = [aCase("a-1", "wrong"), aCase("a-2", "x"), aCase("b-1", "crash"), aCase("b-2", "y")];
  const run = (entries: Record<string, string>, only = cases) =>
    runScripted(cases, {}, { cases: only, expectedFailures: parseExpectedFailures(JSON.stringify(entries)) });

  test("conforms where every failure was expected, by id or by wildcard", async () => {
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

  test("fails by an entry that passes now, and by one that names no case", async () => {
    const report = await run({ "a-*": "known", "b-*": "known", "a-2": "fixed", "z-*": "gone" });
    expect(report.stale).toEqual(["a-2: passes now; remove the entry", "z-*: there is no such case; remove the entry"]);
    expect(report.verdict).toBe("differs");
  });

  test("is not made to fail by a filter that leaves out an entry's cases", async () => {
    const report = await run({ "a-1": "known", "b-1": "known" }, cases.slice(0, 1));
    expect(report).toMatchObject({ stale: [], verdict: "conforms" });
  });
});
