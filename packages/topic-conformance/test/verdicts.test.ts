import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parseExpectedFailures } from "../src/expected-failures.js";
import { FEATURES, findProfile, PROFILES, parseFeatures } from "../src/features.js";
import { badge } from "../src/reporters/badge.js";
import { verdictLabel } from "../src/reporters/terminal.js";
import { aCase, runScripted, statuses } from "./support/scripted.js";

const parse = (id: string, input: string) => aCase(id, input, { op: "parse", features: ["parse"] });
const refusal = (id: string, input: string) => aCase(id, input, { expect: { refused: "cycle" } });
const schema = (name: string) => JSON.parse(readFileSync(new URL(`../schemas/${name}`, import.meta.url), "utf8"));

describe("the verdict", () => {
  const cases = [aCase("b-1", "x"), aCase("b-2", "y"), refusal("r-1", "x"), parse("p-1", "x")];

  test("is separate for bytes, refusals and parse", async () => {
    const report = await runScripted(cases);
    expect(report.verdicts).toMatchObject({
      bytes: { verdict: "conforms", passed: 2 },
      refusals: { verdict: "differs", failed: 1 },
      parse: { verdict: "not_tested", unsupported: 1 },
    });
    expect(verdictLabel(report)).toBe("differs; conforms in: bytes; not tested: parse");
  });

  test("considers only the parts that the profile judges", async () => {
    const report = await runScripted(
      cases,
      { hello: { features: ["bigint", "float", "lone-surrogate"] } },
      { profile: findProfile("python") },
    );
    expect(report).toMatchObject({ verdict: "conforms", profile: "python", verdicts: { refusals: { judged: false } } });
  });

  test("differs if a required feature is not declared, although every case passes", async () => {
    const report = await runScripted([aCase("b-1", "x")], {}, { requireFeatures: ["float"] });
    expect(report).toMatchObject({ verdict: "differs", missingFeatures: ["float"] });
    const full = await runScripted([aCase("b-1", "x")], {}, { profile: findProfile("full") });
    expect(full.missingFeatures).toContain("parse");
  });

  test("names the number of known failures, and what each wildcard hid", async () => {
    const expectedFailures = parseExpectedFailures("w-*  later\n");
    const report = await runScripted(
      [aCase("w-1", "wrong"), aCase("w-2", "wrong"), aCase("b-1", "x")],
      {},
      { expectedFailures },
    );
    expect(report.hidden).toEqual([{ pattern: "w-*", reason: "later", cases: 2 }]);
    expect(verdictLabel(report)).toBe("conforms except 2 known failures");
    expect(badge(report)).toContain("topic contract: conforms except 2 known failures");
  });

  test("does not depend on cases that were added after the required version", async () => {
    const later = [aCase("l-1", "x"), aCase("l-2", "wrong", { since: "1.1.0" })];
    expect((await runScripted(later)).verdict).toBe("differs");
    const report = await runScripted(later, {}, { requirements: "1.0.0" });
    expect(report).toMatchObject({ verdict: "conforms", hidden: [{ pattern: "added-after", cases: 1 }] });
    expect((await runScripted([aCase("l-1", "wrong")], {}, { requirements: "1.0.0" })).verdict).toBe("differs");
  });
});

describe("the protocol", () => {
  test("is broken by a second result, although the first is right", async () => {
    const report = await runScripted([aCase("d-1", "twice"), aCase("d-2", "x")]);
    expect(statuses(report)).toEqual({ "d-1": "passed", "d-2": "passed" });
    expect(report.fault).toBe("answered twice: a second result with seq 1");
    expect((await runScripted([aCase("d-1", "twice")])).fault).toBe("answered twice: a second result with seq 1");
  });

  test("is broken by results in another order", async () => {
    const cases = [aCase("o-1", "later"), aCase("o-2", "x"), aCase("o-3", "y")];
    const report = await runScripted(cases, {}, { pipeline: 3 });
    expect(statuses(report)).toEqual({ "o-1": "passed", "o-2": "passed", "o-3": "passed" });
    expect(report.fault).toMatch(/^answered out of order: the result with seq 2 came before that with seq 1/);
  });

  test("is broken by a line after the last result", async () => {
    const { fault } = await runScripted([aCase("a-1", "x")], { afterBye: "goodbye\n" });
    expect(fault).toMatch(/^after the last result, expected a line of JSON in UTF-8, got "goodbye"/);
  });

  test("allows several cases without results, and sends those after a crash again", async () => {
    const cases = ["x", "crash", "y", "garbage", "z", "wrong"].map((input, index) => aCase(`m-${index}`, input));
    const report = await runScripted(cases, {}, { pipeline: 4 });
    expect(Object.values(statuses(report))).toEqual(["passed", "crashed", "passed", "failed", "passed", "failed"]);
    expect(report.verdict).toBe("differs");
  });

  test("distinguishes a closed stdout from an exit whose child keeps stdout open", async () => {
    const report = await runScripted([aCase("c-1", "close stdout"), aCase("c-2", "leave a child"), aCase("c-3", "x")]);
    expect(report.results.map(({ detail }) => detail)).toEqual([
      "closed its stdout but did not exit within 1000 ms",
      "exited with code 3, but a process that it started keeps its stdout open",
      "",
    ]);
  });

  test("ends after the limit for all cases", async () => {
    const cases = [aCase("t-1", "x"), aCase("t-2", "y")];
    const report = await runScripted(cases, {}, { totalTimeoutMs: 1e-9 });
    expect(report).toMatchObject({ verdict: "harness_fault", counts: { not_run: 2 } });
    expect(report.fault).toMatch(/the limit for all cases/);
  });
});

describe("features and profiles", () => {
  test("are those of the schema", () => {
    const { feature, hostKind } = schema("tagged.schema.json").$defs;
    const text = JSON.stringify(feature);
    for (const name of FEATURES.filter((name) => !name.startsWith("host-"))) expect(text).toContain(name);
    expect(FEATURES.filter((name) => name.startsWith("host-"))).toEqual(
      hostKind.enum.map((kind: string) => `host-${kind}`).sort(),
    );
    for (const { requires } of PROFILES) expect(FEATURES).toEqual(expect.arrayContaining([...requires]));
  });

  test("reject unknown names", () => {
    expect(() => parseFeatures("float,floats")).toThrow(/unknown feature "floats"/);
    expect(() => findProfile("all")).toThrow(/expected one of routes, python, full, got "all"/);
  });
});

test("the JSON report matches its schema, with expected, actual, input, reason and time of a failure", async () => {
  const report = await runScripted([
    aCase("b-1", "wrong"),
    refusal("r-1", "refuse"),
    aCase("f-1", 1, { features: ["float"] }),
  ]);
  const isReport = new Ajv2020({ allowUnionTypes: true }).compile(schema("report.schema.json"));
  expect(isReport(JSON.parse(JSON.stringify(report))), JSON.stringify(isReport.errors)).toBe(true);
  expect(report.results[0]).toMatchObject({
    actual: "wrong",
    expected: '"wrong"',
    input: '"wrong"',
    ms: expect.any(Number),
    why: "test case",
  });
  expect(report.themes.map(({ theme }) => theme)).toEqual(["b", "r", "f"]);
});
