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

test("reports syntax errors and unknown names, and accepts other type errors", () => {
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

test("checks the changed function, and the whole file if a declaration was changed", { timeout: 60_000 }, () => {
  const replaced = (text: string, by: string) => {
    const start = text.indexOf(by);
    return { file, text, replacements: [{ start, end: start + 1, text: by }] };
  };
  const method = (called: string) => `export class A { a() { ${called}(); } b(): void { elsewhere(); } }`;
  const removed = "export class A { b() { this.a(); } /* removed */ }";
  const problems = findProblems(join(folder, "tsconfig.json"), [
    replaced(method("gone"), "gone"),
    replaced(method("this.b"), "this.b"),
    replaced("export function f() { gone(); }\nelsewhere();", "gone"),
    replaced("export function f() { f(); }\nelsewhere();", "f()"),
    replaced(removed, "/* removed */"),
    { file, text: method("this.b") },
  ]);
  expect(problems).toEqual([
    "Cannot find name 'gone'.",
    undefined,
    "Cannot find name 'gone'.",
    "Cannot find name 'elsewhere'.",
    "Property 'a' does not exist on type 'A'.",
    "Cannot find name 'elsewhere'.",
  ]);
});
