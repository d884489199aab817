import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NameChecker } from "../../src/mutation-testing/names.mjs";

const folder = fileURLToPath(new URL("../../.mutation-test-names", import.meta.url));
const file = join(folder, "source.ts");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { strict: true, types: [], lib: ["ES2023"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  writeFileSync(file, "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("reports syntax errors and unknown names, and accepts other type errors", { timeout: 60_000 }, () => {
  const checker = new NameChecker(join(folder, "tsconfig.json"));
  const union = "declare const shape: { side: number } | { radius: number };\n";
  expect(checker.problem(file, "for (")).toBe("Expression expected.");
  expect(checker.problem(file, "gone();")).toBe("Cannot find name 'gone'.");
  expect(checker.problem(file, `${union}shape.gone;`)).toMatch(/^Property 'gone' does not exist/);
  expect(checker.problem(file, `${union}shape.radius;`)).toBeUndefined();
  expect(checker.problem(file, "const text: string = 1;")).toBeUndefined();
});
