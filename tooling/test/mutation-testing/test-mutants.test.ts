import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Mutant, testMutants } from "../../src/mutation-testing/index.mjs";

const folder = fileURLToPath(new URL("../../.mutation-test", import.meta.url));
/** The tests of a mutant are part of a bundle: a path relative to their file would not be found. */
const LOG = join(folder, "log");

beforeEach(() => {
  write("tsconfig.json", JSON.stringify({ compilerOptions: { strict: true, types: [] }, include: ["src"] }));
  write(
    "src/sum.ts",
    `export function sum(list: number[]): number {
  let total = 0;
  // mutant: add
  for (const item of list) total += item;
  // mutant: check-result
  if (Number.isNaN(total)) throw new Error("not a number");
  return total;
}
`,
  );
  write(
    "test/sum.test.ts",
    `import { expect, test } from "vitest";
import { sum } from "../src/sum.ts";
test("adds", () => expect(sum([1, 2])).toBe(3));
test("is 0 without items", () => expect(sum([])).toBe(0));
`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function run(
  mutants: readonly Mutant[],
  { files = ["sum.test.ts"], ...rest }: { files?: string[]; signal?: AbortSignal; killers?: string } = {},
) {
  return testMutants({ package: folder, files, mutants, ...rest });
}

const ADD_NOTHING: Mutant = { name: "nothing is added", mark: "add", edit: "remove" };
const UNCHECKED: Mutant = { name: "a bad result is returned", mark: "check-result", edit: "never" };

test("reports killed, surviving and invalid mutants, and removes its copies", async () => {
  const report = await run([
    ADD_NOTHING,
    UNCHECKED,
    { name: "names something that does not exist", mark: "add", edit: { replace: ["item of", "item of all"] } },
    { name: "is not a program", mark: "add", edit: { with: "for (" } },
    { name: "always throws", mark: "check-result", edit: "always" },
  ]);
  expect(report).toMatchObject({
    survived: ["a bad result is returned"],
    failedUnchanged: [],
    passedUnchanged: 2,
  });
  expect(report.invalid).toEqual([
    expect.stringMatching(/^names something that does not exist: /),
    expect.stringMatching(/^is not a program: /),
    "always throws: no test passes",
  ]);
  expect(report.rows[0]).toMatch(/nothing is added +sum\.test\.ts: adds$/);
  expect(report.rows[1]).toMatch(/SURVIVED$/);
  expect(report.rows[2]).toMatch(/INVALID: /);
  expect(readdirSync(join(folder, ".mutants"))).toEqual([]);
});

test("reports a mutant whose source does not load as invalid", async () => {
  const report = await run([UNCHECKED, { name: "throws on import", mark: "add", edit: { with: "return await 1;" } }]);
  expect(report.invalid).toEqual([expect.stringMatching(/^throws on import: /)]);
});

test("skips the remaining tests of a mutant once one has failed and one has passed", async () => {
  write(
    "test/log.test.ts",
    `import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sum } from "../src/sum.ts";
const log = (text) => appendFileSync(${JSON.stringify(LOG)}, text);
test("passes", () => log("a"));
test("fails", () => { log("b"); expect(sum([1])).toBe(1); });
test("is skipped", () => log("c"));
`,
  );
  const mutants: Mutant[] = [ADD_NOTHING, { name: "always throws", mark: "check-result", edit: "always" }];
  const { survived, invalid, passedUnchanged } = await run(mutants, { files: ["log.test.ts"] });
  expect({ survived, invalid, passedUnchanged }).toEqual({ survived: [], invalid: [], passedUnchanged: 3 });
  const ran = readFileSync(LOG, "utf8");
  expect([...ran].sort().join("")).toBe("aaabbbc");
});

describe("the test files that killed the mutants before", () => {
  const files = ["log.test.ts", "sum.test.ts"];
  const killers = join(folder, "killers.json");
  const mutants: Mutant[] = [ADD_NOTHING, { ...UNCHECKED, edit: "always" }];
  const log = () => readFileSync(LOG, "utf8").length;

  beforeEach(() => {
    write(
      "test/log.test.ts",
      `import { appendFileSync } from "node:fs";
import { test } from "vitest";
test("passes", () => appendFileSync(${JSON.stringify(LOG)}, "."));
`,
    );
  });

  test("are written on request, and run alone from then on", async () => {
    vi.stubEnv("WRITE_KILLERS", "true");
    const { survived } = await run(mutants, { files, killers }).finally(() => vi.unstubAllEnvs());
    expect(survived).toEqual([]);
    expect(JSON.parse(readFileSync(killers, "utf8"))).toEqual({
      "nothing is added": "sum.test.ts",
      // All tests of the second file fail, which says nothing unless another one passes.
      "a bad result is returned": "log.test.ts, sum.test.ts",
    });
    expect(log()).toBe(3);
    expect(await run(mutants, { files, killers })).toMatchObject({ survived: [], invalid: [], passedUnchanged: 3 });
    // Neither the unchanged source nor this mutant leaves the other file out.
    expect(log()).toBe(5);
  });

  test("change no result when they are wrong", async () => {
    write("killers.json", JSON.stringify({ [ADD_NOTHING.name]: "log.test.ts", [UNCHECKED.name]: "gone.test.ts" }));
    const report = await run([ADD_NOTHING, UNCHECKED], { files, killers });
    expect(report).toMatchObject({ survived: ["a bad result is returned"], invalid: [], passedUnchanged: 3 });
    expect(report.rows[0]).toMatch(/nothing is added +sum\.test\.ts: adds$/);
  });
});

test("kills the running tests when its signal is aborted", async () => {
  write(
    "test/endless.test.ts",
    `import { appendFileSync } from "node:fs";
import { test } from "vitest";
test("never ends", () => { for (;;) appendFileSync(${JSON.stringify(LOG)}, "."); });
`,
  );
  const abort = new AbortController();
  const running = run([UNCHECKED, ADD_NOTHING], { files: ["endless.test.ts"], signal: abort.signal });
  await vi.waitUntil(() => existsSync(LOG), 240_000);
  abort.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
  const { length } = readFileSync(LOG);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(readFileSync(LOG)).toHaveLength(length);
  expect(readdirSync(join(folder, ".mutants"))).toEqual([]);
});

test("rejects marks without a mutant and mutants without a mark before it runs anything", async () => {
  await expect(run([UNCHECKED])).rejects.toThrow("marks without a mutant: add");
  await expect(run([{ name: "lost", mark: "gone", edit: "remove" }])).rejects.toThrow(
    'mutant "lost": no source has the mark "gone"',
  );
  expect(existsSync(join(folder, ".mutants"))).toBe(false);
});
