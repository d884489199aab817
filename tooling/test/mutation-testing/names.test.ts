import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProblems } from "../../src/mutation-testing/names.mjs";

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
  const union = "declare const shape: { side: number } | { radius: number };\n";
  const texts = ["for (", "gone();", `${union}shape.gone;`, `${union}shape.radius;`, "const text: string = 1;"];
  const mutants = texts.map((text) => ({ file, text: `export {};\n${text}` }));
  expect(findProblems(join(folder, "tsconfig.json"), mutants)).toEqual([
    "Expression expected.",
    "Cannot find name 'gone'.",
    expect.stringMatching(/^Property 'gone' does not exist/),
    undefined,
    undefined,
  ]);
});
