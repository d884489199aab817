import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Mutant, testMutants } from "../../src/mutation-testing/index.mjs";

const folder = fileURLToPath(new URL("../../.mutation-test", import.meta.url));

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

function run(mutants: readonly Mutant[]) {
  return testMutants({ package: folder, files: ["sum.test.ts"], mutants });
}

const UNCHECKED: Mutant = { name: "a bad result is returned", mark: "check-result", edit: "never" };

test("reports killed, surviving and invalid mutants, and removes its copies", { timeout: 120_000 }, async () => {
  const report = await run([
    { name: "nothing is added", mark: "add", edit: "remove" },
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

test("reports a mutant whose source does not load as invalid", { timeout: 120_000 }, async () => {
  const report = await run([UNCHECKED, { name: "throws on import", mark: "add", edit: { with: "return await 1;" } }]);
  expect(report.invalid).toEqual([expect.stringMatching(/^throws on import: /)]);
});

test("rejects marks without a mutant and mutants without a mark before it runs anything", async () => {
  await expect(run([UNCHECKED])).rejects.toThrow("marks without a mutant: add");
  await expect(run([{ name: "lost", mark: "gone", edit: "remove" }])).rejects.toThrow(
    'mutant "lost": no source has the mark "gone"',
  );
  expect(existsSync(join(folder, ".mutants"))).toBe(false);
});
