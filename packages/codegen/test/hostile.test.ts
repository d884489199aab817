import { describe, expect, test } from "vitest";
import { parse } from "../src/parse.js";
import { CodegenError } from "../src/problem.js";

const LEVELS = 8_000;
const TOO_DEEP = "nested deeper than 100";

/** Returns the message with which a text is refused. */
function refusalOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof CodegenError) return error.message;
    throw error;
  }
  return "not refused";
}

describe("a hostile contract", () => {
  test.each([
    ["JSON, arrays", `${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`],
    ["JSON, objects", `${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`],
    ["YAML, lists in brackets", `a: ${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}`],
    ["YAML, open brackets", `a: ${"[".repeat(LEVELS)}`],
    ["YAML, lists in one line", `a:\n  ${"- ".repeat(LEVELS)}b`],
    ["YAML, keys in one line", `${"? ".repeat(LEVELS)}b`],
    ["YAML, indented maps", Array.from({ length: 2_000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
  ])("that is nested 2,000 or 8,000 deep is refused before it is parsed: %s", (_, text) => {
    expect(refusalOf(text)).toContain(TOO_DEEP);
  });

  test("may be nested as deep as schemas are, with texts of any form", () => {
    const nested = Array.from({ length: 50 }, (_, level) => `${"  ".repeat(level)}a:`).join("\n");
    const text = `b: |\n${"  - - - text\n    more\n".repeat(500)}`;
    expect(parse(`${nested} 1\n${text}`)).toMatchObject({ a: {} });
    expect(parse(`${'{"a":'.repeat(90)}1${"}".repeat(90)}`)).toMatchObject({ a: {} });
  });

  test("with a text of millions of escapes is read", () => {
    const text = "\\n".repeat(7_000_000);
    expect(parse(`{"a":"${text}"}`)).toEqual({ a: "\n".repeat(7_000_000) });
  });
});
