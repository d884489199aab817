import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { LONG_SUITES, longFilesIn, longSuiteOf, missingLongFiles, SLOW_FILES } from "../src/long-suites.mjs";
import { LongSuitesFirst } from "../src/long-suites-first.mjs";
import { root } from "../src/run.mjs";
import { countJunit, countVitest, failedInVitest, sum, summaryLine, timingTable } from "../src/test-results.mjs";

describe("long suites", () => {
  test("list only paths that exist", () => {
    expect(missingLongFiles()).toEqual([]);
  });

  test("are found by file and by folder, and excluded by pattern", () => {
    expect(longSuiteOf("apps/server/test/hour/hour.test.ts")).toBe("server: an hour of trading");
    expect(longSuiteOf("apps/server/test/hours.test.ts")).toBeUndefined();
    expect(longFilesIn("apps/server")).toEqual(
      expect.arrayContaining(["test/hour/**", "test/modules/broker/engine/mutants.test.ts"]),
    );
  });
});

test("the long suites start in the order of their list, then the slow files, before all other files", async () => {
  // Nothing is known of earlier runs, as on a fresh clone.
  const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined };
  const sequencer = new LongSuitesFirst({ config: { root }, cache } as never);
  const long = LONG_SUITES.flatMap(({ files }) => files.find((file) => file.endsWith(".ts")) ?? []);
  const [one = "", two = "", last = ""] = [long[0], long[1], long.at(-1)];
  const [slow = ""] = SLOW_FILES;
  const files = ["tooling/test/prose.test.ts", slow, last, two, one];
  const sorted = await sequencer.sort(
    files.map(
      (file) => ({ moduleId: join(root, file), project: { config: { sequence: { groupOrder: 0 } } } }) as never,
    ),
  );
  expect(sorted.map(({ moduleId }) => relative(root, moduleId))).toEqual([
    one,
    two,
    last,
    slow,
    "tooling/test/prose.test.ts",
  ]);
});

test("the files of a project in a simulated page start after its others, so that each kind can share workers", async () => {
  const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined };
  const sequencer = new LongSuitesFirst({ config: { root }, cache } as never);
  const [client, server] = ["client", "server"].map((name) => ({ name, config: { sequence: { groupOrder: 0 } } }));
  const page = { moduleId: join(root, "packages/ws-client/test/vue/vue.test.ts"), project: client };
  const others = [
    { moduleId: join(root, "apps/server/test/app.test.ts"), project: server },
    { moduleId: join(root, "packages/ws-client/test/timers.test.ts"), project: client },
  ];
  const sorted = await sequencer.sort([page, ...others] as never);
  expect(sorted.map(({ moduleId }) => relative(root, moduleId))).toEqual([
    "packages/ws-client/test/timers.test.ts",
    "packages/ws-client/test/vue/vue.test.ts",
    "apps/server/test/app.test.ts",
  ]);
});

describe("counts", () => {
  test("of vitest include a file that does not load as a failure", () => {
    const counts = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };
    expect(countVitest({ success: true, ...counts } as never)).toEqual({ passed: 3, failed: 0, skipped: 2 });
    expect(countVitest({ success: false, ...counts } as never)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  test("of JUnit subtract failures, errors and skipped tests", () => {
    const report = '<testsuites><testsuite name="a" tests="9" failures="1" errors="2" skipped="1" time="1">';
    expect(countJunit(report)).toEqual({ passed: 5, failed: 3, skipped: 1 });
    expect(countJunit("")).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test("are summed over runners", () => {
    const total = sum([countJunit(""), { passed: 2, failed: 0, skipped: 3 }]);
    expect(summaryLine(total)).toBe("2 passed, 1 failed, 3 skipped");
  });
});

test("failed tests are named with their errors, and so is a file that does not load", () => {
  const file = { name: join(root, "a.test.ts"), status: "failed", message: "" };
  const failed = failedInVitest({
    testResults: [
      {
        ...file,
        assertionResults: [
          { status: "passed", fullName: "one" },
          { status: "failed", fullName: "two", failureMessages: ["Error: 2"] },
        ],
      },
      { ...file, message: "SyntaxError: x", assertionResults: [] },
      { ...file, status: "passed", assertionResults: [{ status: "passed", fullName: "three" }] },
    ],
  });
  expect(failed).toEqual(["a.test.ts: two\nError: 2", "a.test.ts\nSyntaxError: x"]);
});

test("the timing table adds up the files of a suite and reports one over its budget", () => {
  const file = (path: string, seconds: number) => ({ name: join(root, path), startTime: 0, endTime: seconds * 1000 });
  const table = timingTable([
    file("packages/ws-client/test/herd/herd.test.ts", 1),
    file("packages/ws-client/test/herd/other.test.ts", 2),
    file("apps/server/test/hour/hour.test.ts", 1000),
    file("apps/server/test/app.test.ts", 5),
  ]);
  expect(table.split("\n")).toEqual([
    expect.stringMatching(/^ +1000 s of +\d+ s {2}server: an hour of trading {2}OVER BUDGET$/),
    expect.stringMatching(/^ +3 s of +\d+ s {2}client: reconnecting herd$/),
    expect.stringMatching(/^ +5 s +other test files$/),
  ]);
});
